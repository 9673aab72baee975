//! 64-bit Linux: the C library passes everything on as it is.

use libc::{c_int, size_t};

use super::sembuf;

unsafe extern "C" {
    pub(crate) fn semctl(semid: c_int, semnum: c_int, command: c_int, ...) -> c_int;

    // The kernel has no call of its own for it on these processors.
    #[cfg(any(target_arch = "s390x", target_arch = "powerpc64", target_arch = "sparc64"))]
    pub(crate) fn semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int;
}

/// The system call itself. glibc's semop() calls semtimedop(2), which may be missing or
/// forbidden.
///
/// # Safety
///
/// `ops` must point to `nops` operations.
#[cfg(not(any(target_arch = "s390x", target_arch = "powerpc64", target_arch = "sparc64")))]
pub(crate) unsafe fn semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
    // SAFETY: the caller promises `nops` operations; the kernel only reads them.
    let returned = unsafe { libc::syscall(libc::SYS_semop, semid, ops, nops) };
    // It is 0 or -1.
    if returned == 0 { 0 } else { -1 }
}
