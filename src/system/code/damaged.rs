//! A file that cannot be parsed.

use object::read::Error;

/// The file does not follow elf(5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

impl From<Error> for Damaged {
    fn from(_: Error) -> Self {
        Self
    }
}
