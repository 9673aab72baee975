//! Linux as a system that offers only what POSIX specifies, with five operations in a call
//! and no semtimedop(2): a build for tests, by `--cfg semlock_portable`.

#[path = "portable_linux/abi.rs"]
pub(crate) mod abi;
#[allow(unused_imports, reason = "its table of sets is not used here")]
#[path = "linux/abi/mod.rs"]
mod linux_abi;

use libc::{c_int, timespec};
use nix::errno::Errno;

pub use super::portable::ipc_namespace;
pub(crate) use super::portable::*;

/// Fails with ENOSYS: this build is for the wait without semtimedop(2).
pub(crate) fn semtimedop_within(
    _: c_int,
    _: &mut [abi::sembuf],
    _: &timespec,
) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}
