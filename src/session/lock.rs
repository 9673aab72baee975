//! Taking and releasing locks by the same operations as the Perl module.

use super::batch::Progress;
use super::{Block, Counts, Readers, Slot, SlotFilter, Tag};
use crate::sysv::{Error, Op, Outcome, Wait};

/// How many operations a write lock needs in one semop(2), and so the smallest SEMOPM.
pub(crate) const WRITE_LOCK_OPERATIONS: u32 = 3;

/// How many operations a read lock needs.
pub(super) const READ_LOCK_OPERATIONS: u32 = 2;

/// What others may do while a lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Others may read, and nobody may write.
    Read,
    /// Others may neither read nor write.
    Write,
}

impl Mode {
    /// `read` or `write`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A lock on some slots of one block, in one mode: on all of them or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    block: Block,
    slots: Vec<Slot>,
    mode: Mode,
    undo: bool,
}

impl Claim {
    /// A claim on `slots`, each counted once. They are always taken in ascending order, so
    /// two claims never wait for each other.
    pub fn new(block: Block, mut slots: Vec<Slot>, mode: Mode) -> Self {
        slots.sort_unstable();
        slots.dedup();
        Self { block, slots, mode, undo: true }
    }

    /// The same without `SEM_UNDO`, for a kernel that has run out of undo entries. If this
    /// process is killed, its locks stay.
    pub(super) fn without_undo(self) -> Self {
        Self { undo: false, ..self }
    }

    /// The block.
    pub fn block(&self) -> Block {
        self.block
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The slots, ascending.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Those of its slots that are locked now.
    pub fn in_use(&self) -> Result<Vec<Counts>, Error> {
        let mut counts = match self.slots[..] {
            [slot] => vec![self.block.counts(slot)?],
            _ => self.block.read_slots(SlotFilter::InUse)?,
        };
        counts.retain(|one| one.is_locked() && self.slots.binary_search(&one.slot).is_ok());
        Ok(counts)
    }

    /// Locks every slot in one atomic semop(2). The kernel releases the locks however this
    /// process ends; they survive execve(2).
    ///
    /// If SEMOPM is too small for one call, locks them in ascending batches. Unless all are
    /// locked in time, none is.
    pub fn acquire(&self, wait: Wait) -> Result<Outcome, Error> {
        match self.mode {
            Mode::Read => {
                self.take(wait, |reader, writer| [Op::zero(writer), self.change(reader, 1)])
            }
            Mode::Write => self.take(wait, |reader, writer| {
                [Op::zero(reader), Op::zero(writer), self.change(writer, 1)]
            }),
        }
    }

    /// Does the operations `of` the two semaphores of each slot: for every slot or none.
    fn take<const N: usize>(
        &self,
        wait: Wait,
        of: impl Fn(u16, u16) -> [Op; N],
    ) -> Result<Outcome, Error> {
        let of = |slot| of(self.block.reader(slot), self.block.writer(slot));
        // Nearly every lock has one slot, for which no list is needed.
        if let [slot] = self.slots[..] {
            return self.block.set().operate_few(of(slot), wait);
        }
        let ops = self.for_each_slot(of);
        let Progress { done, outcome } = self.block.operate(&ops, wait);
        if outcome == Ok(Outcome::Done) {
            return outcome;
        }
        let back = self.release_slots(&self.slots[..done]);
        outcome.and_then(|outcome| back.map(|()| outcome))
    }

    fn for_each_slot<T>(&self, of: impl Fn(Slot) -> T) -> Vec<T> {
        self.slots.iter().map(|&slot| of(slot)).collect()
    }

    /// Locks every slot for writing. It raises the writer flags first, which keeps new
    /// readers out, and then waits until the readers have left. If it gives up, it lowers
    /// the flags again.
    ///
    /// A reader that takes its slots in batches may have a low one and wait for the flag of a
    /// higher one. Where there can be such readers, the slots are drained one after the other,
    /// in the order in which everybody takes them.
    pub fn drain(&self, wait: Wait) -> Result<Outcome, Error> {
        let together = match self.slots.len() {
            slots if slots > 1 && self.block.is_read_locked_in_one_call() => slots,
            _ => 1,
        };
        for (before, slots) in self.slots.chunks(together).enumerate() {
            let drained = Self { slots: slots.to_vec(), ..*self }.drain_together(wait);
            if drained != Ok(Outcome::Done) {
                let back = self.release_slots(&self.slots[..before]);
                return drained.and_then(|outcome| back.map(|()| outcome));
            }
        }
        Ok(Outcome::Done)
    }

    fn drain_together(&self, wait: Wait) -> Result<Outcome, Error> {
        let flags = |_, writer| [Op::zero(writer), self.change(writer, 1)];
        let outcome = self.take(wait, flags)?;
        if outcome == Outcome::Busy {
            return Ok(Outcome::Busy);
        }
        let left = self.readers_leave(wait);
        if left == Ok(Outcome::Done) {
            return left;
        }
        let back = self.release();
        left.and_then(|left| back.map(|()| left))
    }

    /// No reader can come in any more, so a batch that is done stays without readers.
    fn readers_leave(&self, wait: Wait) -> Result<Outcome, Error> {
        let ops = self.for_each_slot(|slot| [Op::zero(self.block.reader(slot))]);
        self.block.operate(&ops, wait).outcome
    }

    /// Makes this process's lock persistent: it stays until it is unlocked, whichever
    /// process ends. All or nothing. A write lock keeps the `tag` of each slot, which says
    /// what it was taken for. Busy if another process has forced the lock away.
    pub fn persist(&self, tag: impl Fn(Slot) -> Tag) -> Result<Outcome, Error> {
        let amount = |slot| match self.mode {
            Mode::Read => Readers::PERSISTENT,
            Mode::Write => tag(slot).amount(),
        };
        let turn = |slot| {
            let raised = self.raised(slot);
            [Op::with_undo(raised, -1), Op::without_undo(raised, amount(slot))]
        };
        let Progress { done, outcome } = self.block.operate(&self.for_each_slot(turn), Wait::Not);
        if outcome == Ok(Outcome::Done) {
            return outcome;
        }
        let back = |&slot: &Slot| [Op::without_undo(self.raised(slot), -amount(slot))];
        let back: Vec<_> = self.slots[..done].iter().map(back).collect();
        let back = self.block.operate_where_possible(&back);
        outcome.and_then(|outcome| back.map(|_| outcome))
    }

    /// Releases the locks of [`acquire`](Self::acquire) or [`drain`](Self::drain).
    #[inline]
    pub fn release(&self) -> Result<(), Error> {
        self.release_slots(&self.slots)
    }

    // Does not wait: a count that was forced away can no longer be lowered.
    #[inline]
    fn release_slots(&self, slots: &[Slot]) -> Result<(), Error> {
        let lower = |&slot: &Slot| [self.change(self.raised(slot), -1)];
        if let [slot] = slots {
            return self.block.set().operate_few(lower(slot), Wait::Not).map(drop);
        }
        let ops: Vec<_> = slots.iter().map(lower).collect();
        self.block.operate_where_possible(&ops).map(drop)
    }

    fn change(&self, semnum: u16, by: i16) -> Op {
        if self.undo { Op::with_undo(semnum, by) } else { Op::without_undo(semnum, by) }
    }

    fn raised(&self, slot: Slot) -> u16 {
        match self.mode {
            Mode::Read => self.block.reader(slot),
            Mode::Write => self.block.writer(slot),
        }
    }
}
