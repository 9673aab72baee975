//! What is shown, as plain data that a test can compare, and its forms.
//!
//! The names of the JSON fields are the names of the struct fields; they are
//! part of the interface. Nothing here makes a system call.

mod columns;
mod create;
mod grid;
mod header;
mod json;
mod map;
mod metrics;
mod probe;
mod remove;
mod set;
mod sets;
mod sets_table;
mod status;
mod table;
mod users;

pub use create::{BlockShape, BlockSummary, CreateReport, ReplacedBlock};
pub use json::{json_line, write_json};
pub use metrics::METRICS;
pub use probe::ProbeReport;
pub use remove::{JudgedSet, RemoveReport};
pub use set::{Hex, Octal, SetHeader};
pub use sets::{LimitsReport, NamespaceReport, OwnerReport, SetReport, SetsReport};
pub use status::{
    BlockHeader, Deadlock, Holder, Link, Reason, SessionReport, SlotReport, State, StatusReport,
    TakenFor, Waiter,
};
pub use table::Look;
