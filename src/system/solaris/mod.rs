//! illumos and Solaris: what /proc says about processes.
//!
//! What a process does, what it has mapped and which threads wait for semaphores is not
//! known here. A set can be used only in its own zone, so the processes of this zone are
//! all that matter.

mod ffi;
mod process;
pub(crate) mod psinfo;

use super::Incomplete;

#[cfg(semlock_layout)]
pub(crate) use psinfo as abi;

pub use super::portable::has_user;
pub(crate) use super::portable::*;
pub(crate) use super::procfs::processes as list;
pub(crate) use process::{command_line, environment, executable, name, read, record, run_the_same};

/// A process without the privilege `proc_info` sees only its own user's processes:
/// privileges(7).
pub(crate) fn obstacle() -> Option<Incomplete> {
    (!ffi::has_privilege(c"proc_info")).then_some(Incomplete::Hidden)
}
