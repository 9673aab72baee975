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
pub fn filtered() -> bool {
    ffi::is_filtered()
}

/// Whether EPERM from `call` is the word of a filter. The kernel itself says
/// EPERM only where another user's set is changed or removed, but EINVAL of a
/// set that is none.
pub fn refuses(call: Call) -> bool {
    let refused = |command| ffi::change_no_set(command) == Err(Errno::EPERM);
    filtered()
        && match call {
            Call::Semctl("IPC_RMID") => refused(libc::IPC_RMID),
            Call::Semctl("IPC_SET") => refused(libc::IPC_SET),
            _ => true,
        }
}

/// Whether the filter kills instead of refusing.
static DEADLY: OnceLock<bool> = OnceLock::new();

/// Whether a filter was seen to kill who makes a semaphore call.
pub fn kills() -> bool {
    DEADLY.get() == Some(&true)
}

/// Fails with ENOSYS where a semaphore call would kill. Looks once, and makes
/// a child only under a filter.
pub(super) fn check() -> Result<(), Errno> {
    if *DEADLY.get_or_init(|| filtered() && child_is_killed()) {
        return Err(Errno::ENOSYS);
    }
    Ok(())
}

/// A core file of the child is not wanted; and Linux before 5.17 ends, for a
/// core file, every process that shares the child's memory.
fn child_is_killed() -> bool {
    let dumpable = ffi::is_dumpable();
    ffi::set_dumpable(Dumpable::No);
    let child = ffi::try_calls_in_a_child();
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
