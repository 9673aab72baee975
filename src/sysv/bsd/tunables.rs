//! The limits of FreeBSD and DragonFly, which are tunables: loader.conf(5).

use std::ffi::CStr;
use std::io;

use super::common::{limit, not_understood, read};
use super::ffi::sysctl_by_name;
use crate::sysv::Limits;

/// The limits: sysctl(8), `kern.ipc`.
pub(crate) fn limits() -> io::Result<Limits> {
    Ok(Limits {
        semmsl: setting(c"kern.ipc.semmsl")?,
        semmns: setting(c"kern.ipc.semmns")?,
        semopm: setting(c"kern.ipc.semopm")?,
        semmni: setting(c"kern.ipc.semmni")?,
    })
}

fn setting(name: &CStr) -> io::Result<u32> {
    read(&sysctl_by_name(name)?).and_then(limit).ok_or_else(not_understood)
}
