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
use crate::session::{Block, Counts, Listed, Mode};
use crate::sysv::{Error, Header};

/// A block at one moment, as near as separate calls come to one.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The header of the set.
    pub header: Header,
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

/// Looks at the slots of a block.
///
/// The parts of a circle are not seen at one moment: a deadlock is what is still
/// there at a second look.
pub fn inspect(block: Block, listed: Listed) -> Result<Inspection, Error> {
    let mut last = look(block, listed)?;
    while last.deadlocks.as_ref().is_some_and(|found| !found.is_empty()) {
        let again = look(block, listed)?;
        if again.deadlocks == last.deadlocks {
            break;
        }
        last = again;
    }
    Ok(last)
}

fn look(block: Block, listed: Listed) -> Result<Inspection, Error> {
    let mut counts = block.look(listed)?;
    let mut lives = Lives::now(block)?;
    for counts in &mut counts {
        settle(block, counts, &mut lives)?;
    }
    let proven = Proven::of(block, &counts);
    let anybody = counts.iter().any(|counts| counts.waiting > 0);
    let waiting = if anybody { waiters(block)? } else { Vec::new() };
    let seen = counts.into_iter().map(|counts| seen(counts, &proven, &waiting, &lives));
    let slots: Vec<_> = seen.collect();
    let deadlocks = graph::deadlocks(&slots, &proven);
    Ok(Inspection { header: lives.header, slots, deadlocks })
}

/// A writer that is gone may have given back before that was found out: the
/// slot must still look the same then.
fn settle(block: Block, counts: &mut Counts, lives: &mut Lives) -> Result<(), Error> {
    while counts.live_writer && lives.of(counts.pid) == Life::Gone {
        let now = block.counts(counts.slot)?;
        if now == *counts {
            break;
        }
        *counts = now;
        *lives = Lives::now(block)?;
    }
    Ok(())
}

fn seen(counts: Counts, proven: &Proven, waiting: &[Waiting], lives: &Lives) -> Seen {
    let last = lives.of(counts.pid);
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
    header: Header,
    known: RefCell<HashMap<i32, Life>>,
}

impl Lives {
    fn now(block: Block) -> Result<Self, Error> {
        Ok(Self { header: block.set().header()?, known: RefCell::default() })
    }

    fn of(&self, pid: i32) -> Life {
        let ask = || process::life(pid, self.header.last_change());
        *self.known.borrow_mut().entry(pid).or_insert_with(ask)
    }
}
