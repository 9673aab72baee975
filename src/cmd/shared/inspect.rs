//! Looking at a block and at the processes that use it, until the two fit.

use std::borrow::Cow;
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

/// How often a deadlock is looked for again that has not been the same all the time.
const MAX_LOOKS: usize = 5;

/// One survey for many blocks.
pub(crate) struct Shared<'a> {
    processes: &'a Processes,
    holders: Holders,
    waits: OnceCell<SemaphoreWaits>,
}

impl<'a> Shared<'a> {
    pub(crate) fn of(processes: &'a Processes) -> Self {
        let (holders, waits) = (Holders::among(processes), OnceCell::new());
        Self { processes, holders, waits }
    }
}

/// A survey that was made for many blocks, or for one.
pub(crate) enum Survey<'a> {
    Shared(&'a Processes),
    Own(Processes),
}

impl Deref for Survey<'_> {
    type Target = Processes;

    fn deref(&self) -> &Processes {
        match self {
            Self::Shared(processes) => processes,
            Self::Own(processes) => processes,
        }
    }
}

/// A block, and the processes by which it was judged: none where nobody uses it.
pub(crate) struct Look<'a> {
    pub inspection: BlockUse,
    pub processes: Option<Survey<'a>>,
    /// Those that are seen to wait for a semaphore of any set.
    pub waiting: BTreeSet<Pid>,
    /// Whether a process may wait that this one may not look at.
    pub hides_waiters: bool,
}

impl Look<'_> {
    /// What could not be looked at, so that there may be more than is seen. That
    /// nobody can name the readers of the Perl module is no such thing; nor are
    /// processes that start and end all the time, as those that wait are counted.
    pub(crate) fn unknown(&self) -> Option<String> {
        let gap = self.processes.as_ref().and_then(|processes| processes.incomplete.as_ref());
        let gap = gap.filter(|gap| **gap != Incomplete::Endless);
        let unnamed =
            |seen: &&SlotUse| seen.counts.flag == Flag::Live && seen.last == Liveness::Unknown;
        let unnamed = self.inspection.slots.iter().find(unnamed);
        match (gap, unnamed) {
            (Some(gap), _) => Some(gap.to_string()),
            (None, Some(seen)) => Some(format!(
                "whether the process lives that has locked slot {} cannot be told",
                seen.counts.slot
            )),
            (None, None) => {
                self.is_partial().then(|| "not every process that waits can be seen".into())
            }
        }
    }

    /// Whether there may be a deadlock among those who wait and cannot be looked at.
    fn is_partial(&self) -> bool {
        let is_seen = self.inspection.slots.iter().all(SlotUse::all_waiters);
        self.hides_waiters && !is_seen && self.inspection.deadlocks.is_none()
    }

    /// Whether there is a deadlock, as far as one look tells.
    fn has_deadlock(&self) -> bool {
        self.inspection.deadlocks.iter().flatten().next().is_some()
    }

    /// Whether who waits here, or is waited for, may have come after the survey.
    fn is_outdated(&self) -> bool {
        let mut waits = self.inspection.slots.iter().filter(|seen| seen.counts.waiting > 0);
        waits.any(|seen| !seen.all_waiters() || !seen.all_holders)
    }
}

/// Looks at the slots of a block. Processes are looked at only where a slot is in use.
///
/// The parts of a cycle are not seen at one moment. So it is looked at again: a
/// deadlock is a cycle of processes none of which has run in the meantime.
pub(crate) fn inspect(block: Block, listed: SlotFilter) -> Result<Look<'static>, Error> {
    if let Some(unused) = unused(block, listed)? {
        return Ok(unused);
    }
    let mut last = look(block, listed)?;
    for _ in 0..MAX_LOOKS {
        let deadlocked = last.has_deadlock();
        if !deadlocked && !last.is_partial() {
            break;
        }
        let before = runs(&last);
        last = look(block, listed)?;
        let is_same = !keep_those_asleep_since(&mut last, &before);
        if deadlocked && is_same {
            break;
        }
    }
    Ok(last)
}

/// The same of one of many blocks. Where something may be wrong, it is looked at again
/// by a survey of its own: the shared one was made before.
pub(crate) fn inspect_among<'a>(
    block: Block,
    listed: SlotFilter,
    shared: &'a Shared<'a>,
) -> Result<Look<'a>, Error> {
    if let Some(unused) = unused(block, listed)? {
        return Ok(unused);
    }
    let waits = |processes: &Processes| {
        Cow::Borrowed(shared.waits.get_or_init(|| system::semaphore_waits(processes)))
    };
    let first = BlockSurvey::among(shared).look(block, listed, waits)?;
    let is_doubtful = first.has_deadlock() || first.is_partial() || first.is_outdated();
    if is_doubtful { inspect(block, listed) } else { Ok(first) }
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

/// Who has these slots, and the processes by which that was judged.
pub(crate) fn holders(
    block: Block,
    counts: Vec<Counts>,
) -> Result<(Vec<SlotUse>, Processes), Error> {
    let processes = Processes::survey();
    let (seen, _) = BlockSurvey::among(&Shared::of(&processes)).slots(block, counts)?;
    Ok((seen, processes))
}

/// How often each process of the deadlocks has run so far.
fn runs(look: &Look<'_>) -> BTreeMap<Pid, Option<u64>> {
    let members = look.inspection.deadlocks.iter().flatten().flatten();
    members.map(|&(pid, tie)| (pid, runs_of(pid, tie, look.processes.as_deref()))).collect()
}

/// How often a process has run that waits. A semlock looks after its own wait from time
/// to time, in another thread, or beside the holder that it has started.
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

/// Leaves out the deadlocks with a process that has run since `before`, or was
/// not looked at then; whether there were such.
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

/// Everything that is looked at once for all slots.
struct BlockSurvey<'a> {
    processes: Survey<'a>,
    holders: Cow<'a, Holders>,
    waits: Cow<'a, SemaphoreWaits>,
}

fn look(block: Block, listed: SlotFilter) -> Result<Look<'static>, Error> {
    let processes = Processes::survey();
    let holders = Cow::Owned(Holders::among(&processes));
    let waits = Cow::Owned(SemaphoreWaits::default());
    let survey = BlockSurvey { processes: Survey::Own(processes), holders, waits };
    survey.look(block, listed, |processes| Cow::Owned(system::semaphore_waits(processes)))
}

impl<'a> BlockSurvey<'a> {
    fn among(shared: &'a Shared<'a>) -> Self {
        let (holders, waits) =
            (Cow::Borrowed(&shared.holders), Cow::Owned(SemaphoreWaits::default()));
        Self { processes: Survey::Shared(shared.processes), holders, waits }
    }

    fn look(
        mut self,
        block: Block,
        listed: SlotFilter,
        waits: impl FnOnce(&Processes) -> Cow<'a, SemaphoreWaits>,
    ) -> Result<Look<'a>, Error> {
        let counts = block.read_slots(listed)?;
        if counts.iter().any(|counts| counts.waiting > 0) {
            self.waits = waits(&self.processes);
        }
        let (slots, proven) = self.slots(block, counts)?;
        let info = block.set().info()?;
        let inspection = BlockUse::of(info, slots, &proven, &self.processes, &self);
        let hides_waiters = self.waits.hidden;
        let waiting = self.waits.blocked.iter().map(|blocked| blocked.pid).collect();
        Ok(Look { inspection, processes: Some(self.processes), waiting, hides_waiters })
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
        let writers: BTreeSet<_> = writers.filter_map(|(counts, _)| Pid::new(counts.pid)).collect();
        let writers = writers.into_iter().filter_map(|pid| self.processes.get(pid));
        commands.extend(writers.filter_map(|writer| holder::writing_command(semid, writer)));
        let proven = LockClaims::of(block, &info, &self.processes, &self.holders, commands);
        let values = block.set().values()?;
        let waiting = judge::waiters(block, &self.waits.blocked, &values);
        let slots = settled
            .into_iter()
            .map(|(counts, last)| SlotUse::of(counts, last, &proven, &waiting))
            .collect();
        Ok((slots, proven))
    }

    /// A slot, and what has become of the process that it names. A writer that is
    /// gone may have given back before that was found out: the slot must still look
    /// the same then. The header is read after the pid: who came in between may have
    /// started after the block was last used before.
    fn settle(&self, block: Block, mut counts: Counts) -> Result<(Counts, Liveness), Error> {
        loop {
            let info = block.set().info()?;
            let last = match judge::liveness(counts.pid, &info, &self.processes) {
                // Of another program's set, a value says nothing about a lock.
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

impl Observer for BlockSurvey<'_> {
    fn activity(&self, pid: Pid) -> Activity {
        system::activity(pid)
    }

    fn is_single_threaded(&self, pid: Pid) -> bool {
        system::is_single_threaded(pid)
    }

    fn awaited_elsewhere(&self, pid: Pid) -> Option<AwaitedSlot> {
        let BlockedThread { semid, ops, .. } =
            self.waits.blocked.iter().find(|blocked| blocked.pid == pid)?;
        let block = Block::of(Set::from_id(*semid)).ok()?;
        let awaited = block.slot_wait(ops.as_ref()?, &block.set().values().ok()?)?;
        let counts = block.counts(awaited.slot).ok()?;
        let (slots, _) = self.slots(block, vec![counts]).ok()?;
        let seen = slots.into_iter().next().filter(|seen| seen.all_holders)?;
        Some(AwaitedSlot { semid: *semid, slot: awaited.slot, held: awaited.held, slot_use: seen })
    }
}
