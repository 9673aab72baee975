//! Who provably has a lock of a block.
//!
//! The kernel names the holder of a writer flag, and counts the readers. Of the
//! readers, those can be named that semlock has made: the processes that keep a
//! lock for an owner, and the commands that run under a lock. Both say so
//! themselves, which anybody could. So they are believed only if the kernel lets
//! them alter the set, and never more of them than there are counts.

use crate::holder::{Claimed, Holder, Holders, Order};
use crate::session::{Block, Counts, Flag, Mode, Slot};
use crate::system::{Pid, Processes};
use crate::sysv::{Access, SetInfo};

/// A process that has a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotHolder {
    /// Its pid.
    pub pid: Pid,
    /// The process that it keeps the lock for, where it is a holder of semlock's.
    pub owner: Option<Pid>,
    /// How it has it.
    pub mode: Mode,
    /// The session ids that it was taken for, where semlock took it by such.
    pub sessions: Vec<Vec<u8>>,
}

/// The locks that semlock itself has made, as far as they can be seen.
#[derive(Debug, Default)]
pub(crate) struct LockClaims {
    readers: Vec<LockClaim>,
    writers: Vec<LockClaim>,
    owners: Vec<(Pid, Pid)>,
}

/// What a process says of itself that may have locks.
#[derive(Debug)]
struct LockClaim {
    pid: Pid,
    owner: Option<Pid>,
    mode: Mode,
    source: ClaimSource,
}

#[derive(Debug)]
enum ClaimSource {
    Holder(Block, Order),
    Command(Claimed),
}

impl LockClaims {
    /// Those of `holders`, and of the commands that claim a lock, that may have one in
    /// the block that `info` is about.
    pub(crate) fn of(
        block: Block,
        info: &SetInfo,
        processes: &Processes,
        holders: &Holders,
        commands: Vec<Claimed>,
    ) -> Self {
        let may = |pid: Pid| {
            processes.get(pid).is_some_and(|process| {
                info.permissions.allow(&process.credentials, Access::Alter)
                    && processes.was_there(process, info.last_change())
            })
        };
        let here = || holders.on(info.semid).filter(|holder| may(holder.pid));
        let owners = here().filter_map(|holder| Some((holder.pid, holder.owner?)));
        let kept = here().map(|holder| keeping(holder, block));
        let run = commands.into_iter().filter(|claimed| may(claimed.pid)).map(running);
        let mut claim: Vec<LockClaim> = kept.chain(run).collect();
        claim.sort_by_key(|claim| claim.pid);
        let (readers, writers) = claim.into_iter().partition(|claim| claim.mode == Mode::Read);
        Self { readers, writers, owners: owners.collect() }
    }

    /// Who has a slot, ascending by pid but for the writer, who comes first. Of more
    /// readers than the slot has counts, nobody can say which are true.
    pub(crate) fn holders(&self, counts: &Counts, writer_lives: bool) -> Vec<SlotHolder> {
        let writer = Pid::new(counts.pid).filter(|_| counts.flag == Flag::Live && writer_lives);
        let writer = writer.map(|pid| SlotHolder {
            pid,
            owner: self.owner_of(pid),
            mode: Mode::Write,
            sessions: self.sessions_of_writer(pid, counts.slot),
        });
        let readers: Vec<_> =
            self.readers.iter().filter(|reader| reader.has(counts.slot)).collect();
        let believed = i32::try_from(readers.len()).is_ok_and(|seen| seen <= counts.readers.live);
        let readers = readers.into_iter().filter(|_| believed).map(|reader| SlotHolder {
            pid: reader.pid,
            owner: reader.owner,
            mode: Mode::Read,
            sessions: reader.sessions(counts.slot),
        });
        writer.into_iter().chain(readers).collect()
    }

    /// Whom a process keeps locks for; None if it is no holder of semlock's.
    pub(crate) fn owner_of(&self, pid: Pid) -> Option<Pid> {
        self.owners.iter().find(|(holder, _)| *holder == pid).map(|&(_, owner)| owner)
    }

    fn sessions_of_writer(&self, pid: Pid, slot: Slot) -> Vec<Vec<u8>> {
        let claim = self.writers.iter().filter(|claim| claim.pid == pid);
        claim.flat_map(|claim| claim.sessions(slot)).collect()
    }
}

impl LockClaim {
    fn has(&self, slot: Slot) -> bool {
        match &self.source {
            ClaimSource::Holder(block, order) => order.has(*block, slot),
            ClaimSource::Command(claimed) => claimed.has(slot),
        }
    }

    fn sessions(&self, slot: Slot) -> Vec<Vec<u8>> {
        match &self.source {
            ClaimSource::Holder(block, order) => order.sessions(*block, slot),
            ClaimSource::Command(claimed) => claimed.sessions(slot),
        }
    }
}

fn keeping(holder: &Holder, block: Block) -> LockClaim {
    let order = holder.order.clone();
    LockClaim {
        pid: holder.pid,
        owner: holder.owner,
        mode: order.mode,
        source: ClaimSource::Holder(block, order),
    }
}

fn running(claimed: Claimed) -> LockClaim {
    LockClaim {
        pid: claimed.pid,
        owner: None,
        mode: claimed.mode,
        source: ClaimSource::Command(claimed),
    }
}
