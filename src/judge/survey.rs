//! The processes around a block, and the users of its slots by one survey of them.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Deref;

use super::deadlock::{AwaitedSlot, Observer};
use super::slot::{Liveness, SlotUse, liveness};
use super::slot_holders::LockClaims;
use super::waiters::waiters;
use crate::holder::{self, Holders};
use crate::session::{Block, Counts, Flag, may_be_block};
use crate::system::{self, Activity, BlockedThread, Incomplete, Pid, Processes, SemaphoreWaits};
use crate::sysv::{Error, Set, SetInfo};

/// The processes, looked at once for all slots of a block, or of many blocks.
pub(crate) struct Survey<'a> {
    processes: SurveyedProcesses<'a>,
    holders: Holders,
    /// Looked up only if a process waits.
    waits: OnceCell<SemaphoreWaits>,
}

/// Processes that were looked at for one block, or for something else before.
pub(crate) enum SurveyedProcesses<'a> {
    Own(Processes),
    Borrowed(&'a Processes),
}

impl Deref for SurveyedProcesses<'_> {
    type Target = Processes;

    fn deref(&self) -> &Processes {
        match self {
            Self::Own(processes) => processes,
            Self::Borrowed(processes) => processes,
        }
    }
}

impl Survey<'static> {
    pub(super) fn now() -> Self {
        Self::with(SurveyedProcesses::Own(Processes::survey()))
    }
}

impl<'a> Survey<'a> {
    /// By processes that were looked at before.
    pub(crate) fn of(processes: &'a Processes) -> Self {
        Self::with(SurveyedProcesses::Borrowed(processes))
    }

    fn with(processes: SurveyedProcesses<'a>) -> Self {
        let (holders, waits) = (Holders::among(&processes), OnceCell::new());
        Self { processes, holders, waits }
    }

    pub(super) fn processes(&self) -> &Processes {
        &self.processes
    }

    pub(super) fn into_processes(self) -> SurveyedProcesses<'a> {
        self.processes
    }

    /// Finds out which threads wait for a semaphore. Returns why some may be hidden.
    pub(super) fn look_up_waits(&self) -> Option<Incomplete> {
        self.waits.get_or_init(|| system::semaphore_waits(&self.processes)).hidden.clone()
    }

    /// The threads that wait for a semaphore, once [`look_up_waits`](Self::look_up_waits)
    /// has found them.
    pub(super) fn blocked(&self) -> &[BlockedThread] {
        self.waits.get().map_or(&[], |waits| &waits.blocked)
    }

    /// The slots with their users, and the locks that were proven.
    pub(super) fn slots(
        &self,
        block: Block,
        counts: Vec<Counts>,
    ) -> Result<(Vec<SlotUse>, LockClaims), Error> {
        let info = block.set().info()?;
        let settled = counts.into_iter().map(|counts| self.settle(block, counts, info));
        let settled = settled.collect::<Result<Vec<_>, Error>>()?;
        let has_readers = settled.iter().any(|(counts, _)| counts.readers.live > 0);
        let semid = block.set().semid();
        let mut commands =
            if has_readers { holder::commands(semid, &self.processes) } else { Vec::new() };
        let writers = settled.iter().filter(|(counts, _)| counts.flag == Flag::Live);
        let writers: BTreeSet<_> = writers.filter_map(|(counts, _)| counts.pid).collect();
        let writers = writers.into_iter().filter_map(|pid| self.processes.get(pid));
        commands.extend(writers.filter_map(|writer| holder::writing_command(semid, writer)));
        let proven = LockClaims::of(block, &info, &self.processes, &self.holders, commands);
        let values = block.set().values()?;
        let waiting = waiters(block, self.blocked(), &values);
        let slots = settled
            .into_iter()
            .map(|(counts, last)| SlotUse::of(counts, last, &proven, &waiting))
            .collect();
        Ok((slots, proven))
    }

    /// A slot, and whether the process that it names lives. A writer that is gone may have
    /// released its lock just before: then the slot has changed.
    ///
    /// The header `info` is read after the pid: a process that came in between may have
    /// started after the last use that an older header shows. It is read once for all slots:
    /// for each `IPC_STAT`, the kernel looks at every semaphore of the set.
    fn settle(
        &self,
        block: Block,
        mut counts: Counts,
        mut info: SetInfo,
    ) -> Result<(Counts, Liveness), Error> {
        loop {
            let last = match liveness(counts.pid, &info, &self.processes) {
                // In another program's set, a value says nothing about a lock.
                Liveness::Gone if !may_be_block(&info) => Liveness::Unknown,
                last => last,
            };
            if !(counts.flag == Flag::Live && last == Liveness::Gone) {
                return Ok((counts, last));
            }
            let now = block.counts(counts.slot)?;
            if now == counts {
                return Ok((counts, last));
            }
            counts = now;
            info = block.set().info()?;
        }
    }
}

/// The holders of these slots, and the processes by which they were found.
pub(crate) fn holders(
    block: Block,
    counts: Vec<Counts>,
) -> Result<(Vec<SlotUse>, SurveyedProcesses<'static>), Error> {
    let survey = Survey::now();
    let (seen, _) = survey.slots(block, counts)?;
    Ok((seen, survey.processes))
}

impl Observer for Survey<'_> {
    fn activity(&self, pid: Pid) -> Activity {
        system::activity(pid)
    }

    fn is_single_threaded(&self, pid: Pid) -> bool {
        system::is_single_threaded(pid)
    }

    fn awaited_elsewhere(&self, pid: Pid) -> Option<AwaitedSlot> {
        let BlockedThread { semid, ops, .. } =
            self.blocked().iter().find(|blocked| blocked.pid == pid)?;
        let block = Block::of(Set::from_id(*semid)).ok()?;
        let awaited = block.slot_wait(ops.as_ref()?, &block.set().values().ok()?)?;
        let counts = block.counts(awaited.slot).ok()?;
        let (slots, _) = self.slots(block, vec![counts]).ok()?;
        let seen = slots.into_iter().next().filter(|seen| seen.all_holders)?;
        Some(AwaitedSlot { semid: *semid, slot: awaited.slot, held: awaited.held, slot_use: seen })
    }
}
