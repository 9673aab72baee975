//! The protocol on real sets. Each test has an IPC namespace of its own.

mod batches;
mod blocks;
mod drains;
mod locks;
mod persistence;
mod readings;
mod unlocks;
mod vacancy;

use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::session::{Block, Claim, DEFAULT_KEY, DEFAULT_MODE, Mode, Slot};
use crate::sysv::own_table::{self, RemovedOnFailure};
use crate::sysv::{Error, Op, Outcome, Wait};

/// Far longer than any wait here lasts.
const LONG: Duration = Duration::from_secs(60);

/// A new block with this many slots, in a table of its own.
fn block(slots: u16) -> Block {
    own_table::enter();
    Block::create(DEFAULT_KEY, 2 * slots, DEFAULT_MODE).unwrap()
}

fn slot(index: u16) -> Slot {
    Slot::new(index)
}

fn claim(block: Block, slots: &[u16], mode: Mode) -> Claim {
    Claim::new(block, slots.iter().copied().map(Slot::new).collect(), mode)
}

/// Locks these slots at once.
fn lock(block: Block, slots: &[u16], mode: Mode) -> Claim {
    let claim = claim(block, slots, mode);
    assert_eq!(claim.acquire(Wait::Not), Ok(Outcome::Done));
    claim
}

/// Every value of the block: those of the readers, then those of the writers.
fn values(block: Block) -> Vec<u16> {
    block.set().values().unwrap()
}

/// Raises a semaphore as a process does that ends without SEM_UNDO.
fn leave_behind(block: Block, semnum: u16, count: i16) {
    let done = block.set().operate(&[Op::without_undo(semnum, count)], Wait::Not);
    assert_eq!(done, Ok(Outcome::Done));
}

fn until(seen: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !seen() {
        assert!(Instant::now() < end, "not seen within a minute");
        thread::yield_now();
    }
}

/// A thread that waits on a block.
struct Waiter<'scope> {
    thread: ScopedJoinHandle<'scope, Result<Outcome, Error>>,
    _guard: RemovedOnFailure,
}

impl<'scope> Waiter<'scope> {
    /// Starts to wait, and returns when the kernel counts it: `waiting` is one more.
    fn start(
        scope: &'scope Scope<'scope, '_>,
        block: Block,
        waiting: impl Fn() -> i32,
        wait: impl FnOnce(Wait) -> Result<Outcome, Error> + Send + 'scope,
    ) -> Self {
        let before = waiting();
        let thread = scope.spawn(|| wait(Wait::at_most(LONG)));
        until(|| waiting() > before || thread.is_finished());
        Self { thread, _guard: RemovedOnFailure(block.set()) }
    }

    /// Waits for a zero of this semaphore.
    fn for_zero(
        scope: &'scope Scope<'scope, '_>,
        (block, semnum): (Block, u32),
        wait: impl FnOnce(Wait) -> Result<Outcome, Error> + Send + 'scope,
    ) -> Self {
        Self::start(scope, block, || block.set().zcnt(semnum).unwrap(), wait)
    }

    /// Waits until this semaphore can be lowered.
    fn to_lower(scope: &'scope Scope<'scope, '_>, block: Block, semnum: u16) -> Self {
        let lower = move |wait| block.set().operate(&[Op::without_undo(semnum, -1)], wait);
        Self::start(scope, block, || block.set().ncnt(semnum.into()).unwrap(), lower)
    }

    fn outcome(self) -> Result<Outcome, Error> {
        self.thread.join().unwrap()
    }
}
