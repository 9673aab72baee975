//! Holder processes that are running.
//!
//! Any process can choose its name, command line and environment. So a process that
//! looks like a holder is believed only if the kernel lets it alter the set, if the
//! writer flag names it, and if the set has enough counts.

use super::{HELD_LOCKS, HeldLock, HolderArgs, PROCESS_NAME};
use crate::session::{Block, Counts, Flag, LiveLocks, Mode, Slot};
use crate::system::{self, Entry, Incomplete, Pid, Process, Processes};
use crate::sysv::{Access, Credentials, Error, Semid, SetInfo, SetState};

/// A process that looks like a holder.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub pid: Pid,
    /// The process that it keeps a lock for; None if that is in another pid namespace and
    /// cannot be found.
    pub owner: Option<Pid>,
    pub args: HolderArgs,
    /// Whether this process has started it, to keep the lock that this process asks for.
    pub(super) is_own_child: bool,
    credentials: Credentials,
}

/// The holders of an IPC namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holders {
    found: Vec<Holder>,
    /// Why the first possible holder that could not be read was not.
    unreadable: Option<Incomplete>,
}

impl Holders {
    /// The holders among `processes` that are in this thread's IPC namespace.
    pub(crate) fn among(processes: &Processes) -> Self {
        let mut holders = Self::default();
        let named = processes.all().filter(|process| is_called_holder(process));
        let owner = |pid, holder: &Process| processes.known_as(pid, holder);
        named.for_each(|process| holders.add(process, owner));
        holders
    }

    /// The holders that may have one of `slots`, without a survey of all processes: those
    /// that the kernel names, or if there are readers, all holders. Fails if one cannot be
    /// read.
    pub(crate) fn of_slots(
        block: Block,
        slots: impl Iterator<Item = Slot>,
    ) -> Result<Result<Self, Incomplete>, Error> {
        Ok(match block.live_locks(slots)? {
            LiveLocks::Writers(pids) => Self::named(pids.into_iter()),
            LiveLocks::Readers => system::find_by_name(PROCESS_NAME.to_bytes())
                .and_then(|processes| Self::default().with(processes.iter())),
        })
    }

    /// The holders among the processes with these pids. Fails if one cannot be read.
    pub(crate) fn named(pids: impl Iterator<Item = Pid>) -> Result<Self, Incomplete> {
        let mut named = Vec::new();
        for pid in pids {
            match system::find(pid) {
                Entry::Is(process) if is_called_holder(&process) => named.push(process),
                Entry::Is(_) | Entry::Gone => {}
                Entry::Unreadable(errno) => return Err(Incomplete::Process(pid, errno)),
            }
        }
        Self::default().with(named.iter())
    }

    fn with<'a>(mut self, named: impl Iterator<Item = &'a Process>) -> Result<Self, Incomplete> {
        let owner = |pid, holder: &Process| Pid::new(pid).filter(|_| holder.shares_pids);
        named.for_each(|process| self.add(process, owner));
        match self.unreadable {
            Some(unreadable) => Err(unreadable),
            None => Ok(self),
        }
    }

    fn add(&mut self, process: &Process, owner: impl Fn(i32, &Process) -> Option<Pid>) {
        match HolderArgs::of(process.pid) {
            Entry::Is(Some(args)) if args.namespace == super::namespace() => {
                let owner = owner(args.owner, process);
                self.found.push(Holder {
                    pid: process.pid,
                    owner,
                    args,
                    is_own_child: process.is_own_child(),
                    credentials: process.credentials.clone(),
                });
            }
            Entry::Is(_) | Entry::Gone => {}
            Entry::Unreadable(errno) => {
                self.unreadable.get_or_insert(Incomplete::Process(process.pid, errno));
            }
        }
    }

    /// The process that a holder keeps its lock for; None if `pid` is not a holder, or its
    /// owner is in another pid namespace.
    pub(crate) fn owner_of(&self, pid: Pid) -> Option<Pid> {
        self.found.iter().find(|holder| holder.pid == pid)?.owner
    }

    /// Why a possible holder could not be read.
    pub(crate) fn unreadable(&self) -> Option<&Incomplete> {
        self.unreadable.as_ref()
    }

    /// The processes that claim a lock in this set, believed or not.
    pub(crate) fn on(&self, semid: Semid) -> impl Iterator<Item = &Holder> {
        self.found.iter().filter(move |holder| holder.args.lock.semid == semid)
    }

    /// The holders that are believed to have a lock in a set, which may be any set.
    pub(crate) fn of_set<'a>(&'a self, state: &'a SetState) -> impl Iterator<Item = &'a Holder> {
        self.on(state.info.semid).filter(|holder| {
            let mut raised = state.semaphores.iter().filter(|semaphore| semaphore.semval > 0);
            let is_named = match holder.args.lock.mode {
                Mode::Write => raised.any(|semaphore| semaphore.sempid == Some(holder.pid)),
                Mode::Read => raised.next().is_some(),
            };
            is_named && holder.may_alter(&state.info)
        })
    }

    /// The holders that are believed to have a slot. If more claim a read lock than the slot
    /// has readers, none of those is believed.
    pub(crate) fn of_slot<'a>(
        &'a self,
        block: Block,
        info: &'a SetInfo,
        counts: &'a Counts,
    ) -> Vec<&'a Holder> {
        let says = |holder: &&Holder| {
            holder.may_alter(info) && holder.args.lock.slots(block).contains(&counts.slot)
        };
        let here = self.on(info.semid).filter(says);
        let (mut readers, writers): (Vec<_>, Vec<_>) =
            here.partition(|holder| holder.args.lock.mode == Mode::Read);
        if !are_counted(&readers, counts) {
            // Some may have come or ended since. A process that ends loses its command line
            // before its locks, so who still has one now was counted.
            let now = block.counts(counts.slot);
            readers.retain(|holder| holder.is_there());
            if !now.is_ok_and(|now| are_counted(&readers, &now)) {
                readers.clear();
            }
        }
        let has = |holder: &&Holder| counts.flag == Flag::Live && counts.pid == Some(holder.pid);
        readers.into_iter().chain(writers.into_iter().filter(has)).collect()
    }
}

fn are_counted(readers: &[&Holder], counts: &Counts) -> bool {
    i32::try_from(readers.len()).is_ok_and(|number| number <= counts.readers.live)
}

impl Holder {
    /// Whether the kernel allows it to take locks in the set.
    fn may_alter(&self, info: &SetInfo) -> bool {
        info.permissions.allow(&self.credentials, Access::Alter)
    }

    /// Whether it has not ended, as far as can be seen.
    fn is_there(&self) -> bool {
        match HolderArgs::of(self.pid) {
            Entry::Is(args) => args.as_ref() == Some(&self.args),
            Entry::Gone => false,
            Entry::Unreadable(_) => true,
        }
    }
}

fn is_called_holder(process: &Process) -> bool {
    !process.ended
        && process.name.as_bytes() == PROCESS_NAME.to_bytes()
        && process.may_be_in(system::ipc_namespace().ok())
}

/// A process that claims to run as COMMAND under locks.
#[derive(Clone, Debug)]
pub(crate) struct LockedCommand {
    pub pid: Pid,
    pub mode: Mode,
    held: Vec<HeldLock>,
}

impl LockedCommand {
    /// The locks in this set that a process claims: the environment that it was started
    /// with names its own pid. Its children inherit that, and have other pids. None if the
    /// environment cannot be read.
    fn of(process: &Process, semid: Semid, mode: Mode, here: &str) -> Option<Self> {
        let words = system::environment_variable(process.pid, HELD_LOCKS).ok()??;
        let words = String::from_utf8(words).ok()?;
        let is_own = |held: &HeldLock| {
            let place = (held.pid, held.semid, held.mode);
            place == (process.own_pid, semid, mode) && held.namespace == here
        };
        let held: Vec<_> = HeldLock::all(&words).filter(is_own).collect();
        (!held.is_empty()).then_some(Self { pid: process.pid, mode, held })
    }

    /// Whether it claims this slot.
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.on(slot).next().is_some()
    }

    /// The sessions for which it claims this slot.
    pub(crate) fn sessions(&self, slot: Slot) -> Vec<Vec<u8>> {
        let sessions = self.on(slot).map(|held| held.session.clone());
        sessions.filter(|session| !session.is_empty()).collect()
    }

    fn on(&self, slot: Slot) -> impl Iterator<Item = &HeldLock> {
        self.held.iter().filter(move |held| held.slot.is_none_or(|held| held == slot.index()))
    }
}

/// The processes that run as COMMAND under a read lock in this set.
pub(crate) fn commands(semid: Semid, processes: &Processes) -> Vec<LockedCommand> {
    let here = super::namespace();
    let claim = |process: &Process| LockedCommand::of(process, semid, Mode::Read, &here);
    processes.all().filter(|process| !process.ended).filter_map(claim).collect()
}

/// The same for one process that has a write lock.
pub(crate) fn writing_command(semid: Semid, process: &Process) -> Option<LockedCommand> {
    LockedCommand::of(process, semid, Mode::Write, &super::namespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::holder::{LockSpec, NamedSlots};
    use crate::session::{DEFAULT_KEY, Readers};
    use crate::sysv::{Semaphore, Uid, own_table};

    fn pid(raw: i32) -> Pid {
        Pid::new(raw).unwrap()
    }

    /// Of slots in the set with this semid.
    fn holder(raw: i32, semid: Semid, mode: Mode, slots: &[u16]) -> Holder {
        let slots = NamedSlots { slots: slots.into(), ..NamedSlots::default() };
        let lock = LockSpec { semid, mode, drain: false, wait: None, json: false, slots };
        Holder {
            pid: pid(raw),
            owner: Pid::new(raw + 100),
            args: HolderArgs { owner: raw + 100, namespace: "1".into(), lock },
            is_own_child: false,
            credentials: Credentials::of_user(Uid::own()),
        }
    }

    fn among(found: Vec<Holder>) -> Holders {
        Holders { found, unreadable: None }
    }

    fn pids<'a>(holders: impl IntoIterator<Item = &'a Holder>) -> Vec<i32> {
        holders.into_iter().map(|holder| holder.pid.raw()).collect()
    }

    #[test]
    fn no_more_readers_are_believed_than_a_slot_has() {
        own_table::enter();
        let block = Block::create(DEFAULT_KEY, 8, 0o700).unwrap();
        let (semid, info) = (block.set().semid(), block.set().info().unwrap());
        let other = Semid::new(semid.raw() + 1);
        let holders = among(vec![
            holder(7, semid, Mode::Read, &[2, 3]),
            holder(8, semid, Mode::Read, &[3]),
            holder(9, semid, Mode::Write, &[3]),
            holder(10, other, Mode::Read, &[3]),
        ]);
        let of = |slot, live, flag, named: i32| {
            let readers = Readers { live, persistent: 0 };
            let slot = Slot::new(slot);
            let counts = Counts { slot, readers, flag, waiting: 0, pid: Pid::new(named) };
            pids(holders.of_slot(block, &info, &counts))
        };
        assert_eq!(of(3, 2, Flag::Free, 8), [7, 8]);
        assert_eq!(of(3, 1, Flag::Free, 8), [0; 0]);
        assert_eq!(of(2, 1, Flag::Free, 8), [7]);
        assert_eq!(of(3, 0, Flag::Live, 9), [9]);
        assert_eq!(of(3, 0, Flag::Live, 8), [0; 0]);
        assert_eq!(of(3, 0, Flag::Free, 9), [0; 0]);
        assert_eq!(pids(holders.on(other)), [10]);
        assert_eq!(holders.owner_of(pid(8)), Pid::new(108));
        assert_eq!(holders.owner_of(pid(6)), None);
    }

    #[test]
    fn a_holder_is_believed_of_a_set_that_it_may_alter_and_in_which_something_is_raised() {
        own_table::enter();
        let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
        let (semid, info) = (block.set().semid(), block.set().info().unwrap());
        let state = |values: [(u16, i32); 4]| SetState {
            info,
            semaphores: values
                .map(|(semval, sempid)| Semaphore {
                    semval,
                    semncnt: 0,
                    semzcnt: 0,
                    sempid: Pid::new(sempid),
                })
                .into(),
        };
        let reader = holder(7, semid, Mode::Read, &[1]);
        let writer = holder(8, semid, Mode::Write, &[1]);
        let foreign = Holder { credentials: Credentials::default(), ..reader.clone() };
        let believed = |holder: &Holder, state: &SetState| {
            among(vec![holder.clone()]).of_set(state).count() == 1
        };
        let idle = state([(0, 8), (0, 0), (0, 8), (0, 0)]);
        let raised = state([(0, 0), (1, 9), (0, 0), (0, 0)]);
        let written = state([(0, 0), (1, 9), (1, 8), (0, 0)]);
        assert!(!believed(&reader, &idle) && !believed(&writer, &idle));
        assert!(believed(&reader, &raised) && !believed(&writer, &raised));
        assert!(believed(&writer, &written) && !believed(&foreign, &raised));
    }
}
