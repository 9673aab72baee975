//! What a process is doing, as far as it can keep another one waiting.

use super::Pid;

/// What a process is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// It waits for a semaphore.
    Semop,
    /// It waits for one of these children: wait(2).
    WaitsForOneOf(Vec<Pid>),
    /// It does something else, or several things at once.
    Other,
    /// This process may not look at it.
    Hidden,
}
