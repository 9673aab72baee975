//! The processes that provably have a lock of a block.
//!
//! The kernel names the holder of a writer flag, but only counts the readers. Readers can
//! be named if semlock took the lock: the holders that keep it for an owner, and the
//! commands that run under it. Both claim so themselves, which any process could. So they
//! are believed only if the kernel lets them alter the set, and only if there are no more
//! of them than the count says.

use crate::holder::{Holder, Holders, LockSpec, LockedCommand};
use crate::session::{Block, Counts, Flag, Mode, Slot};
use crate::system::{Pid, Processes};
use crate::sysv::{Access, SetInfo};

/// A process that has a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotHolder {
    pub pid: Pid,
    /// The process that it keeps the lock for, where it is a holder of semlock's.
    pub owner: Option<Pid>,
    pub mode: Mode,
    /// The session ids that semlock took it for.
    pub sessions: Vec<Vec<u8>>,
}

/// What the holders and commands of semlock claim to have.
#[derive(Debug, Default)]
pub(crate) struct LockClaims {
    readers: Vec<LockClaim>,
    writers: Vec<LockClaim>,
    owners: Vec<(Pid, Pid)>,
}

/// What one process claims.
#[derive(Debug)]
struct LockClaim {
    pid: Pid,
    owner: Option<Pid>,
    mode: Mode,
    source: ClaimSource,
}

#[derive(Debug)]
enum ClaimSource {
    Holder(Block, LockSpec),
    Command(LockedCommand),
}

impl LockClaims {
    /// Those of `holders`, and of the commands that claim a lock, that may have one in
    /// the block that `info` is about.
    pub(crate) fn of(
        block: Block,
        info: &SetInfo,
        processes: &Processes,
        holders: &Holders,
        commands: Vec<LockedCommand>,
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
        let mut all: Vec<LockClaim> = kept.chain(run).collect();
        all.sort_by_key(|claim| claim.pid);
        let (readers, writers) = all.into_iter().partition(|claim| claim.mode == Mode::Read);
        Self { readers, writers, owners: owners.collect() }
    }

    /// The holders of a slot: the writer first, then ascending by pid. If more readers claim
    /// it than are counted, none is believed.
    pub(crate) fn holders(&self, counts: &Counts, writer_lives: bool) -> Vec<SlotHolder> {
        let writer = counts.pid.filter(|_| counts.flag == Flag::Live && writer_lives);
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

    /// The process that a holder keeps locks for; None if `pid` is not a holder.
    pub(crate) fn owner_of(&self, pid: Pid) -> Option<Pid> {
        self.owners.iter().find(|(holder, _)| *holder == pid).map(|&(_, owner)| owner)
    }

    fn sessions_of_writer(&self, pid: Pid, slot: Slot) -> Vec<Vec<u8>> {
        let claims = self.writers.iter().filter(|claim| claim.pid == pid);
        claims.flat_map(|claim| claim.sessions(slot)).collect()
    }
}

impl LockClaim {
    fn has(&self, slot: Slot) -> bool {
        match &self.source {
            ClaimSource::Holder(block, lock) => lock.has(*block, slot),
            ClaimSource::Command(claimed) => claimed.has(slot),
        }
    }

    fn sessions(&self, slot: Slot) -> Vec<Vec<u8>> {
        match &self.source {
            ClaimSource::Holder(block, lock) => lock.sessions(*block, slot),
            ClaimSource::Command(claimed) => claimed.sessions(slot),
        }
    }
}

fn keeping(holder: &Holder, block: Block) -> LockClaim {
    let lock = holder.args.lock.clone();
    LockClaim {
        pid: holder.pid,
        owner: holder.owner,
        mode: lock.mode,
        source: ClaimSource::Holder(block, lock),
    }
}

fn running(claimed: LockedCommand) -> LockClaim {
    LockClaim {
        pid: claimed.pid,
        owner: None,
        mode: claimed.mode,
        source: ClaimSource::Command(claimed),
    }
}
