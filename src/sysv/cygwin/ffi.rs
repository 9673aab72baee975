//! The calls that ipcs(8) of Cygwin makes. `SEM_STAT` is not among them: semctl(2) of
//! Cygwin's library does not pass its argument on.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use libc::c_int;
use nix::errno::Errno;

use super::abi::{self, semid_ds, seminfo};
use crate::sysv::ffi::{Semun, check};

/// semctl(2) `IPC_INFO`: the limits.
pub(super) fn limits() -> Result<seminfo, Errno> {
    let mut info = MaybeUninit::<seminfo>::zeroed();
    let argument = Semun { buf: info.as_mut_ptr().cast() };
    // SAFETY: cygserver writes at most one seminfo to the pointer.
    check(unsafe { abi::semctl(0, 0, abi::IPC_INFO, argument) })?;
    // SAFETY: a seminfo is integers only, and was zeroed before.
    Ok(unsafe { info.assume_init() })
}

/// semctl(2) `IPC_INFO`: the first entries of the table of sets. It has at least one.
pub(super) fn table(entries: c_int) -> Result<Vec<semid_ds>, Errno> {
    let number = usize::try_from(entries).ok().filter(|&number| number > 0);
    let mut table = vec![semid_ds::default(); number.ok_or(Errno::EINVAL)?];
    let argument = Semun { buf: table.as_mut_ptr() };
    // SAFETY: cygserver writes at most `entries` headers, and the table has as many.
    check(unsafe { abi::semctl(entries, 0, abi::IPC_INFO, argument) })?;
    Ok(table)
}
