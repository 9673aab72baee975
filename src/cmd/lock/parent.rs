//! COMMAND as a child process, on systems where semlock has to release the lock itself.

use std::convert::Infallible;

use anyhow::Result;
use nix::errno::Errno;
use nix::sys::signal::{Signal, raise};
use rustix::process::{
    Pid, Resource, Rlimit, Signal as Passed, WaitStatus, getrlimit, kill_process, setrlimit,
};

use crate::exit::Exit;
use crate::failure::{Failure, report};
use crate::session::Claim;
use crate::system::children::{self, Statuses};
use crate::system::signals::{Caught, Sent};

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
    caught: Caught,
    become_command: impl FnOnce() -> Result<Infallible>,
) -> Result<Exit> {
    let statuses = Statuses::kept();
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

/// Waits for the child's end. Signals from the terminal reach the child anyway, as it is
/// in the same process group.
fn wait(child: Pid, caught: &Caught) -> Result<WaitStatus, Errno> {
    loop {
        match caught.next() {
            Ok(Sent { signal: Signal::SIGCHLD, .. }) => {
                if let Some(ended) = children::ended(child).map_err(errno)? {
                    return Ok(ended);
                }
            }
            Ok(Sent { signal, by_process: true }) => pass_on(signal, child),
            Ok(_) => {}
            // Signals stay pending, but the lock is not left behind.
            Err(_) => return children::end(child).map_err(errno),
        }
    }
}

fn pass_on(signal: Signal, child: Pid) {
    if let Some(signal) = Passed::from_named_raw(signal as i32) {
        // A child that has ended needs no signal. One that runs as another user by now
        // gets none, as from any sender.
        let _ = kill_process(child, signal);
    }
}

fn errno(errno: rustix::io::Errno) -> Errno {
    Errno::from_raw(errno.raw_os_error())
}

/// Ends with the same status or by the same signal; with 128 and its number if this
/// process ignores the signal.
fn end_like(ended: WaitStatus) -> Exit {
    if let Some(status) = ended.exit_status() {
        return Exit::Chosen(u8::try_from(status).unwrap_or(u8::MAX));
    }
    let number = ended.terminating_signal().unwrap_or(0);
    if let Ok(signal) = Signal::try_from(number) {
        // COMMAND has left a core file already, if there is to be one.
        let hard = getrlimit(Resource::Core).maximum;
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: hard });
        let _ = raise(signal);
    }
    Exit::Chosen(u8::try_from(128 + number).unwrap_or(u8::MAX))
}
