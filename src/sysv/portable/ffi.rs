//! semtimedop(2), which some systems have, and others only in newer versions.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

use libc::{size_t, timespec};
use nix::errno::Errno;

use crate::sysv::ffi::{self, check, without_sigsys};
use crate::sysv::platform::abi::sembuf;

/// sys/sem.h of illumos and of NetBSD 11.
type Semtimedop = unsafe extern "C" fn(c_int, *mut sembuf, size_t, *const timespec) -> c_int;

/// semtimedop(2), looked up when the program runs. Fails with ENOSYS if the C library or the
/// kernel does not have it.
pub(crate) fn semtimedop_within(
    semid: c_int,
    ops: &mut [sembuf],
    time: &timespec,
) -> Result<(), Errno> {
    static FOUND: OnceLock<Option<Semtimedop>> = OnceLock::new();
    let found = FOUND.get_or_init(|| find().filter(|&semtimedop| kernel_has(semtimedop)));
    call((*found).ok_or(Errno::ENOSYS)?, semid, ops, time)
}

fn find() -> Option<Semtimedop> {
    // SAFETY: the name is a C string.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"semtimedop".as_ptr()) };
    // SAFETY: it is null, which is None, or the function of this name and type.
    unsafe { std::mem::transmute::<*mut c_void, Option<Semtimedop>>(found) }
}

/// Tries it on a set that cannot exist. A kernel without it may send SIGSYS.
fn kernel_has(semtimedop: Semtimedop) -> bool {
    let time = timespec { tv_sec: 0, tv_nsec: 0 };
    let mut nothing = [ffi::sembuf(0, 0, false, false)];
    without_sigsys(|| call(semtimedop, -1, &mut nothing, &time)) != Err(Errno::ENOSYS)
}

fn call(
    semtimedop: Semtimedop,
    semid: c_int,
    ops: &mut [sembuf],
    time: &timespec,
) -> Result<(), Errno> {
    // SAFETY: `ops` is a live slice of the length given, and `time` a live timespec; the
    // kernel only reads both.
    check(unsafe { semtimedop(semid, ops.as_mut_ptr(), ops.len(), time) }).map(drop)
}
