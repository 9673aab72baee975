//! Systems that have no semaphores, and say so by a signal.
//!
//! The BSDs and Cygwin send SIGSYS to a process that makes a call that the kernel, or
//! cygserver, does not have. By default, that ends the process. If the signal is ignored,
//! the call fails with ENOSYS.

use std::sync::OnceLock;

use nix::errno::Errno;

use crate::sysv::platform::{REMEDIES, abi};
use crate::sysv::remedy::Obstacle;
use crate::sysv::{Call, ffi};

/// Whether EPERM from a call comes from a policy of the system. POSIX has it only for those
/// who neither own nor created the set that they change or remove.
pub(crate) fn filter_refuses(call: Call) -> bool {
    !matches!(call, Call::Semctl("IPC_RMID" | "IPC_SET"))
}

/// Why the system refuses semaphore calls with this errno.
pub(crate) fn obstacle(errno: Errno) -> Obstacle {
    let refused = errno == Errno::EPERM;
    let (cause, fix) = if refused {
        (format!("{} forbids System V semaphores", REMEDIES.policy), None)
    } else {
        (REMEDIES.absent.cause.into(), REMEDIES.absent.fix)
    };
    Obstacle { refused, cause, fix, evidence: Vec::new() }
}

/// Whether only a wait with a limit is refused: it needs no call of its own.
pub(crate) fn timed_wait_filter() -> Option<Obstacle> {
    None
}

/// Fails with ENOSYS if this system has no semaphores. Tries it once.
pub(crate) fn check() -> Result<(), Errno> {
    static ABSENT: OnceLock<bool> = OnceLock::new();
    let is_absent = || {
        let tried = ffi::without_sigsys(|| ffi::get(-1, 0, abi::GETVAL));
        tried == Err(Errno::ENOSYS)
    };
    if *ABSENT.get_or_init(is_absent) { Err(Errno::ENOSYS) } else { Ok(()) }
}
