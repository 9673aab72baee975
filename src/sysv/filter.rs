//! System call filters, which kill where other systems refuse.
//!
//! A filter (seccomp(2), as Android, systemd's `SystemCallFilter=` and
//! containers use it) may answer a semaphore call with death by SIGSYS. Where
//! a filter is at work, a child that nobody misses makes the calls first, and
//! its death becomes an ENOSYS. A handler for SIGSYS could not do that: most
//! filters kill without asking it.

use std::sync::OnceLock;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::Call;
use super::ffi::{self, Dumpable};

/// Whether this process's system calls are filtered.
pub fn is_filtered() -> bool {
    ffi::is_filtered()
}

/// Whether EPERM from `call` is the word of a filter. The kernel itself says
/// EPERM only where another user's set is changed or removed, but EINVAL of a
/// set that is none.
pub fn filter_refuses(call: Call) -> bool {
    let refused = |command| ffi::change_no_set(command) == Err(Errno::EPERM);
    is_filtered()
        && match call {
            Call::Semctl("IPC_RMID") => refused(libc::IPC_RMID),
            Call::Semctl("IPC_SET") => refused(libc::IPC_SET),
            _ => true,
        }
}

/// Whether the filter kills who makes a call that all work with semaphores takes.
static DEADLY: OnceLock<bool> = OnceLock::new();

/// Whether it kills who waits with a limit.
static TIMED_WAIT_IS_DEADLY: OnceLock<bool> = OnceLock::new();

/// Whether a filter was seen to kill who makes a semaphore call.
pub fn filter_kills() -> bool {
    [&DEADLY, &TIMED_WAIT_IS_DEADLY].iter().any(|deadly| deadly.get() == Some(&true))
}

/// Fails with ENOSYS where a semaphore call would kill. Looks once, and starts
/// a child only under a filter.
pub(super) fn check() -> Result<(), Errno> {
    survives(&DEADLY, ffi::necessary_calls)
}

/// The same of the call that a wait with a limit takes.
pub(super) fn check_timed_wait() -> Result<(), Errno> {
    survives(&TIMED_WAIT_IS_DEADLY, ffi::timed_wait)
}

fn survives(deadly: &OnceLock<bool>, calls: ffi::Calls) -> Result<(), Errno> {
    if *deadly.get_or_init(|| is_filtered() && child_is_killed(calls)) {
        return Err(Errno::ENOSYS);
    }
    Ok(())
}

/// A core file of the child is not wanted; and Linux before 5.17 ends, for a
/// core file, every process that shares the child's memory.
fn child_is_killed(calls: ffi::Calls) -> bool {
    let dumpable = ffi::is_dumpable();
    ffi::set_dumpable(Dumpable::No);
    let child = ffi::in_a_child(calls, 0);
    if dumpable {
        ffi::set_dumpable(Dumpable::Yes);
    }
    let end = child.and_then(wait);
    matches!(end, Ok(WaitStatus::Signaled(_, Signal::SIGSYS, _)))
}

/// How a child ended that has no exit signal.
pub(super) fn wait(child: i32) -> Result<WaitStatus, Errno> {
    loop {
        match waitpid(Pid::from_raw(child), Some(WaitPidFlag::__WALL)) {
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
}
