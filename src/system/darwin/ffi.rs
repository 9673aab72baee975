//! The calls that no safe Rust library has.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;

use libc::c_int;
use nix::errno::Errno;

use crate::system::Pid;

/// How often a value is read that grows in the meantime.
const MAX_TRIES: usize = 10;

/// sysctl(3): a value of any length.
pub(super) fn sysctl(name: &[c_int]) -> Result<Vec<u8>, Errno> {
    for _ in 0..MAX_TRIES {
        let length = read(name, &mut [])?;
        // Processes may start in the meantime.
        match read_at_most(name, length + length / 8) {
            Err(Errno::ENOMEM) => {}
            read => return read,
        }
    }
    Err(Errno::ENOMEM)
}

/// sysctl(3) `KERN_PROCARGS2`, which needs room for the longest arguments.
pub(super) fn arguments(pid: Pid) -> Result<Vec<u8>, Errno> {
    let limit = nix::unistd::sysconf(nix::unistd::SysconfVar::ARG_MAX)?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(1 << 20);
    read_at_most(&[libc::CTL_KERN, libc::KERN_PROCARGS2, pid.raw()], limit)
}

fn read_at_most(name: &[c_int], length: usize) -> Result<Vec<u8>, Errno> {
    let mut value = vec![0; length];
    let length = read(name, &mut value)?;
    value.truncate(length);
    Ok(value)
}

/// Reads a value into `to`. Returns its length; without room for it, only that.
fn read(name: &[c_int], to: &mut [u8]) -> Result<usize, Errno> {
    let number = libc::c_uint::try_from(name.len()).map_err(|_| Errno::EINVAL)?;
    let mut length = to.len();
    let start: *mut c_void = if to.is_empty() { ptr::null_mut() } else { to.as_mut_ptr().cast() };
    // SAFETY: the kernel only reads the name, which has as many numbers. It writes at most
    // `length` bytes to `start`, which has as many, or nothing if that is null.
    let done = unsafe {
        libc::sysctl(name.as_ptr().cast_mut(), number, start, &raw mut length, ptr::null_mut(), 0)
    };
    Errno::result(done).map(|_| length)
}

/// proc_pidpath() of libproc.h.
pub(super) fn path(pid: Pid) -> Result<Vec<u8>, Errno> {
    let mut path = vec![0_u8; libc::PROC_PIDPATHINFO_MAXSIZE as usize];
    let room = u32::try_from(path.len()).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the call writes at most `room` bytes to `path`, which has as many.
    let length = unsafe { libc::proc_pidpath(pid.raw(), path.as_mut_ptr().cast(), room) };
    match usize::try_from(length) {
        Ok(length) if length > 0 => {
            path.truncate(length);
            Ok(path)
        }
        _ => Err(Errno::last()),
    }
}
