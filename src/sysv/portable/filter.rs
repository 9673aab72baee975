//! Systems that have no semaphores, and say so by a signal.
//!
//! The BSDs and Cygwin send SIGSYS to a process that makes a call that the kernel, or
//! cygserver, does not have. By default, that ends the process. If the signal is ignored,
//! the call fails with ENOSYS.

use std::sync::OnceLock;

use nix::errno::Errno;

use crate::sysv::platform::abi;
use crate::sysv::{Call, ffi};

/// Whether this process's system calls are filtered: not in a way that can be seen.
pub(crate) fn is_filtered() -> bool {
    false
}

/// Whether EPERM from a call comes from a filter.
pub(crate) fn filter_refuses(_: Call) -> bool {
    false
}

/// Whether a filter has killed a child that made a semaphore call.
pub(crate) fn filter_kills() -> bool {
    false
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
