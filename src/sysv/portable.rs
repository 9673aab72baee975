//! What can be done on a system that offers only what POSIX specifies. Each family takes
//! from here what it cannot do better.

#![allow(dead_code, unused_imports, reason = "each system uses what it lacks itself")]
#![allow(clippy::unnecessary_wraps, reason = "other systems fail")]

mod filter;
mod namespace;
mod remedy;
#[path = "portable/ffi.rs"]
mod semtimedop;

use std::io;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow};
use nix::unistd::{SysconfVar, sysconf};

use super::{Limits, Semid, SetInfo, Uid, ffi};

pub(crate) use filter::{check, filter_refuses, obstacle, timed_wait_filter};

pub use namespace::ipc_namespace;
pub(crate) use namespace::{Namespace, join_users_of, namespace_file, use_own_namespace};
pub(crate) use remedy::REMEDIES;
pub(crate) use semtimedop::semtimedop_within;

/// The NSems that Apache::Session::Lock::Semaphore uses on systems that it does not know.
pub(crate) const DEFAULT_NSEMS: u16 = 16;

/// The largest value of a semaphore on every known system.
pub(crate) const HIGHEST_VALUE: u16 = 32767;

/// Whether the kernel does what `SEM_UNDO` asks for already when a process runs another
/// program. POSIX says that the other program inherits it: execve(3p), `semadj`.
pub(crate) const UNDO_ENDS_AT_EXEC: bool = false;

/// What is known of a process whose `sempid` is 0: nothing, if only semctl(2) set the value.
pub(crate) const UNNAMED_PROCESS: &str = "an unknown process";

/// Whether this process, or else root, may change the limits.
pub(crate) fn may_change_limits() -> Option<bool> {
    Some(Uid::own() == Uid::ROOT)
}

/// Fails: POSIX has no way to read them.
pub(crate) fn limits() -> io::Result<Limits> {
    Err(unknown("this system does not report its limits on semaphores"))
}

/// How the sets are listed.
pub(crate) const LIST_OF_SETS: &str = "none";

/// Fails: POSIX has no way to list sets.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    Err(unknown("it does not list them"))
}

pub(crate) fn unknown(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, what)
}

/// Whether this process has root's rights over every set, other than by its user id.
pub(crate) fn own_capabilities() -> Option<(bool, bool)> {
    None
}

/// Does `work` while every signal but SIGKILL and SIGSTOP is held back.
pub(crate) fn uninterrupted<T>(work: impl Fn() -> T) -> T {
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let done = work();
    if let Ok(before) = before {
        let restored = before.thread_set_mask();
        debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
    }
    done
}

/// Fails with ENOSYS: a child that shares the memory of this process needs clone(2).
pub(crate) fn raise_in_child(_: Option<Semid>) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}

/// Closes every descriptor but the standard three, for a process that has opened nothing yet.
pub(crate) fn close_inherited() -> Result<(), Errno> {
    const MAX: usize = 1 << 16;
    let end = sysconf(SysconfVar::OPEN_MAX)?.and_then(|end| usize::try_from(end).ok());
    let descriptors = 3..end.unwrap_or(MAX).min(MAX);
    descriptors.filter_map(|descriptor| descriptor.try_into().ok()).for_each(ffi::close);
    Ok(())
}
