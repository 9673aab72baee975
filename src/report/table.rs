//! The form of a status report that people read.

use std::io::{self, Write};

use jiff::Timestamp;

use super::columns::{self, Column, or_none};
use super::grid::{Cell, Grid};
use super::header::header;
use super::{SessionReport, SlotReport, StatusReport, TakenFor, map, users};

const DEADLOCKS_UNKNOWN: &str = "whether there is a deadlock cannot be told: \
    not every process is known that has a lock or waits for one";

/// How a table is to look.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// How many characters fit in a line; commands that are longer are cut.
    pub width: Option<u16>,
    /// The columns of the table of slots that are chosen; else the usual ones.
    pub columns: Vec<String>,
    /// Whether the columns have no headings.
    pub headless: bool,
    /// Whether words that matter are coloured.
    pub colour: bool,
}

impl Look {
    /// Whether the table of slots is all that is wanted.
    pub(super) fn is_for_programs(&self) -> bool {
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
    /// slots, who has them and who waits for them, and deadlocks.
    pub fn write_table(&self, out: &mut impl Write, look: &Look) -> io::Result<()> {
        if look.is_for_programs() {
            let all: Vec<_> = self.slots.iter().flatten().collect();
            let table = slot_table(&all, look, self.time);
            let empty = look.headless && table.rows.is_empty();
            return if empty { Ok(()) } else { writeln!(out, "{table}") };
        }
        writeln!(out, "{}", header(&self.block, self.time))?;
        if let Some(sessions) = &self.sessions {
            writeln!(out, "\n{}", session_table(sessions, look))?;
        }
        match self.listed() {
            None => return writeln!(out, "\nits semaphores may not be read"),
            Some(slots) if slots.is_empty() => writeln!(out, "\n{}", self.nothing())?,
            Some(slots) => self.write_all(out, &slots, look)?,
        }
        match &self.deadlocks {
            None => writeln!(out, "\n{DEADLOCKS_UNKNOWN}"),
            Some(found) => found.iter().try_for_each(|deadlock| {
                let [begin, end] = if look.colour { ["\x1b[31m", "\x1b[0m"] } else { [""; 2] };
                writeln!(out, "\n{begin}{deadlock}{end}")
            }),
        }
    }

    /// The slots for a table: of a block that has a map, those in use.
    fn listed(&self) -> Option<Vec<&SlotReport>> {
        let all = self.slots.as_ref()?.iter();
        let every = !map::is_wanted(self.block.slots);
        Some(all.filter(|slot| every || slot.is_used()).collect())
    }

    fn nothing(&self) -> &'static str {
        if self.sessions.is_some() { "none of their slots is in use" } else { "no slot is in use" }
    }

    fn write_all(
        &self,
        out: &mut impl Write,
        slots: &[&SlotReport],
        look: &Look,
    ) -> io::Result<()> {
        if map::is_wanted(self.block.slots) && self.sessions.is_none() {
            write!(out, "\n{}", map::of(self.block.slots, slots))?;
        }
        writeln!(out, "\n{}", slot_table(slots, look, self.time))?;
        let users = users::table(slots, look);
        if users.rows.is_empty() { Ok(()) } else { writeln!(out, "\n{users}") }
    }
}

fn slot_table(slots: &[&SlotReport], look: &Look, now: Timestamp) -> Grid {
    let columns = look.columns();
    let cells =
        |slot: &&SlotReport| columns.iter().map(|column| (column.cell)(slot, now)).collect();
    let headings = columns.iter().filter(|_| !look.headless).map(|column| column.heading());
    let numbers = columns.iter().enumerate().filter(|(_, column)| column.is_number);
    Grid {
        headings: headings.collect(),
        numbers: numbers.map(|(at, _)| at).collect(),
        rows: slots.iter().map(cells).collect(),
        width: look.width,
        colour: look.colour && !look.is_for_programs(),
    }
}

fn session_table(sessions: &[SessionReport], look: &Look) -> Grid {
    let row = |session: &SessionReport| {
        let others: Vec<_> = session.shares_with.iter().map(|other| format!("{other:?}")).collect();
        vec![
            format!("{:?}", session.session).into(),
            session.slot.to_string().into(),
            session.state.name().into(),
            or_none(session.persistent_for.map(TakenFor::name)),
            if others.is_empty() { "-".into() } else { others.join(", ").into() },
        ]
    };
    let headings = ["SESSION", "SLOT", "STATE", "TAKEN FOR", "SHARES ITS SLOT WITH"];
    let is_any_persistent = sessions.iter().any(|session| session.persistent_for.is_some());
    let shown = |mut cells: Vec<Cell>| {
        if !is_any_persistent {
            cells.remove(3);
        }
        cells
    };
    Grid {
        headings: shown(headings.map(Cell::from).to_vec()),
        numbers: vec![1],
        rows: sessions.iter().map(row).map(shown).collect(),
        width: None,
        colour: look.colour,
    }
}
