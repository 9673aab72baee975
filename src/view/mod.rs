//! What is shown: plain data that a test can compare, and its renderings.
//!
//! A report is a value; text, JSON and OpenMetrics are functions over it. The names of
//! the JSON fields are the names of the struct fields, of the columns of `--columns`
//! and of the manual: they are part of the interface. Nothing here makes a system
//! call: the width, the present and the time zone come with [`RenderOptions`].

mod block;
mod busy;
mod create;
mod finding;
mod frame;
#[cfg(test)]
pub(crate) mod made;
mod metrics;
mod options;
#[cfg(test)]
mod printed;
mod probe;
mod remove;
mod semaphores;
mod set_header;
mod set_header_text;
mod sets;
mod slot_state;
mod styles;
mod table;
mod text;

pub use block::SlotColumn;
pub(crate) use block::{
    BlockHeader, Deadlock, HolderReport, Link, PersistentFor, SessionNames, SessionReport,
    SlotReport, StatusReport, WaiterReport, called,
};
pub(crate) use busy::{BusyHolder, BusyReport, BusySlot};
pub(crate) use create::{BlockSummary, CreateReport, ReplacedBlock};
pub(crate) use finding::{Finding, FindingKind, write_findings};
pub(crate) use frame::{Frame, heading};
pub use metrics::METRICS;
pub(crate) use options::RenderOptions;
pub(crate) use probe::ProbeReport;
pub(crate) use remove::{
    JudgedSet, RemoveAction, RemoveGroup, RemoveReason, RemoveReport, RemoveTotals, write_groups,
    write_steps,
};
pub use semaphores::SemaphoreColumn;
pub(crate) use semaphores::{LocatedSet, Operation, SemaphoreReport, SemaphoresReport, SetWaiter};
pub(crate) use set_header::{SetHeader, SetShape};
pub use sets::SetColumn;
pub(crate) use sets::{
    LimitsReport, NamespaceReport, OwnerReport, SetReport, SetsOverview, SetsReport, SummaryReport,
};
pub(crate) use slot_state::SlotState;
pub(crate) use text::write_filled;
use text::{filled, shortened, width};
