//! What is wrong, and the commands that fix it: what every `status` ends with.

mod block;
mod blocks;
mod full;
mod removal;
mod sets;

pub(super) use block::of_block;
pub(super) use blocks::BlockFindings;
pub(super) use sets::Sets;
