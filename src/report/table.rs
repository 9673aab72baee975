//! The form of a status report that people read.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{BlockHeader, SessionReport, SlotReport, StatusReport};

const UNKNOWN: &str = "?";

impl StatusReport {
    /// Writes the header, then the sessions asked for, then the slots.
    pub fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", header(&self.block))?;
        if let Some(sessions) = &self.sessions {
            writeln!(out, "\n{}", session_table(sessions))?;
        }
        if self.slots.is_empty() {
            writeln!(out, "\nno slot is in use")
        } else {
            writeln!(out, "\n{}", slot_table(&self.slots))
        }
    }
}

fn header(block: &BlockHeader) -> Table {
    let mut table = plain();
    table.add_row(["key", &format!("{} ({})", block.key, block.key_hex)]);
    table.add_row(["semid", &block.semid.to_string()]);
    table.add_row(["nsems", &block.nsems.to_string()]);
    table.add_row(["slots", &slots(block)]);
    table.add_row(["mode", &block.mode]);
    table.add_row(["owner", &owner(block)]);
    table.add_row(["creator", &format!("uid {}, gid {}", block.cuid, block.cgid)]);
    table.add_row(["changed", &time(block.ctime)]);
    table.add_row([
        "last used",
        &block.otime.map_or_else(|| "never".into(), |otime| time(Some(otime))),
    ]);
    table.add_row(["namespace", block.ipc_namespace.as_deref().unwrap_or(UNKNOWN)]);
    table
}

fn slots(block: &BlockHeader) -> String {
    format!(
        "{}, of which {} for session ids of 13 characters and more",
        block.slots, block.effective_slots
    )
}

fn owner(block: &BlockHeader) -> String {
    let named = |name: &Option<String>, id: u32| match name {
        Some(name) => format!("{name} ({id})"),
        None => id.to_string(),
    };
    format!("{}, group {}", named(&block.user, block.uid), named(&block.group, block.gid))
}

fn time(time: Option<Timestamp>) -> String {
    let local = |time: Timestamp| {
        time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    };
    time.map_or_else(|| UNKNOWN.into(), local)
}

fn session_table(sessions: &[SessionReport]) -> Table {
    let mut table = plain();
    table.set_header(["SESSION", "SLOT", "STATE"]);
    align_right(&mut table, &[1]);
    for session in sessions {
        table.add_row([
            format!("{:?}", session.session),
            session.slot.to_string(),
            session.state.to_string(),
        ]);
    }
    table
}

fn slot_table(slots: &[SlotReport]) -> Table {
    let mut table = plain();
    table.set_header(["SLOT", "STATE", "READERS", "WRITER", "WAITING", "LAST PID", "COMMAND"]);
    align_right(&mut table, &[0, 2, 3, 4, 5]);
    for slot in slots {
        table.add_row([
            slot.slot.to_string(),
            slot.state.to_string(),
            slot.readers.to_string(),
            i32::from(slot.writer).to_string(),
            slot.waiting.to_string(),
            slot.sempid.map_or_else(|| "-".into(), |pid| pid.to_string()),
            slot.command.clone().unwrap_or_else(|| "-".into()),
        ]);
    }
    table
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn align_right(table: &mut Table, columns: &[usize]) {
    for &column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
