//! Looks at a block and at the processes that use it, until the two fit together: a
//! deadlock counts only if it has stayed the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{BlockUse, Liveness, SlotUse, Survey, SurveyedProcesses, WaitReason, is_semlock};
use crate::session::{Block, Flag, SlotFilter};
use crate::system::{self, Incomplete, Pid, Processes};
use crate::sysv::Error;

/// How often a deadlock is looked at again if it has not stayed the same.
const MAX_LOOKS: usize = 5;

/// A block, and the processes by which it was judged.
pub(crate) struct Look<'a> {
    pub inspection: BlockUse,
    /// None if no slot is in use.
    pub processes: Option<SurveyedProcesses<'a>>,
    /// The processes that are seen to wait for a semaphore of any set.
    pub waiting: BTreeSet<Pid>,
    /// Why a process may wait that was not seen.
    pub hides_waiters: Option<Incomplete>,
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
                let hidden = self.hides_waiters.as_ref().filter(|_| self.is_partial());
                hidden.map(|gap| format!("some waiting processes cannot be seen: {gap}"))
            }
        }
    }

    /// Whether there may be a deadlock of waiting processes that cannot be inspected.
    fn is_partial(&self) -> bool {
        self.hides_a_waiter() && self.inspection.deadlocks.is_none()
    }

    /// Whether a process waits that cannot be inspected.
    fn hides_a_waiter(&self) -> bool {
        let is_seen = self.inspection.slots.iter().all(SlotUse::all_waiters);
        self.hides_waiters.is_some() && !is_seen
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
    settled(|| look_by(Survey::now(), block, listed))
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
    let first = look(shared, block, listed)?;
    if first.has_deadlock() || first.is_outdated() {
        return inspect(block, listed);
    }
    let processes = Some(SurveyedProcesses::Borrowed(shared.processes()));
    Ok(Look { processes, ..first })
}

/// Looks until there is no deadlock, or twice the same, and every process that waits is seen,
/// but not forever.
fn settled(mut look: impl FnMut() -> Result<Look<'static>, Error>) -> Result<Look<'static>, Error> {
    let mut last = look()?;
    let mut before = runs(&last);
    for _ in 0..MAX_LOOKS {
        let deadlocked = !before.is_empty();
        if !deadlocked && !last.is_partial() {
            break;
        }
        last = look()?;
        let now = runs(&last);
        let is_same = !keep_those_asleep_since(&mut last, &before);
        if deadlocked && is_same && !last.is_partial() {
            break;
        }
        before = now;
    }
    Ok(last)
}

/// A block in which no slot is in use.
fn unused(block: Block, listed: SlotFilter) -> Result<Option<Look<'static>>, Error> {
    let Some(counts) = block.read_unused(listed)? else { return Ok(None) };
    let inspection = BlockUse::unused(block.set().info()?, counts);
    Ok(Some(Look { inspection, processes: None, waiting: BTreeSet::new(), hides_waiters: None }))
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
        _ if !process.is_some_and(is_semlock) => system::context_switches(pid),
        WaitReason::Child => Some(0),
        WaitReason::Slot(_) | WaitReason::OtherBlock { .. } | WaitReason::Owner => {
            system::context_switches_of_first_thread(pid)
        }
    }
}

/// Leaves out deadlocks with a process that has run since `before`, or was not looked at
/// then. Returns whether there were any. If none is left, there may be others of waiting
/// processes that cannot be inspected.
fn keep_those_asleep_since(look: &mut Look<'_>, before: &BTreeMap<Pid, Option<u64>>) -> bool {
    let hides_a_waiter = look.hides_a_waiter();
    let Look { inspection, processes, .. } = look;
    let found = inspection.deadlocks.iter().flatten().count();
    let asleep = |&(pid, tie): &(Pid, WaitReason)| {
        let now = || runs_of(pid, tie, processes.as_deref());
        before.get(&pid).is_some_and(|&runs| runs.is_some() && runs == now())
    };
    if let Some(cycles) = &mut inspection.deadlocks {
        cycles.retain(|cycle| cycle.iter().all(asleep));
    }
    let left = inspection.deadlocks.iter().flatten().count();
    if left == 0 && hides_a_waiter {
        inspection.deadlocks = None;
    }
    left < found
}

fn look_by(
    survey: Survey<'static>,
    block: Block,
    listed: SlotFilter,
) -> Result<Look<'static>, Error> {
    let look = look(&survey, block, listed)?;
    Ok(Look { processes: Some(survey.into_processes()), ..look })
}

/// Looks at the slots. The processes are left to the caller.
fn look(survey: &Survey<'_>, block: Block, listed: SlotFilter) -> Result<Look<'static>, Error> {
    let counts = block.read_slots(listed)?;
    let any_waits = counts.iter().any(|counts| counts.waiting > 0);
    let hides_waiters = if any_waits { survey.look_up_waits() } else { None };
    let (slots, proven) = survey.slots(block, counts)?;
    let info = block.set().info()?;
    let inspection = BlockUse::of(info, slots, &proven, survey.processes(), survey);
    let waiting = survey.blocked().iter().map(|blocked| blocked.pid).collect();
    Ok(Look { inspection, processes: None, waiting, hides_waiters })
}

#[cfg(test)]
mod tests;
