//! Who has and who awaits the slots of a block, as far as it can be proven.
//!
//! The kernel tells counts and one pid. The rest is put together from what
//! processes are seen to do: nothing is guessed, and what could not be seen is
//! None and never "nobody".

mod deadlock;
mod graph;
mod waiters;

use std::cell::RefCell;
use std::collections::HashMap;

pub use deadlock::{Circle, Graph, Needs, Stuck, Tie, circles};
pub use waiters::{Waiting, waiters};

use crate::holder::{Holding, Proven};
use crate::process::{self, Life};
use crate::session::{Block, Counts, Listed, Mode, Slot};
use crate::sysv::{Error, SetInfo};

/// A block at one moment, as near as separate calls come to one.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The header of the set.
    pub header: SetInfo,
    /// The slots, ascending.
    pub slots: Vec<Seen>,
    /// The deadlocks that there are; None if that cannot be told.
    pub deadlocks: Option<Vec<Circle>>,
}

/// A slot and its users.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What its semaphores say.
    pub counts: Counts,
    /// What has become of the process that they name.
    pub last: Life,
    /// Those who provably have it. There may be more, unless `all_holders`.
    pub holders: Vec<Holding>,
    /// Whether these are all of them.
    pub all_holders: bool,
    /// Those who are seen to wait for it.
    pub waiters: Vec<Waiting>,
}

impl Seen {
    /// Whether everybody is seen who waits for it.
    pub fn all_waiters(&self) -> bool {
        i32::try_from(self.waiters.len()).is_ok_and(|seen| seen >= self.counts.waiting)
    }
}

/// How often a deadlock is looked for again that has not been the same all the time.
const LOOKS: usize = 5;

/// Looks at the slots of a block.
///
/// The parts of a circle are not seen at one moment. So it is looked at again: a
/// deadlock is a circle of processes none of which has run meanwhile.
pub fn inspect(block: Block, listed: Listed) -> Result<Inspection, Error> {
    let mut last = look(block, listed)?;
    for _ in 0..LOOKS {
        if last.deadlocks.iter().flatten().count() == 0 {
            break;
        }
        let before = runs(&last);
        last = look(block, listed)?;
        if !last.keep_those_asleep_since(&before) {
            break;
        }
    }
    Ok(last)
}

/// How often each process of the deadlocks has run so far.
fn runs(inspection: &Inspection) -> HashMap<i32, Option<u64>> {
    let members = inspection.deadlocks.iter().flatten().flatten();
    members.map(|&(pid, _)| (pid, process::runs(pid))).collect()
}

impl Inspection {
    /// Leaves out the deadlocks with a process that has run since `before`, or was
    /// not looked at then; whether there were such.
    fn keep_those_asleep_since(&mut self, before: &HashMap<i32, Option<u64>>) -> bool {
        let found = self.deadlocks.iter().flatten().count();
        let asleep = |&(pid, _): &(i32, Tie)| {
            before.get(&pid).is_some_and(|&runs| runs.is_some() && runs == process::runs(pid))
        };
        if let Some(circles) = &mut self.deadlocks {
            circles.retain(|circle| circle.iter().all(asleep));
        }
        self.deadlocks.iter().flatten().count() < found
    }
}

fn look(block: Block, listed: Listed) -> Result<Inspection, Error> {
    let counts = block.look(listed)?;
    let lives = Lives::now(block)?;
    let settled: Result<Vec<_>, Error> =
        counts.into_iter().map(|counts| settle(block, counts, &lives)).collect();
    let settled = settled?;
    let counts: Vec<_> = settled.iter().map(|(counts, _)| *counts).collect();
    let proven = Proven::of(block, &counts);
    let anybody = counts.iter().any(|counts| counts.waiting > 0);
    let waiting = if anybody { waiters(block)? } else { Vec::new() };
    let slots: Vec<_> = settled
        .into_iter()
        .map(|(counts, last)| seen(counts, last, &proven, &waiting, &lives))
        .collect();
    let deadlocks = graph::deadlocks(&slots, &proven);
    Ok(Inspection { header: lives.header, slots, deadlocks })
}

/// One slot, and who has it.
fn look_at(block: Block, slot: Slot) -> Result<Seen, Error> {
    let counts = block.counts(slot)?;
    let lives = Lives::now(block)?;
    let (counts, last) = settle(block, counts, &lives)?;
    Ok(seen(counts, last, &Proven::of(block, &[counts]), &[], &lives))
}

/// A slot, and what has become of the process that it names. A writer that is gone
/// may have given back before that was found out: the slot must still look the
/// same then.
fn settle(block: Block, mut counts: Counts, lives: &Lives) -> Result<(Counts, Life), Error> {
    let mut last = lives.of(counts.pid);
    while counts.live_writer && last == Life::Gone {
        let now = block.counts(counts.slot)?;
        if now == counts {
            break;
        }
        counts = now;
        last = process::life(counts.pid, block.set().info()?.last_change());
    }
    Ok((counts, last))
}

fn seen(counts: Counts, last: Life, proven: &Proven, waiting: &[Waiting], lives: &Lives) -> Seen {
    let holders = proven.holders(&counts, last, |pid| lives.of(pid) == Life::Alive);
    let readers = holders.iter().filter(|holder| holder.mode == Mode::Read);
    let all_readers = i32::try_from(readers.count()).is_ok_and(|seen| seen >= counts.live_readers);
    let all_holders = all_readers && !(counts.live_writer && last == Life::Unknown);
    let waiters = waiting.iter().filter(|waiting| waiting.slot == counts.slot).copied().collect();
    Seen { counts, last, holders, all_holders, waiters }
}

/// What has become of processes, each asked for once.
///
/// The header must be read after the pids: a process may have come in between
/// that started after the block was last used before.
struct Lives {
    header: SetInfo,
    known: RefCell<HashMap<i32, Life>>,
}

impl Lives {
    fn now(block: Block) -> Result<Self, Error> {
        Ok(Self { header: block.set().info()?, known: RefCell::default() })
    }

    fn of(&self, pid: i32) -> Life {
        let ask = || process::life(pid, self.header.last_change());
        *self.known.borrow_mut().entry(pid).or_insert_with(ask)
    }
}
