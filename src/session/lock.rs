//! Taking and giving back slots, in the same operations as the Perl module.

use super::batch::Progress;
use super::{Block, Counts, Readers, Slot, SlotFilter, Tag};
use crate::sysv::{Error, Op, Outcome, Wait};

/// How many operations a write lock needs in one semop(2): no smaller SEMOPM will do.
pub const WRITE_LOCK_OPERATIONS: u32 = 3;

/// What a lock lets others do in the meantime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Other readers may come in, writers may not.
    Read,
    /// Nobody else may come in.
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

/// Slots of one block to be had together, in one mode: all of them or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    block: Block,
    slots: Vec<Slot>,
    mode: Mode,
}

impl Claim {
    /// A claim on `slots`, each of which counts once. They are taken in
    /// ascending order, so that two claims can never wait for each other.
    pub fn new(block: Block, mut slots: Vec<Slot>, mode: Mode) -> Self {
        slots.sort_unstable();
        slots.dedup();
        Self { block, slots, mode }
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

    /// What the semaphores say of those of its slots that somebody has.
    pub fn in_use(&self) -> Result<Vec<Counts>, Error> {
        let mut counts = match self.slots[..] {
            [slot] => vec![self.block.counts(slot)?],
            _ => self.block.read_slots(SlotFilter::InUse)?,
        };
        counts.retain(|one| one.is_locked() && self.slots.binary_search(&one.slot).is_ok());
        Ok(counts)
    }

    /// Takes every slot, in one atomic operation, for as long as this process
    /// lives: the kernel gives them back however it ends, and execve(2) is no
    /// end.
    ///
    /// Where SEMOPM is too small for one operation, takes them in ascending
    /// pieces, and keeps nothing unless it gets everything.
    pub fn acquire(&self, wait: Wait) -> Result<Outcome, Error> {
        match self.mode {
            Mode::Read => {
                self.take(wait, |reader, writer| [Op::zero(writer), Op::with_undo(reader, 1)])
            }
            Mode::Write => self.take(wait, |reader, writer| {
                [Op::zero(reader), Op::zero(writer), Op::with_undo(writer, 1)]
            }),
        }
    }

    /// Takes every slot by the operations that it takes `of` its two semaphores, or
    /// none.
    fn take<const N: usize>(
        &self,
        wait: Wait,
        of: impl Fn(u16, u16) -> [Op; N],
    ) -> Result<Outcome, Error> {
        let ops = self.each(|slot| of(self.block.reader(slot), self.block.writer(slot)));
        let Progress { done, outcome } = self.block.operate(&ops, wait);
        if outcome == Ok(Outcome::Done) {
            return outcome;
        }
        let back = self.give_back(&self.slots[..done]);
        outcome.and_then(|outcome| back.map(|()| outcome))
    }

    fn each<T>(&self, of: impl Fn(Slot) -> T) -> Vec<T> {
        self.slots.iter().map(|&slot| of(slot)).collect()
    }

    /// Takes every slot for writing, by raising the writer flags first, so that
    /// no new reader gets in, and waiting for the readers that are in to leave.
    /// If it gives up, the flags are down again.
    pub fn drain(&self, wait: Wait) -> Result<Outcome, Error> {
        let flags = |_, writer| [Op::zero(writer), Op::with_undo(writer, 1)];
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

    /// None comes in any more, so those of each batch are gone once it is done.
    fn readers_leave(&self, wait: Wait) -> Result<Outcome, Error> {
        let ops = self.each(|slot| [Op::zero(self.block.reader(slot))]);
        self.block.operate(&ops, wait).outcome
    }

    /// Turns the lock that this process has into one that nobody has to hold:
    /// it stays until somebody unlocks it, whoever ends. All or nothing. A write lock
    /// keeps what it was taken for, which is its slot's `tag`. Busy if a count of the
    /// lock is not there any more, as somebody has forced it away.
    pub fn persist(&self, tag: impl Fn(Slot) -> Tag) -> Result<Outcome, Error> {
        let amount = |slot| match self.mode {
            Mode::Read => Readers::PERSISTENT,
            Mode::Write => tag(slot).amount(),
        };
        let turn = |slot| {
            let raised = self.raised(slot);
            [Op::with_undo(raised, -1), Op::without_undo(raised, amount(slot))]
        };
        let Progress { done, outcome } = self.block.operate(&self.each(turn), Wait::Not);
        if outcome == Ok(Outcome::Done) {
            return outcome;
        }
        let back = |&slot: &Slot| [Op::without_undo(self.raised(slot), -amount(slot))];
        let back: Vec<_> = self.slots[..done].iter().map(back).collect();
        let back = self.block.operate_where_possible(&back);
        outcome.and_then(|outcome| back.map(|_| outcome))
    }

    /// Gives back every slot that [`acquire`](Self::acquire) took.
    pub fn release(&self) -> Result<(), Error> {
        self.give_back(&self.slots)
    }

    // A count that somebody forced away is not there to be given back: not waited for.
    fn give_back(&self, slots: &[Slot]) -> Result<(), Error> {
        let ops: Vec<_> =
            slots.iter().map(|&slot| [Op::with_undo(self.raised(slot), -1)]).collect();
        self.block.operate_where_possible(&ops).map(drop)
    }

    fn raised(&self, slot: Slot) -> u16 {
        match self.mode {
            Mode::Read => self.block.reader(slot),
            Mode::Write => self.block.writer(slot),
        }
    }
}
