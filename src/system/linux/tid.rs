//! The id of this thread.

use crate::system::Tid;

/// This thread.
pub(super) fn own() -> Tid {
    Tid::new(nix::unistd::gettid().as_raw()).expect("the id of a thread is positive")
}
