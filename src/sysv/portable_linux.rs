//! Linux as a system of which no more is known than POSIX says, with five operations in a
//! call and no semtimedop(2): a build for tests, by `--cfg semlock_portable`.

use libc::{c_int, timespec};
use nix::errno::Errno;

#[allow(unused_imports, reason = "its table of sets is not used here")]
#[path = "linux/abi/mod.rs"]
mod linux_abi;

pub(crate) mod abi {
    //! The interface of Linux, with the smallest SEMOPM of a known system.

    #![allow(unsafe_code)]

    use libc::{c_int, size_t};
    use nix::errno::Errno;

    pub(crate) use super::linux_abi::*;

    const SEMOPM: size_t = 5;

    /// # Safety
    ///
    /// `ops` must point to `nops` operations.
    pub(crate) unsafe fn semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
        if nops > SEMOPM {
            Errno::E2BIG.set();
            return -1;
        }
        // SAFETY: as the caller promises.
        unsafe { super::linux_abi::semop(semid, ops, nops) }
    }
}

/// Not here: this build is for the wait without it.
pub(crate) fn semtimedop_within(
    _: c_int,
    _: &mut [abi::sembuf],
    _: &timespec,
) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}

pub use super::portable::ipc_namespace;
pub(crate) use super::portable::*;
