//! The process that keeps a lock for its owner.
//!
//! A shell cannot hold a semaphore lock itself: SEM_UNDO belongs to the process
//! that took it. So a small process does: `semlock hold`, told by an [`HolderArgs`]
//! on its command line, where ps(1) shows it. It takes the lock itself, keeps
//! nothing else of what it inherited, follows its owner by a [`Handle`], and
//! ends with it.
//!
//! The handover is in three steps. The holder takes the lock, does all that can
//! fail, and says so; the process that started it tells it to keep the lock, and
//! then exits with status 0. Until that word the holder ends with the process
//! that started it; from then on only with its owner, or by a signal.

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

/// The name by which a holder that has its lock is told from one that waits.
const PROCESS_NAME: &CStr = c"semlock-holds";

/// The process that a lock is kept for.
fn owner(pid: i32) -> io::Result<Handle> {
    Handle::open(Pid::new(pid).ok_or(nix::errno::Errno::ESRCH)?)
}

/// The inode number of this process's IPC namespace; empty if it cannot be told.
pub fn namespace() -> String {
    let name = sysv::ipc_namespace().unwrap_or_default();
    name.chars().filter(char::is_ascii_digit).collect()
}
