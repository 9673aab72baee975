//! Who waits for a semaphore, or for a process that does.

use super::platform_blocked as platform;
use crate::sysv::Op;

/// A thread that is blocked in semop(2) or semtimedop(2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Its process.
    pub pid: i32,
    /// The thread.
    pub tid: i32,
    /// The set that it waits on.
    pub semid: i32,
    /// What it wants to do; None if that may not be read.
    pub ops: Option<Vec<Op>>,
}

/// What could be seen of those who wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Every thread of this IPC namespace that is seen to wait for a semaphore.
    pub blocked: Vec<Blocked>,
    /// Whether there are processes at which this one may not look.
    pub hidden: bool,
}

/// What a process is about at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It waits for a semaphore.
    Semop,
    /// It waits until one of these children changes its state: wait(2).
    AwaitsOneOf(Vec<i32>),
    /// Something else, or several things at once.
    Other,
    /// This process may not look at it.
    Hidden,
}

/// Looks at every thread of every process for those that wait for a semaphore
/// of this thread's IPC namespace. They may have got it by the time this returns.
pub fn blocked() -> Look {
    platform::blocked()
}

/// What a process is about; one that is gone is about something else.
pub fn doing(pid: i32) -> Doing {
    platform::doing(pid)
}

/// Whether it has no more than one thread, which then does what it does.
pub fn is_single(pid: i32) -> bool {
    platform::threads(pid).len() == 1
}

/// How often the threads of a process have stopped running: a process in which
/// that stays the same, and which waits, has waited all the time. None if it is gone.
pub fn runs(pid: i32) -> Option<u64> {
    platform::runs(pid)
}
