//! What is wrong, and the commands that fix it: what every `status` ends with.

mod block;
mod sets;

pub(super) use block::of_block;
pub(super) use sets::{BlockFindings, of_sets};
