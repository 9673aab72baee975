//! Who provably has a lock of a block.
//!
//! The kernel names the holder of a writer flag, and counts the readers. Of the
//! readers, those can be named that semlock has made: the processes that keep a
//! lock for an owner, and the commands that run under a lock. Both say so
//! themselves, which anybody could. So they are believed only if the kernel lets
//! them alter the set, and never more of them than there are counts.

use std::collections::BTreeSet;

use crate::holder::{Claimed, Holder, Holders};
use crate::session::{Block, Counts, Flag, Mode, Slot};
use crate::system::{Pid, Processes};
use crate::sysv::{Access, SetInfo};

/// A process that has a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Its pid.
    pub pid: Pid,
    /// The process that it keeps the lock for, where it is a holder of semlock's.
    pub owner: Option<Pid>,
    /// How it has it.
    pub mode: Mode,
}

/// The locks that semlock itself has made, as far as they can be seen.
#[derive(Debug, Default)]
pub struct Proven {
    readers: Vec<Reader>,
    owners: Vec<(Pid, Pid)>,
}

#[derive(Debug)]
struct Reader {
    pid: Pid,
    owner: Option<Pid>,
    // None is every slot.
    slots: Option<BTreeSet<Slot>>,
}

impl Proven {
    /// Those of `holders`, and of the commands that claim a read lock, that may have
    /// one in the block that `info` is about.
    pub fn of(
        block: Block,
        info: &SetInfo,
        processes: &Processes,
        holders: &Holders,
        commands: &[Claimed],
    ) -> Self {
        let may = |pid: Pid| {
            processes.get(pid).is_some_and(|process| {
                info.permissions.allow(&process.credentials, Access::Alter)
                    && processes.was_there(process, info.last_change())
            })
        };
        let here = || holders.on(info.semid).filter(|holder| may(holder.pid));
        let owners = here().filter_map(|holder| Some((holder.pid, holder.owner?)));
        let kept = here().filter_map(|holder| reading(holder, block));
        let run = commands.iter().filter(|claimed| may(claimed.pid)).map(command);
        let mut readers: Vec<Reader> = kept.chain(run).collect();
        readers.sort_by_key(|reader| reader.pid);
        Self { readers, owners: owners.collect() }
    }

    /// Who has a slot, ascending by pid but for the writer, who comes first. Of more
    /// readers than the slot has counts, nobody can say which are true.
    pub fn holders(&self, counts: &Counts, writer_lives: bool) -> Vec<Holding> {
        let writer = Pid::new(counts.pid).filter(|_| counts.flag == Flag::Live && writer_lives);
        let writer =
            writer.map(|pid| Holding { pid, owner: self.owner_of(pid), mode: Mode::Write });
        let readers: Vec<_> =
            self.readers.iter().filter(|reader| reader.has(counts.slot)).collect();
        let believed = i32::try_from(readers.len()).is_ok_and(|seen| seen <= counts.readers.live);
        let readers = readers.into_iter().filter(|_| believed).map(|reader| Holding {
            pid: reader.pid,
            owner: reader.owner,
            mode: Mode::Read,
        });
        writer.into_iter().chain(readers).collect()
    }

    /// Whom a process keeps locks for; None if it is no holder of semlock's.
    pub fn owner_of(&self, pid: Pid) -> Option<Pid> {
        self.owners.iter().find(|(holder, _)| *holder == pid).map(|&(_, owner)| owner)
    }
}

impl Reader {
    fn has(&self, slot: Slot) -> bool {
        self.slots.as_ref().is_none_or(|slots| slots.contains(&slot))
    }
}

fn reading(holder: &Holder, block: Block) -> Option<Reader> {
    let order = &holder.order;
    let slots = (!order.which.all).then(|| order.slots(block).into_iter().collect());
    (order.mode == Mode::Read).then_some(Reader { pid: holder.pid, owner: holder.owner, slots })
}

fn command(claimed: &Claimed) -> Reader {
    let slots = claimed.slots.as_ref().map(|slots| slots.iter().copied().collect());
    Reader { pid: claimed.pid, owner: None, slots }
}
