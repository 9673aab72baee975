//! The threads that wait for semaphores, with the operations that they wait to do.

use super::{Incomplete, Pid, Tid};
use crate::sysv::{Op, Semid};

/// A thread that waits in semop(2) or semtimedop(2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockedThread {
    /// Its process.
    pub pid: Pid,
    /// The thread.
    pub tid: Tid,
    /// The set that it waits on.
    pub semid: Semid,
    /// The operations that it waits to do; None if they may not be read.
    pub ops: Option<Vec<Op>>,
}

/// The threads that wait for semaphores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SemaphoreWaits {
    /// Those of this IPC namespace that could be seen.
    pub blocked: Vec<BlockedThread>,
    /// Why others may not have been seen.
    pub hidden: Option<Incomplete>,
}
