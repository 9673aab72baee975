//! What sets are judged by, besides the survey of processes.

use jiff::SignedDuration;

use crate::system::{Pid, Process};
use crate::sysv::Uid;

/// A set that was created, changed or used more recently is kept, unless another time is
/// chosen: its first user may not be there yet.
pub(crate) const MIN_AGE: SignedDuration = SignedDuration::from_secs(10);

/// How sets are judged.
#[derive(Clone, Debug)]
pub(crate) struct JudgeOptions {
    /// The IPC namespace of the sets; None if it is not known.
    pub here: Option<u64>,
    /// This process: what it did to a set does not keep the set.
    pub own: Option<Pid>,
    /// The user that semlock runs as.
    pub uid: Uid,
    /// The ancestors of this process.
    pub ancestors: Vec<Pid>,
    pub ignored: Vec<Ignored>,
    /// Sets that were changed or used more recently are kept.
    pub min_age: SignedDuration,
}

/// Processes that are ignored on an administrator's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// The one with this pid.
    Pid(Pid),
    /// Those with this name, or whose executable has it.
    Name(Vec<u8>),
}

impl JudgeOptions {
    pub(super) fn ignore(&self, process: &Process) -> bool {
        self.ignored.iter().any(|ignored| ignored.covers(process))
    }
}

impl Ignored {
    fn covers(&self, process: &Process) -> bool {
        match self {
            Self::Pid(pid) => process.pid == *pid,
            Self::Name(name) => process.is_called(name),
        }
    }
}
