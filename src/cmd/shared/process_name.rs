//! What a process is called in a message.

use crate::system::{self, Called, Pid, Text};

/// A process that a semaphore names, for people.
pub(crate) fn called(pid: i32) -> String {
    called_by(pid, |pid| system::process(pid).and_then(|process| process.command().clone()).shown())
}

/// The same where its command line is found otherwise.
pub(crate) fn called_by(pid: i32, command: impl FnOnce(Pid) -> Option<Text>) -> String {
    let Some(pid) = Pid::new(pid) else { return "a process of another pid namespace".into() };
    Called(pid, command(pid).as_ref()).to_string()
}
