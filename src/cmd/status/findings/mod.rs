//! What is wrong, and the commands that fix it: what every `status` ends with.

mod block_context;
mod leaked_readers;
mod limit_usage;
mod listed_set;
mod long_waits;
mod of_block;
mod of_sets;
mod removal;
mod repeated_fixes;
#[cfg(test)]
mod tests;

use crate::failure::Fix;

pub(super) use block_context::{BlockContext, Scope, unseen};
pub(super) use listed_set::ListedSet;
pub(super) use long_waits::unknown_waits;
pub(super) use of_block::of_block;
pub(super) use of_sets::RequestedSets;
pub(super) use repeated_fixes::shown;

/// A finding whose fixes can still be compared.
pub(super) type Finding = crate::view::Finding<Fix>;
