//! What is wrong, and the commands that fix it: what every `status` ends with.

mod block;
mod evidence;
mod leaked_readers;
mod limits;
mod long_waits;
mod removal;
mod repeated_fixes;
mod sets;

pub(super) use block::of_block;
pub(super) use evidence::{Evidence, unseen};
pub(super) use long_waits::unknown_waits;
pub(super) use repeated_fixes::offer_each_fix_once;
pub(super) use sets::Sets;
