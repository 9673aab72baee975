//! Who provably has a lock of a block.
//!
//! The kernel names the holder of a writer flag, and counts the readers. Of the
//! readers, those can be named that semlock has made: the processes that keep a
//! lock for an owner, and the commands that run under a lock. Both say so
//! themselves, which anybody could. So they are believed only if the kernel lets
//! them alter the set, and never more of them than there are counts.

use crate::holder::{Holder, Holders, LockSpec, LockedCommand};
use crate::session::{Block, Counts, Flag, Mode, Slot};
use crate::system::{Pid, Processes};
use crate::sysv::{Access, SetInfo};

/// A process that has a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holding {
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
pub(crate) struct Proven {
    readers: Vec<Said>,
    writers: Vec<Said>,
    owners: Vec<(Pid, Pid)>,
}

/// What a process says of itself that may have locks.
#[derive(Debug)]
struct Said {
    pid: Pid,
    owner: Option<Pid>,
    mode: Mode,
    what: What,
}

#[derive(Debug)]
enum What {
    Keeps(Block, LockSpec),
    Runs(LockedCommand),
}

impl Proven {
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
        let mut said: Vec<Said> = kept.chain(run).collect();
        said.sort_by_key(|said| said.pid);
        let (readers, writers) = said.into_iter().partition(|said| said.mode == Mode::Read);
        Self { readers, writers, owners: owners.collect() }
    }

    /// Who has a slot, ascending by pid but for the writer, who comes first. Of more
    /// readers than the slot has counts, nobody can say which are true.
    pub(crate) fn holders(&self, counts: &Counts, writer_lives: bool) -> Vec<Holding> {
        let writer = Pid::new(counts.pid).filter(|_| counts.flag == Flag::Live && writer_lives);
        let writer = writer.map(|pid| Holding {
            pid,
            owner: self.owner_of(pid),
            mode: Mode::Write,
            sessions: self.sessions_of_writer(pid, counts.slot),
        });
        let readers: Vec<_> =
            self.readers.iter().filter(|reader| reader.has(counts.slot)).collect();
        let believed = i32::try_from(readers.len()).is_ok_and(|seen| seen <= counts.readers.live);
        let readers = readers.into_iter().filter(|_| believed).map(|reader| Holding {
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
        let said = self.writers.iter().filter(|said| said.pid == pid);
        said.flat_map(|said| said.sessions(slot)).collect()
    }
}

impl Said {
    fn has(&self, slot: Slot) -> bool {
        match &self.what {
            What::Keeps(block, lock) => lock.has(*block, slot),
            What::Runs(claimed) => claimed.has(slot),
        }
    }

    fn sessions(&self, slot: Slot) -> Vec<Vec<u8>> {
        match &self.what {
            What::Keeps(block, lock) => lock.sessions(*block, slot),
            What::Runs(claimed) => claimed.sessions(slot),
        }
    }
}

fn keeping(holder: &Holder, block: Block) -> Said {
    let lock = holder.args.lock.clone();
    Said { pid: holder.pid, owner: holder.owner, mode: lock.mode, what: What::Keeps(block, lock) }
}

fn running(claimed: LockedCommand) -> Said {
    Said { pid: claimed.pid, owner: None, mode: claimed.mode, what: What::Runs(claimed) }
}
