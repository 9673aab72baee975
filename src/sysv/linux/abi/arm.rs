//! 32-bit ARM: the system calls, because glibc's semctl() drops the high half of times.

use libc::{c_int, size_t};

use super::sembuf;
use crate::sysv::ffi::Semun;

/// The flag for the headers of today: include/uapi/linux/ipc.h.
const IPC_64: c_int = 0x100;

/// semctl(2)
///
/// # Safety
///
/// `argument` must be what the command expects.
pub(crate) unsafe fn semctl(semid: c_int, semnum: c_int, command: c_int, argument: Semun) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { libc::syscall(libc::SYS_semctl, semid, semnum, command | IPC_64, argument) }
}

/// semop(2). glibc's semop() calls semtimedop(2), which may be missing or forbidden.
///
/// # Safety
///
/// `ops` must point to `nops` operations.
pub(crate) unsafe fn semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
    // SAFETY: the caller promises `nops` operations; the kernel only reads them.
    unsafe { libc::syscall(libc::SYS_semop, semid, ops, nops) }
}
