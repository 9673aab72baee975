//! A set that is not a session block: everything that the kernel says about it.

mod columns;
mod report;
mod text;

pub use columns::SemaphoreColumn;
pub(crate) use report::{LocatedSet, Operation, SemaphoreReport, SemaphoresReport, SetWaiter};
