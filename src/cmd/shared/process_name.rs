//! What a process is called in a message.

use crate::holder::HolderArgs;
use crate::system::{self, Pid, ProcessName, Processes, Text};
use crate::sysv::UNNAMED_PROCESS;

/// The process that a semaphore names, for people.
pub(crate) fn called(pid: impl Into<Option<Pid>>) -> String {
    called_among(pid, None)
}

/// The same, by a survey where there is one.
pub(crate) fn called_among(pid: impl Into<Option<Pid>>, processes: Option<&Processes>) -> String {
    match pid.into() {
        Some(pid) => ProcessName(pid, command_of(pid, processes).as_ref()).to_string(),
        None => UNNAMED_PROCESS.into(),
    }
}

/// The command line of a process, unless it is a holder of semlock's: that is for semlock
/// alone. A process that is not in the survey is looked up.
pub(crate) fn command_of(pid: Pid, processes: Option<&Processes>) -> Option<Text> {
    let command = match processes.and_then(|processes| processes.get(pid)) {
        Some(process) => process.command().clone().ok(),
        None => system::find(pid).and_then(|process| process.command().clone()).ok(),
    };
    command.filter(|_| !is_holder(pid))
}

/// Whether a process is a holder of semlock's, or is about to be one.
pub(crate) fn is_holder(pid: Pid) -> bool {
    HolderArgs::of(pid).ok().flatten().is_some()
}
