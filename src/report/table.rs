//! The form of a status report that people read.

use std::io::{self, Write};

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, Width, presets,
};

use super::columns::{self, Column};
use super::header::header;
use super::{SessionReport, SlotReport, StatusReport, map, users};

/// The last column is not cut to less than this.
const LAST: Width = Width::Fixed(12);

/// How a table is to look.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// How many characters fit in a line; commands that are longer are cut.
    pub width: Option<u16>,
    /// The columns of the table of slots that are chosen; else the usual ones.
    pub columns: Vec<String>,
    /// Whether the columns have no headings.
    pub headless: bool,
}

impl Look {
    /// Whether the table of slots is all that is wanted.
    fn is_for_programs(&self) -> bool {
        self.headless || !self.columns.is_empty()
    }

    fn columns(&self) -> Vec<&'static Column> {
        let usual = columns::DEFAULT.map(String::from).to_vec();
        let names = if self.columns.is_empty() { &usual } else { &self.columns };
        let named = |name: &String| columns::ALL.iter().find(|column| column.name == name);
        names.iter().filter_map(named).collect()
    }
}

impl StatusReport {
    /// Writes the header, the sessions asked for, a map of a large block, the
    /// slots, who has and who awaits them, and deadlocks.
    pub fn write_table(&self, out: &mut impl Write, look: &Look) -> io::Result<()> {
        let slots = self.slots.as_deref().unwrap_or_default();
        if look.is_for_programs() {
            return self.write_slots(out, slots, look);
        }
        writeln!(out, "{}", header(&self.block, self.time).trim_fmt())?;
        if let Some(sessions) = &self.sessions {
            writeln!(out, "\n{}", session_table(sessions).trim_fmt())?;
        }
        match self.slots {
            None => return writeln!(out, "\nits semaphores may not be read"),
            Some(_) if slots.is_empty() => writeln!(out, "\nno slot is in use")?,
            Some(_) => self.write_all(out, slots, look)?,
        }
        for deadlock in self.deadlocks.iter().flatten() {
            writeln!(out, "\n{deadlock}")?;
        }
        Ok(())
    }

    fn write_all(&self, out: &mut impl Write, slots: &[SlotReport], look: &Look) -> io::Result<()> {
        let listed: Vec<_> = if map::write(out, self.block.slots, slots)? {
            slots.iter().filter(|slot| slot.is_used()).cloned().collect()
        } else {
            slots.to_vec()
        };
        writeln!(out)?;
        self.write_slots(out, &listed, look)?;
        let users: Vec<_> = listed.iter().flat_map(users::rows).collect();
        if users.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", users::table(users, look.width).trim_fmt())
    }

    fn write_slots(
        &self,
        out: &mut impl Write,
        slots: &[SlotReport],
        look: &Look,
    ) -> io::Result<()> {
        let columns = look.columns();
        let cells = |slot| columns.iter().map(|column| (column.cell)(slot, self.time)).collect();
        let rows: Vec<Vec<String>> = slots.iter().map(cells).collect();
        if rows.is_empty() && look.headless {
            return Ok(());
        }
        let mut table = plain();
        if !look.headless {
            table.set_header(columns.iter().map(|column| column.heading()));
        }
        fill(&mut table, rows, look.width);
        let numbers = columns.iter().enumerate().filter(|(_, column)| column.is_number);
        align_right(&mut table, numbers.map(|(at, _)| at));
        writeln!(out, "{}", table.trim_fmt())
    }
}

fn session_table(sessions: &[SessionReport]) -> Table {
    let mut table = plain();
    table.set_header(["SESSION", "SLOT", "STATE", "SHARES ITS SLOT WITH"]);
    for session in sessions {
        let others: Vec<_> = session.shares_with.iter().map(|other| format!("{other:?}")).collect();
        table.add_row([
            format!("{:?}", session.session),
            session.slot.to_string(),
            session.state.to_string(),
            if others.is_empty() { "-".into() } else { others.join(", ") },
        ]);
    }
    align_right(&mut table, [1]);
    table
}

/// A table without lines.
pub(super) fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

/// Adds rows, of which the last column is cut where they do not fit in `width`.
pub(super) fn fill(table: &mut Table, rows: Vec<Vec<String>>, width: Option<u16>) {
    for cells in rows {
        let mut row = Row::from(cells);
        if width.is_some() {
            row.max_height(1);
        }
        table.add_row(row);
    }
    let Some(width) = width else { return };
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let last = table.column_count().saturating_sub(1);
    for column in table.column_iter_mut().take(last) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    if let Some(column) = table.column_mut(last) {
        column.set_constraint(ColumnConstraint::LowerBoundary(LAST));
    }
}

pub(super) fn align_right(table: &mut Table, columns: impl IntoIterator<Item = usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
