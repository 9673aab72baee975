//! The process that keeps a lock for another process.
//!
//! A shell cannot hold a semaphore lock: SEM_UNDO belongs to the process that did the
//! operation. So a small process holds it: `semlock hold`, with its [`HolderArgs`] on its
//! command line, where ps(1) shows them. It takes the lock itself, closes everything that
//! it inherited, follows its owner by a [`Handle`], and ends with it.
//!
//! The handover has three steps. The holder takes the lock, does everything that can
//! fail, and reports the lock; the process that started it tells it to keep the lock; and
//! that process exits with status 0. Until it is told to keep the lock, the holder ends
//! with the process that started it, and from then on only with its owner or by a signal.

mod args;
mod channel;
mod handover;
mod held_locks;
mod holders;
mod keeper;
mod own_lock;

use std::ffi::CStr;
use std::io;

pub(crate) use args::{HolderArgs, LockSpec, NamedSlots};
pub(crate) use handover::{Started, start};
pub(crate) use held_locks::{HELD_LOCKS, HeldLock};
pub(crate) use holders::{Holder, Holders, LockedCommand, commands, writing_command};
pub(crate) use keeper::Keeper;
pub(crate) use own_lock::{OwnLock, own_lock};

use crate::system::{Handle, Pid};
use crate::sysv;

/// The process name of a holder that has its lock. One that still waits has another.
const PROCESS_NAME: &CStr = c"semlock-holds";

/// The process that a lock is kept for.
fn owner(pid: i32) -> io::Result<Handle> {
    Handle::open(Pid::new(pid).ok_or(nix::errno::Errno::ESRCH)?)
}

/// The inode number of this process's IPC namespace; empty if it cannot be read.
pub fn namespace() -> String {
    let name = sysv::ipc_namespace().unwrap_or_default();
    name.chars().filter(char::is_ascii_digit).collect()
}
