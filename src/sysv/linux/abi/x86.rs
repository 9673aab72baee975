//! 32-bit x86: ipc(2), because glibc's semctl() drops the high half of times.

use std::ffi::c_void;

use libc::{c_int, size_t};

use super::sembuf;
use crate::sysv::ffi::Semun;

/// The calls of ipc(2), and the flag for the headers of today: include/uapi/linux/ipc.h.
const SEMOP: c_int = 1;
const SEMCTL: c_int = 3;
const IPC_64: c_int = 0x100;

/// semctl(2)
///
/// # Safety
///
/// `argument` must be what the command expects.
pub(crate) unsafe fn semctl(semid: c_int, semnum: c_int, command: c_int, argument: Semun) -> c_int {
    // SAFETY: the caller answers for the argument, which ipc(2) takes by reference.
    unsafe { ipc(SEMCTL, semid, semnum, command | IPC_64, (&raw const argument).cast()) }
}

/// semop(2). glibc's semop() calls semtimedop(2), which may be missing or forbidden.
///
/// # Safety
///
/// `ops` must point to `nops` operations.
pub(crate) unsafe fn semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
    let nops = c_int::try_from(nops).unwrap_or(c_int::MAX);
    // SAFETY: the caller promises `nops` operations; the kernel only reads them.
    unsafe { ipc(SEMOP, semid, nops, 0, ops.cast_const().cast()) }
}

/// # Safety
///
/// `address` must be what the call expects.
unsafe fn ipc(
    call: c_int,
    first: c_int,
    second: c_int,
    third: c_int,
    address: *const c_void,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { libc::syscall(libc::SYS_ipc, call, first, second, third, address) }
}
