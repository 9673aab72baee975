//! Looking at a block and at the processes that use it, until the two fit.

use std::collections::{BTreeMap, BTreeSet};

use crate::holder::{self, Holders};
use crate::judge::{self, Elsewhere, Inspection, Life, Proven, Seen, Sight, Tie};
use crate::session::{Block, Counts, Flag, Listed, may_be_block};
use crate::system::{self, Blocked, Doing, Gap, Pid, Processes, Waits};
use crate::sysv::{Error, Set};

/// How often a deadlock is looked for again that has not been the same all the time.
const MAX_LOOKS: usize = 5;

/// A block, and the processes by which it was judged: none where nobody uses it.
pub(super) struct Look {
    pub inspection: Inspection,
    pub processes: Option<Processes>,
    /// Those that are seen to wait for a semaphore of any set.
    pub waiting: BTreeSet<Pid>,
    /// Whether a process may wait that this one may not look at.
    pub hides_waiters: bool,
}

impl Look {
    /// What could not be looked at, so that there may be more than is seen. That
    /// nobody can name the readers of the Perl module is no such thing; nor are
    /// processes that start and end all the time, as those that wait are counted.
    pub fn unknown(&self) -> Option<String> {
        let gap = self.processes.as_ref().and_then(|processes| processes.gap.as_ref());
        let gap = gap.filter(|gap| **gap != Gap::Endless);
        let unnamed = |seen: &&Seen| seen.counts.flag == Flag::Live && seen.last == Life::Unknown;
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
        let is_seen = self.inspection.slots.iter().all(Seen::all_waiters);
        self.hides_waiters && !is_seen && self.inspection.deadlocks.is_none()
    }
}

/// Looks at the slots of a block. Processes are looked at only where a slot is in use.
///
/// The parts of a cycle are not seen at one moment. So it is looked at again: a
/// deadlock is a cycle of processes none of which has run in the meantime.
pub(super) fn inspect(block: Block, listed: Listed) -> Result<Look, Error> {
    let counts = block.look(listed)?;
    if !counts.iter().any(Counts::used) {
        let inspection = Inspection::unused(block.set().info()?, counts);
        return Ok(Look {
            inspection,
            processes: None,
            waiting: BTreeSet::new(),
            hides_waiters: false,
        });
    }
    let mut last = look(block, listed)?;
    for _ in 0..MAX_LOOKS {
        let deadlocked = last.inspection.deadlocks.iter().flatten().count() > 0;
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

/// Who has these slots, and the processes by which that was judged.
pub(super) fn holders(block: Block, counts: Vec<Counts>) -> Result<(Vec<Seen>, Processes), Error> {
    let processes = Processes::survey();
    let holders = Holders::among(&processes);
    let scene = Scene { processes, holders, waits: Waits::default() };
    let (seen, _) = scene.slots(block, counts)?;
    Ok((seen, scene.processes))
}

/// How often each process of the deadlocks has run so far.
fn runs(look: &Look) -> BTreeMap<Pid, Option<u64>> {
    let members = look.inspection.deadlocks.iter().flatten().flatten();
    members.map(|&(pid, tie)| (pid, runs_of(pid, tie, look.processes.as_ref()))).collect()
}

/// How often a process has run that waits. A semlock looks after its own wait from time
/// to time, in another thread, or beside the holder that it has started.
fn runs_of(pid: Pid, tie: Tie, processes: Option<&Processes>) -> Option<u64> {
    let process = processes.and_then(|processes| processes.get(pid));
    match tie {
        _ if !process.is_some_and(judge::is_semlock) => system::runs(pid),
        Tie::Child => Some(0),
        Tie::Slot(_) | Tie::Elsewhere { .. } | Tie::Keeps => system::runs_of_first_thread(pid),
    }
}

/// Leaves out the deadlocks with a process that has run since `before`, or was
/// not looked at then; whether there were such.
fn keep_those_asleep_since(look: &mut Look, before: &BTreeMap<Pid, Option<u64>>) -> bool {
    let Look { inspection, processes, .. } = look;
    let found = inspection.deadlocks.iter().flatten().count();
    let asleep = |&(pid, tie): &(Pid, Tie)| {
        let now = || runs_of(pid, tie, processes.as_ref());
        before.get(&pid).is_some_and(|&runs| runs.is_some() && runs == now())
    };
    if let Some(cycles) = &mut inspection.deadlocks {
        cycles.retain(|cycle| cycle.iter().all(asleep));
    }
    inspection.deadlocks.iter().flatten().count() < found
}

/// Everything that is looked at once for all slots.
struct Scene {
    processes: Processes,
    holders: Holders,
    waits: Waits,
}

fn look(block: Block, listed: Listed) -> Result<Look, Error> {
    let processes = Processes::survey();
    let holders = Holders::among(&processes);
    let mut scene = Scene { processes, holders, waits: Waits::default() };
    let counts = block.look(listed)?;
    if counts.iter().any(|counts| counts.waiting > 0) {
        scene.waits = system::waits(&scene.processes);
    }
    let (slots, proven) = scene.slots(block, counts)?;
    let info = block.set().info()?;
    let inspection = Inspection::of(info, slots, &proven, &scene.processes, &scene);
    let hides_waiters = scene.waits.hidden;
    let waiting = scene.waits.blocked.iter().map(|blocked| blocked.pid).collect();
    Ok(Look { inspection, processes: Some(scene.processes), waiting, hides_waiters })
}

impl Scene {
    fn slots(&self, block: Block, counts: Vec<Counts>) -> Result<(Vec<Seen>, Proven), Error> {
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
        let proven = Proven::of(block, &info, &self.processes, &self.holders, commands);
        let values = block.set().values()?;
        let waiting = judge::waiters(block, &self.waits.blocked, &values);
        let slots = settled
            .into_iter()
            .map(|(counts, last)| Seen::of(counts, last, &proven, &waiting))
            .collect();
        Ok((slots, proven))
    }

    /// A slot, and what has become of the process that it names. A writer that is
    /// gone may have given back before that was found out: the slot must still look
    /// the same then. The header is read after the pid: who came in between may have
    /// started after the block was last used before.
    fn settle(&self, block: Block, mut counts: Counts) -> Result<(Counts, Life), Error> {
        loop {
            let info = block.set().info()?;
            let last = match judge::life(counts.pid, &info, &self.processes) {
                // Of another program's set, a value says nothing about a lock.
                Life::Gone if !may_be_block(&info) => Life::Unknown,
                last => last,
            };
            if !(counts.flag == Flag::Live && last == Life::Gone) {
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

impl Sight for Scene {
    fn doing(&self, pid: Pid) -> Doing {
        system::doing(pid)
    }

    fn is_single(&self, pid: Pid) -> bool {
        system::is_single(pid)
    }

    fn elsewhere(&self, pid: Pid) -> Option<Elsewhere> {
        let Blocked { semid, ops, .. } =
            self.waits.blocked.iter().find(|blocked| blocked.pid == pid)?;
        let block = Block::of(Set::from_id(*semid)).ok()?;
        let awaited = block.awaited(ops.as_ref()?, &block.set().values().ok()?)?;
        let counts = block.counts(awaited.slot).ok()?;
        let (slots, _) = self.slots(block, vec![counts]).ok()?;
        let seen = slots.into_iter().next().filter(|seen| seen.all_holders)?;
        Some(Elsewhere { semid: *semid, slot: awaited.slot, held: awaited.held, seen })
    }
}
