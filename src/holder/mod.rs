//! The process that keeps a lock for its owner.
//!
//! A shell cannot hold a semaphore lock itself: SEM_UNDO belongs to the process
//! that took it. So a small process does: `semlock hold`, told by an [`Order`]
//! on its command line, where ps(1) shows it. It takes the lock itself, keeps
//! nothing else of what it inherited, follows its owner by a [`Handle`], and
//! ends with it.
//!
//! The handover is in three steps. The holder takes the lock, does all that can
//! fail, and says so; the process that started it tells it to keep the lock, and
//! then exits with status 0. Until that word the holder ends with the process
//! that started it; from then on only with its owner, or by a signal.

mod handover;
mod held;
mod keeper;
mod line;
mod order;
mod proven;

use std::ffi::CStr;
use std::io;

pub use handover::{Started, start};
pub use held::{HELD, Held, OwnLock, own_lock};
pub use keeper::Keeper;
pub use order::{Order, Which};
pub use proven::{Holding, Proven};

use crate::process::{self, Handle};
use crate::session::{Block, Slot};
use crate::sysv;

/// The name by which a holder that has its lock is told from one that waits.
const HOLDS: &CStr = c"semlock-holds";

/// The inode number of this process's IPC namespace; empty if it cannot be told.
pub fn namespace() -> String {
    let name = sysv::ipc_namespace().unwrap_or_default();
    name.chars().filter(char::is_ascii_digit).collect()
}

/// A holder process that was found.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Its pid.
    pub pid: i32,
    /// What it holds, and for whom.
    pub order: Order,
}

/// The holder processes that have a lock in a set of this IPC namespace.
pub fn all() -> Vec<Holder> {
    let here = namespace();
    let holds =
        |&pid: &i32| process::name(pid).is_some_and(|name| name.as_bytes() == HOLDS.to_bytes());
    let holder = |pid| Some(Holder { pid, order: Order::parse(&process::words(pid))? });
    let holders = process::all().into_iter().filter(holds).filter_map(holder);
    holders.filter(|holder| holder.order.namespace == here).collect()
}

/// Those of them that have a lock in this set.
pub fn of_set(semid: i32) -> Vec<Holder> {
    let mut holders = all();
    holders.retain(|holder| holder.order.semid == semid);
    holders
}

/// Those of them that have `slot` of `block`.
pub fn of_slot(block: Block, slot: Slot) -> Vec<Holder> {
    let mut holders = of_set(block.set().semid());
    holders.retain(|holder| holder.order.slots(block).contains(&slot));
    holders
}

impl Holder {
    /// Ends it and waits until the kernel has given back its locks. Does
    /// nothing if the process with this pid is another one by now.
    pub fn end(&self) -> io::Result<()> {
        let process = Handle::open(self.pid)?;
        match Order::parse(&process::words(self.pid)) {
            Some(order) if order == self.order => process.kill(),
            _ => Ok(()),
        }
    }
}
