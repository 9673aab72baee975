//! 64-bit Linux: the C library passes everything on as it is.

use libc::{c_int, size_t};

use super::sembuf;

pub(crate) use super::c_library::semctl;

// The libc crate lacks it for musl and Android.
#[cfg(any(target_arch = "s390x", target_arch = "powerpc64", target_arch = "sparc64"))]
unsafe extern "C" {
    /// semop(2). The kernel has no system call of its own for it here.
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
