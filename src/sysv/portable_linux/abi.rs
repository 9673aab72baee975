//! The interface of Linux, with the smallest SEMOPM of a known system.

#![allow(unsafe_code)]

use libc::{c_int, size_t};
use nix::errno::Errno;

use super::linux_abi;

pub(crate) use linux_abi::*;

const SEMOPM: size_t = 5;

/// semop(2). Fails with E2BIG for more than five operations.
///
/// # Safety
///
/// `ops` must point to `nops` operations.
pub(crate) unsafe fn semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
    if nops > SEMOPM {
        Errno::E2BIG.set();
        return -1;
    }
    // SAFETY: as the caller promises.
    unsafe { linux_abi::semop(semid, ops, nops) }
}
