//! The calls that only macOS has.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;

use libc::c_int;
use nix::errno::Errno;

use super::abi::{IPCS_MAGIC, IPCS_SEM_CONF, IPCS_SEM_ITER, IpcsCommand, semid_ds, seminfo};
use crate::sysv::ffi::check;

/// sysctlbyname(3) of an `int`.
pub(super) fn sysctl(name: &CStr) -> Result<c_int, Errno> {
    let mut number: c_int = 0;
    let mut length = size_of::<c_int>();
    let to = (&raw mut number).cast::<c_void>();
    // SAFETY: the kernel writes at most `length` bytes to `to`, which has as many, and the
    // name is a C string.
    check(unsafe {
        libc::sysctlbyname(name.as_ptr(), to, &raw mut length, std::ptr::null_mut(), 0)
    })?;
    Ok(number)
}

/// What is in use, and the limits that no sysctl changes.
pub(super) fn configuration() -> Result<seminfo, Errno> {
    let mut answer = MaybeUninit::<seminfo>::zeroed();
    ipcs(IPCS_SEM_CONF, 0, &mut answer)?;
    // SAFETY: a seminfo is integers only, and was zeroed before.
    Ok(unsafe { answer.assume_init() })
}

/// The first set at `cursor` or after it, and the cursor after it. Fails with ENOENT or
/// ERANGE if there is none.
pub(super) fn next_set(cursor: c_int) -> Result<(c_int, semid_ds), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    let after = ipcs(IPCS_SEM_ITER, cursor, &mut header)?;
    // SAFETY: a semid_ds is integers only, and was zeroed before.
    Ok((after, unsafe { header.assume_init() }))
}

/// The sysctl of ipcs(1): a command goes in and comes back. Returns its cursor.
fn ipcs<T>(op: c_int, cursor: c_int, to: &mut MaybeUninit<T>) -> Result<c_int, Errno> {
    let datalen = c_int::try_from(size_of::<T>()).map_err(|_| Errno::EINVAL)?;
    let data = to.as_mut_ptr().cast();
    let mut command = IpcsCommand { magic: IPCS_MAGIC, op, cursor, datalen, data };
    let mut length = size_of::<IpcsCommand>();
    let both = (&raw mut command).cast::<c_void>();
    let name = c"kern.sysv.ipcs.sem";
    // SAFETY: the kernel reads one command and writes at most one. It writes `datalen`
    // bytes to `data`, which has as many, and no more.
    check(unsafe { libc::sysctlbyname(name.as_ptr(), both, &raw mut length, both, length) })?;
    Ok(command.cursor)
}
