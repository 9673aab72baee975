//! Thread ids.

use std::fmt;

use super::Pid;

/// The id of a thread in the pid namespace of this process: gettid(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tid(i32);

impl Tid {
    /// The first thread of a process, which has the id of the process.
    pub(crate) fn first_of(pid: Pid) -> Self {
        Self(pid.raw())
    }

    /// The thread that proc(5) lists by this number.
    pub(super) fn new(raw: i32) -> Option<Self> {
        (raw > 0).then_some(Self(raw))
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
