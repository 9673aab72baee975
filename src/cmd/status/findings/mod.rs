//! What is wrong, and the commands that fix it: what every `status` ends with.

mod block;
mod evidence;
mod sets;
mod waits;

pub(super) use block::of_block;
pub(super) use evidence::{Evidence, unseen};
pub(super) use sets::{BlockFindings, of_sets};
pub(super) use waits::unknown_waits;
