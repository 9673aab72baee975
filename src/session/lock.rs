//! Taking and giving back slots, in the same operations as the Perl module.

use nix::errno::Errno;

use super::{Block, Counts, Listed, Slot};
use crate::sysv::{self, Error, Op, Outcome, Wait};

/// How many operations a write lock needs in one semop(2): no smaller SEMOPM will do.
pub const WRITE_LOCK_OPERATIONS: u32 = 3;

/// What a lock lets others do meanwhile.
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

    /// What one lock that outlives its process adds to the semaphore. Clients
    /// of the module only ask whether a semaphore is 0, so the amount is free to
    /// tell such a lock from one that a process holds, which adds 1.
    pub(super) fn persistent(self) -> i16 {
        match self {
            Self::Read => 4096,
            Self::Write => 2,
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
            _ => self.block.look(Listed::Used)?,
        };
        let is_held = |counts: &Counts| counts.writer || counts.readers > 0;
        counts.retain(|one| is_held(one) && self.slots.binary_search(&one.slot).is_ok());
        Ok(counts)
    }

    /// Takes every slot, in one atomic operation, for as long as this process
    /// lives: the kernel gives them back however it ends, and execve(2) is no
    /// end.
    ///
    /// Where SEMOPM is too small for one operation, takes them in ascending
    /// pieces, and keeps nothing unless it gets everything.
    pub fn acquire(&self, wait: Wait) -> Result<Outcome, Error> {
        self.take(wait, |slot| self.operations(slot))
    }

    /// Does the operations `of` every slot: at once, or else in pieces.
    fn take(&self, wait: Wait, of: impl Fn(Slot) -> Vec<Op>) -> Result<Outcome, Error> {
        match self.operate(&self.slots, wait, &of) {
            Err(too_big) if too_big.errno == Errno::E2BIG => self.take_in_pieces(wait, of, too_big),
            other => other,
        }
    }

    fn take_in_pieces(
        &self,
        wait: Wait,
        of: impl Fn(Slot) -> Vec<Op>,
        too_big: Error,
    ) -> Result<Outcome, Error> {
        let limits = sysv::limits().map_err(|_| too_big)?;
        let most = usize::try_from(limits.semopm).unwrap_or(usize::MAX);
        let slots_at_once = most / self.slots.first().map_or(1, |&slot| of(slot).len());
        if slots_at_once == 0 {
            return Err(too_big);
        }
        for (done, piece) in self.slots.chunks(slots_at_once).enumerate() {
            let outcome = self.operate(piece, wait, &of);
            if outcome != Ok(Outcome::Done) {
                let back = self.give_back(&self.slots[..done * slots_at_once], slots_at_once);
                return outcome.and_then(|outcome| back.map(|()| outcome));
            }
        }
        Ok(Outcome::Done)
    }

    fn operate(
        &self,
        slots: &[Slot],
        wait: Wait,
        of: impl Fn(Slot) -> Vec<Op>,
    ) -> Result<Outcome, Error> {
        let ops: Vec<_> = slots.iter().flat_map(|&slot| of(slot)).collect();
        self.block.set().operate(&ops, wait)
    }

    /// Takes every slot for writing, by raising the writer flags first, so that
    /// no new reader gets in, and waiting for the readers that are in to leave.
    /// If it gives up, the flags are down again.
    pub fn drain(&self, wait: Wait) -> Result<Outcome, Error> {
        let outcome = self.take(wait, |slot| {
            let writer = self.block.writer(slot);
            vec![Op::zero(writer), Op::undone(writer, 1)]
        })?;
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

    fn readers_leave(&self, wait: Wait) -> Result<Outcome, Error> {
        let leave = |slots: &[Slot]| {
            self.operate(slots, wait, |slot| vec![Op::zero(self.block.reader(slot))])
        };
        match leave(&self.slots) {
            Err(Error { errno: Errno::E2BIG, .. }) => {}
            other => return other,
        }
        for slot in &self.slots {
            if leave(&[*slot])? == Outcome::Busy {
                return Ok(Outcome::Busy);
            }
        }
        Ok(Outcome::Done)
    }

    /// Turns the lock that this process has into one that nobody has to hold:
    /// it stays until somebody unlocks it, whoever ends. All or nothing.
    pub fn persist(&self) -> Result<(), Error> {
        let amount = self.mode.persistent();
        let turn = |slot: Slot| {
            let raised = self.raised(slot);
            vec![Op::undone(raised, -1), Op::kept(raised, amount)]
        };
        match self.operate(&self.slots, Wait::Not, turn) {
            Err(Error { errno: Errno::E2BIG, .. }) => {}
            other => return other.map(drop),
        }
        for (done, &slot) in self.slots.iter().enumerate() {
            if let Err(error) = self.operate(&[slot], Wait::Not, turn) {
                let back = |slot| vec![Op::kept(self.raised(slot), -amount)];
                for &slot in &self.slots[..done] {
                    let _ = self.operate(&[slot], Wait::Not, back)?;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Gives back every slot that [`acquire`](Self::acquire) took.
    pub fn release(&self) -> Result<(), Error> {
        match self.give_back(&self.slots, self.slots.len()) {
            Err(Error { errno: Errno::E2BIG, .. }) => self.give_back(&self.slots, 1),
            other => other,
        }
    }

    // A count that somebody forced away is not there to be given back: not waited for.
    fn give_back(&self, slots: &[Slot], at_once: usize) -> Result<(), Error> {
        for piece in slots.chunks(at_once) {
            let ops: Vec<_> = piece.iter().map(|&slot| Op::undone(self.raised(slot), -1)).collect();
            let _ = self.block.set().operate(&ops, Wait::Not)?;
        }
        Ok(())
    }

    fn operations(&self, slot: Slot) -> Vec<Op> {
        let (reader, writer) = (self.block.reader(slot), self.block.writer(slot));
        match self.mode {
            Mode::Read => vec![Op::zero(writer), Op::undone(reader, 1)],
            Mode::Write => vec![Op::zero(reader), Op::zero(writer), Op::undone(writer, 1)],
        }
    }

    fn raised(&self, slot: Slot) -> u16 {
        match self.mode {
            Mode::Read => self.block.reader(slot),
            Mode::Write => self.block.writer(slot),
        }
    }
}
