//! What is shown, as plain data that a test can compare, and its forms.
//!
//! The names of the JSON fields are the names of the struct fields; they are
//! part of the interface. Nothing here makes a system call.

mod create;
mod remove;
mod status;
mod table;

use std::io::{self, Write};

use serde::Serialize;

pub use create::{CreateReport, MadeBlock};
pub use remove::{JudgedSet, RemoveReport};
pub use status::{BlockHeader, Holder, SessionReport, SlotReport, State, StatusReport, Waiter};

/// Writes `report` as one JSON document and a newline.
pub fn write_json(out: &mut impl Write, report: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}
