//! COMMAND as a child process, on systems where semlock has to keep or release the lock itself.

use std::convert::Infallible;

use anyhow::Result;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, raise};
use rustix::process::{Resource, Rlimit, WaitStatus, getrlimit, setrlimit};

use crate::exit::Exit;
use crate::failure::{Failure, report};
use crate::session::Claim;
use crate::system::Pid;
use crate::system::children::{self, ChildStatuses};
use crate::system::signals::{CaughtSignals, ReceivedSignal};

/// Signals that would end semlock and are meant for COMMAND; and SIGCHLD, for its end.
pub(super) const CAUGHT: [Signal; 8] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGCHLD,
];

/// Runs `become_command` in a child, passes on the signals that are `caught`, releases the
/// lock, and ends as COMMAND did.
pub(super) fn run(
    claim: &Claim,
    caught: CaughtSignals,
    become_command: impl FnOnce() -> Result<Infallible>,
) -> Result<Exit> {
    let statuses = ChildStatuses::keep();
    let ended = match children::fork() {
        Ok(None) => {
            drop((statuses, caught));
            let Err(error) = become_command();
            std::process::exit(report(&error).code().into());
        }
        Ok(Some(child)) => wait(child, &caught),
        Err(errno) => Err(errno),
    };
    claim.release().map_err(|error| Failure::sysv("release the lock", error))?;
    let ended = ended.map_err(|errno| {
        let what = format!("run COMMAND in a process of its own: {} ({errno:?})", errno.desc());
        Failure::new(Exit::System, what).errno(errno)
    })?;
    drop(caught);
    Ok(end_like(ended))
}

/// Waits for the child's end. It is of the same process group, so what the
/// terminal sends has reached it already.
fn wait(child: Pid, caught: &CaughtSignals) -> Result<WaitStatus, Errno> {
    loop {
        match caught.next() {
            Ok(ReceivedSignal { signal: Signal::SIGCHLD, .. }) => {
                if let Some(ended) = children::try_wait(child)? {
                    return Ok(ended);
                }
            }
            Ok(ReceivedSignal { signal, by_process: true }) => pass_on(signal, child),
            Ok(_) => {}
            // Signals wait, but the lock is not left behind.
            Err(_) => return children::wait(child),
        }
    }
}

fn pass_on(signal: Signal, child: Pid) {
    // One that has ended needs no signal, and one that has become another user's gets
    // none, as from any sender.
    let _ = kill(child.into(), signal);
}

/// Ends with the same status or by the same signal; with 128 and its number if this
/// process ignores the signal.
fn end_like(ended: WaitStatus) -> Exit {
    if let Some(status) = ended.exit_status() {
        return Exit::Chosen(u8::try_from(status).unwrap_or(u8::MAX));
    }
    let number = ended.terminating_signal().unwrap_or(0);
    if let Ok(signal) = Signal::try_from(number) {
        // A core file of COMMAND is there already, if one was wanted.
        let none = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
        let _ = setrlimit(Resource::Core, none);
        let _ = raise(signal);
    }
    Exit::Chosen(u8::try_from(128 + number).unwrap_or(u8::MAX))
}
