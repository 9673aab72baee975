//! Linux has no sysctl(3): only what is made of an answer is tested.

use std::ffi::CStr;

use libc::c_int;
use nix::errno::Errno;

pub(super) fn sysctl(_: &[c_int]) -> Result<Vec<u8>, Errno> {
    Err(Errno::ENOSYS)
}

pub(super) fn sysctl_by_name(_: &CStr) -> Result<Vec<u8>, Errno> {
    Err(Errno::ENOSYS)
}
