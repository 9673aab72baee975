//! Who provably has a lock of a block.
//!
//! The kernel names the holder of a writer flag, and counts the readers. Of the
//! readers, those can be named that semlock has made: the processes that keep a
//! lock for an owner, by their command lines, and the commands that run under a
//! lock, by their environments.

use std::collections::BTreeSet;

use super::{HELD, Held, Holder, namespace, of_set};
use crate::process::{self, Life};
use crate::session::{Block, Counts, Mode, Slot};
use crate::sysv::{Access, Credentials};

/// A process that has a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Its pid.
    pub pid: i32,
    /// The process that it keeps the lock for, where it is a holder of semlock's.
    pub owner: Option<i32>,
    /// How it has it.
    pub mode: Mode,
}

/// The locks that semlock itself has made, as far as they can be seen.
#[derive(Debug, Default)]
pub struct Proven {
    readers: Vec<Reader>,
    owners: Vec<(i32, i32)>,
}

#[derive(Debug)]
struct Reader {
    pid: i32,
    owner: Option<i32>,
    // None is every slot.
    slots: Option<BTreeSet<Slot>>,
}

impl Proven {
    /// Looks for those who have one of these slots. Environments are looked
    /// at only if there are readers.
    pub fn of(block: Block, counts: &[Counts]) -> Self {
        if !counts.iter().any(Counts::used) {
            return Self::default();
        }
        let holders = of_set(block.set().semid());
        let owners = holders.iter().filter_map(|holder| Some((holder.pid, owner(holder)?)));
        let owners = owners.collect();
        let mut readers: Vec<_> =
            holders.iter().filter_map(|holder| reading(holder, block)).collect();
        if counts.iter().any(|counts| counts.live_readers > 0) {
            readers.extend(commands(block));
        }
        Self { readers, owners }
    }

    /// Who has a slot. `last` is what became of the process that `counts` names.
    /// `is_old` says whether a process was there when the block was last used.
    pub fn holders(
        &self,
        counts: &Counts,
        last: Life,
        is_old: impl Fn(i32) -> bool,
    ) -> Vec<Holding> {
        let writes = counts.live_writer && last == Life::Alive;
        let writer = writes.then(|| Holding {
            pid: counts.pid,
            owner: self.owner_of(counts.pid),
            mode: Mode::Write,
        });
        let reads = |reader: &&Reader| reader.has(counts.slot) && is_old(reader.pid);
        let readers = self.readers.iter().filter(|_| counts.live_readers > 0).filter(reads);
        let readers = readers.map(|reader| Holding {
            pid: reader.pid,
            owner: reader.owner,
            mode: Mode::Read,
        });
        writer.into_iter().chain(readers).collect()
    }

    /// Whom a process keeps locks for; None if it is no holder of semlock's.
    pub fn owner_of(&self, pid: i32) -> Option<i32> {
        self.owners.iter().find(|(holder, _)| *holder == pid).map(|&(_, owner)| owner)
    }
}

impl Reader {
    fn has(&self, slot: Slot) -> bool {
        self.slots.as_ref().is_none_or(|slots| slots.contains(&slot))
    }
}

/// The owner's pid is the one that the holder knows it by.
fn owner(holder: &Holder) -> Option<i32> {
    process::shares_pids(holder.pid).then_some(holder.order.owner)
}

fn reading(holder: &Holder, block: Block) -> Option<Reader> {
    let order = &holder.order;
    let slots = (!order.which.all).then(|| order.slots(block).into_iter().collect());
    (order.mode == Mode::Read).then(|| Reader { pid: holder.pid, owner: owner(holder), slots })
}

/// Processes that run as COMMAND under a read lock: the environment that they
/// were started with names their own pid. Their children inherit it, and are others.
/// Anybody can say so, but only who may alter the set can have a lock in it.
fn commands(block: Block) -> Vec<Reader> {
    let (here, semid) = (namespace(), block.set().semid());
    let Ok(info) = block.set().info() else { return Vec::new() };
    let command = |pid| {
        let words = process::variable(pid, HELD)?;
        let own = process::own_name(pid)?;
        let held = words.split_whitespace().flat_map(str::parse).filter(|held: &Held| {
            (held.pid, held.semid, held.mode) == (own, semid, Mode::Read) && held.namespace == here
        });
        let slots: Vec<_> = held.map(|held| held.slot).collect();
        let every = slots.contains(&None);
        let slots: BTreeSet<_> = slots.into_iter().flatten().map(Slot::new).collect();
        let any = every || !slots.is_empty();
        let (uid, gids) = process::credentials(pid)?;
        let who = Credentials { groups: gids, ..Credentials::of_user(uid) };
        (any && info.permissions.allow(&who, Access::Alter)).then_some(Reader {
            pid,
            owner: None,
            slots: (!every).then_some(slots),
        })
    };
    process::all().into_iter().filter_map(command).collect()
}
