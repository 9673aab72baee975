//! The block or set that the line names.

use super::given::Given;
use crate::cli::key;
use crate::cmd::shared::Name;
use crate::failure::application_key;
use crate::session::{Block, BlockError};
use crate::sysv::{self, Key, Semid};

/// The block; None if there is none, or it may not be read.
pub(super) fn block(given: &Given) -> Option<Block> {
    name(given)?.open().ok()
}

/// Whether there is such a set, and it is not a block.
pub(super) fn is_no_block(given: &Given) -> bool {
    let opened = name(given).map(Name::open);
    matches!(opened, Some(Err(BlockError::NotABlock { .. } | BlockError::Foreign { .. })))
}

/// None if the name is not valid, or semaphores may not be read.
fn name(given: &Given) -> Option<Name> {
    sysv::check_can_read().ok()?;
    let value = |id| given.values_of(id).pop();
    match (value("id"), value("key")) {
        (Some(id), _) => id.to_str()?.parse().ok().map(Semid::new).map(Name::Id),
        (None, Some(stated)) => key(stated.to_str()?).ok().map(Key::new).map(Name::Key),
        (None, None) => application_key().ok().map(Name::Key),
    }
}
