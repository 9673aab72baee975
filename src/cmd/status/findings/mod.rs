//! What is wrong, and the commands that fix it: what every `status` ends with.

mod block;
mod blocks;
mod evidence;
mod full;
mod leaked;
mod once;
mod removal;
mod sets;
mod waits;

pub(super) use block::of_block;
pub(super) use blocks::BlockFindings;
pub(super) use evidence::{Evidence, unseen};
pub(super) use once::say_once;
pub(super) use sets::Sets;
pub(super) use waits::unknown_waits;
