//! What is wrong, and the commands that fix it: what every `status` ends with.

mod block;
mod evidence;
mod leaked_readers;
mod limits;
mod long_waits;
mod removal;
mod repeated_fixes;
mod sets;

use crate::failure::Fix;

pub(super) use block::of_block;
pub(super) use evidence::{Evidence, Scope, unseen};
pub(super) use long_waits::unknown_waits;
pub(super) use repeated_fixes::shown;
pub(super) use sets::Sets;

/// A finding whose fixes can still be compared.
pub(super) type Finding = crate::view::Finding<Fix>;
