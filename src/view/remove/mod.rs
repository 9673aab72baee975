//! What `semlock remove` removed and kept, and why.

mod reason;
mod report;
mod text;

pub(crate) use reason::RemoveReason;
pub(crate) use report::{JudgedSet, RemoveAction, RemoveGroup, RemoveReport};
pub(crate) use text::{RemoveTotals, write_groups, write_steps};
