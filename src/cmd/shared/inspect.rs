//! Looks at a block and at the processes that use it, until the two fit together.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use crate::holder::{self, Holders};
use crate::judge::{
    self, AwaitedSlot, BlockUse, Liveness, LockClaims, Observer, SlotUse, WaitReason,
};
use crate::session::{Block, Counts, Flag, SlotFilter, may_be_block};
use crate::system::{self, Activity, BlockedThread, Incomplete, Pid, Processes, SemaphoreWaits};
use crate::sysv::{Error, Set};

/// How often a deadlock is looked at again if it has not stayed the same.
const MAX_LOOKS: usize = 5;

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

/// A block, and the processes by which it was judged.
pub(crate) struct Look<'a> {
    pub inspection: BlockUse,
    /// None if no slot is in use.
    pub processes: Option<SurveyedProcesses<'a>>,
    /// The processes that are seen to wait for a semaphore of any set.
    pub waiting: BTreeSet<Pid>,
    /// Whether a process may wait that this one may not look at.
    pub hides_waiters: bool,
}

impl Look<'_> {
    /// What could not be seen, so that more may be wrong. Nobody can name the readers of
    /// the Perl module, so they do not count; nor do processes that start and end all the
    /// time, as waiting processes are counted.
    pub(crate) fn unknown(&self) -> Option<String> {
        let gap = self.processes.as_ref().and_then(|processes| processes.incomplete.as_ref());
        let gap = gap.filter(|gap| **gap != Incomplete::Endless);
        let unnamed =
            |seen: &&SlotUse| seen.counts.flag == Flag::Live && seen.last == Liveness::Unknown;
        let unnamed = self.inspection.slots.iter().find(unnamed);
        match (gap, unnamed) {
            (Some(gap), _) => Some(gap.to_string()),
            (None, Some(seen)) => Some(format!(
                "it is unknown whether the process that locked slot {} is still alive",
                seen.counts.slot
            )),
            (None, None) => {
                self.is_partial().then(|| "some waiting processes cannot be seen".into())
            }
        }
    }

    /// Whether there may be a deadlock of waiting processes that cannot be inspected.
    fn is_partial(&self) -> bool {
        let is_seen = self.inspection.slots.iter().all(SlotUse::all_waiters);
        self.hides_waiters && !is_seen && self.inspection.deadlocks.is_none()
    }

    /// Whether there is a deadlock, by this one look.
    fn has_deadlock(&self) -> bool {
        self.inspection.deadlocks.iter().flatten().next().is_some()
    }

    /// Whether a process that waits, or that has a lock that another one waits for, may
    /// have started after the survey.
    fn is_outdated(&self) -> bool {
        let mut waits = self.inspection.slots.iter().filter(|seen| seen.counts.waiting > 0);
        waits.any(|seen| !seen.all_waiters() || !seen.all_holders)
    }
}

/// Looks at the slots of a block. Processes are looked at only if a slot is in use.
///
/// The parts of a cycle are not seen at one moment. So it is looked at again: a
/// deadlock is a cycle of processes that have not run in between.
pub(crate) fn inspect(block: Block, listed: SlotFilter) -> Result<Look<'static>, Error> {
    if let Some(unused) = unused(block, listed)? {
        return Ok(unused);
    }
    let mut last = Survey::now().into_look(block, listed)?;
    for _ in 0..MAX_LOOKS {
        let deadlocked = last.has_deadlock();
        if !deadlocked && !last.is_partial() {
            break;
        }
        let before = runs(&last);
        last = Survey::now().into_look(block, listed)?;
        let is_same = !keep_those_asleep_since(&mut last, &before);
        if deadlocked && is_same {
            break;
        }
    }
    Ok(last)
}

/// The same with a survey for many blocks. If something may be wrong in a block, it is
/// looked at again with a survey of its own, as the shared one is older.
pub(crate) fn inspect_among<'a>(
    block: Block,
    listed: SlotFilter,
    shared: &'a Survey<'a>,
) -> Result<Look<'a>, Error> {
    if let Some(unused) = unused(block, listed)? {
        return Ok(unused);
    }
    let first = shared.look(block, listed)?;
    if first.has_deadlock() || first.is_partial() || first.is_outdated() {
        return inspect(block, listed);
    }
    let processes = Some(SurveyedProcesses::Borrowed(&shared.processes));
    Ok(Look { processes, ..first })
}

/// A block in which no slot is in use.
fn unused(block: Block, listed: SlotFilter) -> Result<Option<Look<'static>>, Error> {
    let counts = block.read_slots(listed)?;
    if counts.iter().any(Counts::is_in_use) {
        return Ok(None);
    }
    let inspection = BlockUse::unused(block.set().info()?, counts);
    Ok(Some(Look { inspection, processes: None, waiting: BTreeSet::new(), hides_waiters: false }))
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

/// How often each process of the deadlocks has run so far.
fn runs(look: &Look<'_>) -> BTreeMap<Pid, Option<u64>> {
    let members = look.inspection.deadlocks.iter().flatten().flatten();
    members.map(|&(pid, tie)| (pid, runs_of(pid, tie, look.processes.as_deref()))).collect()
}

/// How often a waiting process has run. A semlock also runs to monitor its wait, in
/// another thread, or beside the holder that it has started: that does not count.
fn runs_of(pid: Pid, tie: WaitReason, processes: Option<&Processes>) -> Option<u64> {
    let process = processes.and_then(|processes| processes.get(pid));
    match tie {
        _ if !process.is_some_and(judge::is_semlock) => system::context_switches(pid),
        WaitReason::Child => Some(0),
        WaitReason::Slot(_) | WaitReason::OtherBlock { .. } | WaitReason::Owner => {
            system::context_switches_of_first_thread(pid)
        }
    }
}

/// Leaves out deadlocks with a process that has run since `before`, or was not looked at
/// then. Returns whether there were any.
fn keep_those_asleep_since(look: &mut Look<'_>, before: &BTreeMap<Pid, Option<u64>>) -> bool {
    let Look { inspection, processes, .. } = look;
    let found = inspection.deadlocks.iter().flatten().count();
    let asleep = |&(pid, tie): &(Pid, WaitReason)| {
        let now = || runs_of(pid, tie, processes.as_deref());
        before.get(&pid).is_some_and(|&runs| runs.is_some() && runs == now())
    };
    if let Some(cycles) = &mut inspection.deadlocks {
        cycles.retain(|cycle| cycle.iter().all(asleep));
    }
    inspection.deadlocks.iter().flatten().count() < found
}

impl Survey<'static> {
    fn now() -> Self {
        Self::with(SurveyedProcesses::Own(Processes::survey()))
    }

    fn into_look(self, block: Block, listed: SlotFilter) -> Result<Look<'static>, Error> {
        let look = self.look(block, listed)?;
        Ok(Look { processes: Some(self.processes), ..look })
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

    /// Looks at the slots. The processes are left to the caller.
    fn look(&self, block: Block, listed: SlotFilter) -> Result<Look<'static>, Error> {
        let counts = block.read_slots(listed)?;
        let any_waits = counts.iter().any(|counts| counts.waiting > 0);
        if any_waits {
            self.waits.get_or_init(|| system::semaphore_waits(&self.processes));
        }
        let (slots, proven) = self.slots(block, counts)?;
        let info = block.set().info()?;
        let inspection = BlockUse::of(info, slots, &proven, &self.processes, self);
        let hides_waiters = any_waits && self.waits.get().is_some_and(|waits| waits.hidden);
        let waiting = self.blocked().iter().map(|blocked| blocked.pid).collect();
        Ok(Look { inspection, processes: None, waiting, hides_waiters })
    }

    fn blocked(&self) -> &[BlockedThread] {
        self.waits.get().map_or(&[], |waits| &waits.blocked)
    }

    fn slots(
        &self,
        block: Block,
        counts: Vec<Counts>,
    ) -> Result<(Vec<SlotUse>, LockClaims), Error> {
        let settled = counts.into_iter().map(|counts| self.settle(block, counts));
        let settled = settled.collect::<Result<Vec<_>, Error>>()?;
        let info = block.set().info()?;
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
        let waiting = judge::waiters(block, self.blocked(), &values);
        let slots = settled
            .into_iter()
            .map(|(counts, last)| SlotUse::of(counts, last, &proven, &waiting))
            .collect();
        Ok((slots, proven))
    }

    /// A slot, and whether the process that it names lives. A writer that is gone may have
    /// released its lock just before: then the slot has changed. The header is read after
    /// the pid: a process that came in between may have started after the last use that an
    /// older header shows.
    fn settle(&self, block: Block, mut counts: Counts) -> Result<(Counts, Liveness), Error> {
        loop {
            let info = block.set().info()?;
            let last = match judge::liveness(counts.pid, &info, &self.processes) {
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
        }
    }
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
