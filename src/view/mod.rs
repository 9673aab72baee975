//! What is shown: plain data that a test can compare, and its renderings.
//!
//! A report is a value; text, JSON and OpenMetrics are functions over it. The names of
//! the JSON fields are the names of the struct fields, of the columns of `--columns`
//! and of the manual: they are part of the interface. Nothing here makes a system
//! call: the width, the present and the time zone come with [`RenderOptions`].

mod block_text;
mod create;
mod deadlock;
mod finding;
mod frame;
mod header;
mod json;
mod map;
mod metrics;
mod names;
mod options;
mod probe;
mod remove;
mod remove_reason;
mod remove_text;
mod semaphores;
mod semaphores_text;
mod session_names;
mod sessions;
mod set;
mod set_columns;
mod sets;
mod sets_text;
mod slots;
mod status;
mod summary_text;
mod table;
mod users;

pub(crate) use create::{BlockShape, BlockSummary, CreateReport, ReplacedBlock};
pub(crate) use deadlock::{Deadlock, Link, called};
use finding::filled;
pub(crate) use finding::{Finding, FindingKind, write_filled, write_findings};
pub(crate) use frame::{Frame, heading};
pub(crate) use json::{json_line, write_json};
pub use metrics::METRICS;
pub use names::{Names, ONLY_COLUMNS, names};
pub(crate) use options::RenderOptions;
pub(crate) use probe::ProbeReport;
pub(crate) use remove::{Action, JudgedSet, RemoveGroup, RemoveReport};
pub(crate) use remove_reason::RemoveReason;
pub(crate) use remove_text::{RemoveTotals, write_groups, write_steps};
pub use semaphores::SemaphoreColumn;
pub(crate) use semaphores::{LocatedSet, Operation, SemaphoreReport, SemaphoresReport, SetWaiter};
pub(crate) use session_names::SessionNames;
pub(crate) use set::{Octal, SetHeader};
pub use set_columns::SetColumn;
pub(crate) use sets::{
    LimitsReport, NamespaceReport, OwnerReport, SetReport, SetsReport, SummaryReport,
};
pub use slots::SlotColumn;
pub(crate) use status::{
    BlockHeader, Holder, PersistentFor, SessionReport, SlotReport, SlotState, StatusReport, Waiter,
};
