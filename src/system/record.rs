//! What the system's list of processes says about one of them.

use super::Pid;

/// A process in a list. If a pid is used again, the instance differs, where the system
/// tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub pid: Pid,
    pub instance: u64,
}

/// What every user may read about a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub name: Vec<u8>,
    /// Whether it is a zombie, none of whose threads runs.
    pub ended: bool,
    /// Its parent; 0 for none, or one that cannot be seen from here.
    pub parent: i32,
    /// The leader of its process group; 0 if that cannot be seen from here.
    pub group: i32,
    /// The leader of its session; 0 if that cannot be seen from here.
    pub session: i32,
    pub has_terminal: bool,
    /// The address of the start of its stack; 0 if the system does not show it.
    pub stack: u64,
}
