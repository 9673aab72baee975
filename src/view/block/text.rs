//! A report on a block for people, and the table of its slots for programs.

use std::io::{self, Write};

use super::{map, session_names, sessions, users};
use crate::view::table::Table;
use crate::view::{
    RenderOptions, SlotColumn, SlotReport, StatusReport, filled, set_header_text, write_findings,
};

const DEADLOCKS_UNKNOWN: &str = "it is unknown whether there is a deadlock: some processes that have a lock or wait for one are unknown";

impl StatusReport {
    /// Writes the header, the sessions asked for, a map of a large block, the slots, their
    /// users and the findings; for programs, only the table of slots. The usual columns are
    /// shown unless others are chosen.
    pub(crate) fn write_text(
        &self,
        out: &mut impl Write,
        columns: &[SlotColumn],
        options: &RenderOptions,
    ) -> io::Result<()> {
        let columns = if columns.is_empty() { &SlotColumn::USUAL[..] } else { columns };
        let slots: Vec<_> = self.slots.iter().flatten().collect();
        if options.for_programs {
            let table = table(&slots, columns, options);
            let is_nothing = options.headless && table.is_empty();
            return if is_nothing { Ok(()) } else { writeln!(out, "{}", table.draw()) };
        }
        writeln!(out, "{}", set_header_text::of_block(&self.block, options))?;
        if let Some(asked) = &self.sessions {
            writeln!(out, "\n{}", sessions::table(asked, options).draw())?;
        }
        match &self.slots {
            None => writeln!(out, "\nyou may not read its semaphores")?,
            Some(slots) if slots.is_empty() => writeln!(out, "\n{}", self.nothing())?,
            Some(_) => self.write_slots(out, &slots, columns, options)?,
        }
        if let Some(names) = self.session_names {
            session_names::write(out, names, &slots, options)?;
        }
        if self.slots.is_some() && self.deadlocks.is_none() {
            writeln!(out, "\n{}", filled(DEADLOCKS_UNKNOWN, "", "    ", options))?;
        } else if !self.unseen.is_empty() {
            writeln!(out)?;
        }
        for unseen in &self.unseen {
            writeln!(out, "{}", filled(unseen, "", "    ", options))?;
        }
        if !self.findings.is_empty() {
            writeln!(out)?;
        }
        write_findings(&self.findings, out, options)
    }

    fn nothing(&self) -> &'static str {
        if self.sessions.is_some() { "none of their slots is in use" } else { "no slot is in use" }
    }

    fn write_slots(
        &self,
        out: &mut impl Write,
        slots: &[&SlotReport],
        columns: &[SlotColumn],
        options: &RenderOptions,
    ) -> io::Result<()> {
        let used: Vec<_> = slots.iter().copied().filter(|slot| slot.is_used()).collect();
        if map::is_wanted(self.block.slots) && self.sessions.is_none() && !used.is_empty() {
            write!(out, "\n{}", map::of(self.block.slots, &used, options))?;
        }
        writeln!(out, "\n{}", table(slots, columns, options).draw())?;
        let users = users::table(slots, options);
        if users.is_empty() { Ok(()) } else { writeln!(out, "\n{}", users.draw()) }
    }
}

fn table(slots: &[&SlotReport], columns: &[SlotColumn], options: &RenderOptions) -> Table {
    Table::of(columns, slots.iter().copied(), options).fit(options)
}
