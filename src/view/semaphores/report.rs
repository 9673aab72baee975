//! What `semlock status` shows of a set that is not a session block: everything that
//! the kernel says about it, and the processes behind the pids.

use jiff::Timestamp;
use serde::Serialize;

use crate::judge::Verdict;
use crate::system::{Pid, Text};
use crate::view::{Finding, SetHeader};

/// A set, its semaphores, and the processes that wait on it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SemaphoresReport {
    pub schema: u32,
    /// When the set was looked at.
    pub time: Timestamp,
    pub set: LocatedSet,
    /// Why it is not shown as a session block; None if it could be.
    pub not_a_block: Option<String>,
    /// Every semaphore, in its place; None if they may not be read.
    pub semaphores: Option<Vec<SemaphoreReport>>,
    /// How many processes wait; None if that may not be read.
    pub waiting: Option<u32>,
    /// The processes that are seen to wait; None if they may not be counted.
    pub waiters: Option<Vec<SetWaiter>>,
    pub verdict: Verdict,
    pub evidence: Vec<String>,
    pub kept_by: Vec<Pid>,
    pub findings: Vec<Finding>,
}

/// A set, and where it is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LocatedSet {
    #[serde(flatten)]
    pub set: SetHeader,
    pub ipc_namespace: Option<String>,
}

/// What semctl(2) says about a semaphore.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SemaphoreReport {
    pub semnum: u32,
    pub semval: u16,
    /// How many processes wait for a higher value.
    pub semncnt: u32,
    /// How many processes wait for it to become zero.
    pub semzcnt: u32,
    /// The last process that changed it or waited for zero; 0 for one of another pid
    /// namespace, or for none.
    pub sempid: i32,
    /// That process's command line, if it lives.
    pub command: Option<Text>,
}

impl SemaphoreReport {
    /// Whether it is raised, or a process waits for it.
    pub(crate) fn is_used(&self) -> bool {
        self.semval != 0 || self.semncnt != 0 || self.semzcnt != 0
    }
}

/// A process that waits on a set.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SetWaiter {
    pub pid: Pid,
    /// Its command line.
    pub command: Option<Text>,
    /// What it wants to do, all at once; None if that may not be read.
    pub operations: Option<Vec<Operation>>,
    /// The operation that keeps it waiting; None if that is not known, or it has
    /// just got what it waited for.
    pub waits_for: Option<Operation>,
}

/// An operation of semop(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Operation {
    pub semnum: u16,
    /// What it adds; 0 waits for the value 0.
    pub sem_op: i16,
    /// Whether the kernel takes it back when the process ends.
    pub undo: bool,
}
