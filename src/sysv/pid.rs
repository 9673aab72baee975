//! Process ids.

use std::fmt;

use serde::Serialize;

/// The id of a process in the pid namespace of this one: pid_namespaces(7).
///
/// The same number means another process in another pid namespace, so a pid that a
/// process there reports is a plain number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Pid(i32);

impl Pid {
    /// The process that semctl(2) or proc(5) names by this number. None for 0, which
    /// means no process or one of another pid namespace, and for negative numbers.
    pub fn new(raw: i32) -> Option<Self> {
        (raw > 0).then_some(Self(raw))
    }

    /// This process.
    pub fn own() -> Self {
        Self(nix::unistd::getpid().as_raw())
    }

    /// The parent of this process. None if it is in another pid namespace.
    pub(crate) fn parent() -> Option<Self> {
        Self::new(nix::unistd::getppid().as_raw())
    }

    /// The number.
    pub fn raw(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Pid> for nix::unistd::Pid {
    fn from(pid: Pid) -> Self {
        Self::from_raw(pid.0)
    }
}
