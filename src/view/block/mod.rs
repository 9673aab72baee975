//! A block: its slots, the processes that have or wait for them, and the sessions that
//! were asked for.

mod columns;
mod deadlock;
mod map;
mod report;
mod session_names;
mod sessions;
#[cfg(test)]
mod tests;
mod text;
mod users;

pub use columns::SlotColumn;
pub(crate) use deadlock::{Deadlock, Link, called};
pub(crate) use report::{
    BlockHeader, HolderReport, PersistentFor, SessionNames, SessionReport, SlotReport,
    StatusReport, WaiterReport,
};
