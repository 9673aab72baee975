//! Taking and giving back slots, in the same operations as the Perl module.

use nix::errno::Errno;

use super::{Block, Slot};
use crate::sysv::{self, Error, Op, Outcome, Wait};

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

    /// The slots, ascending.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Takes every slot, in one atomic operation, for as long as this process
    /// lives: the kernel gives them back however it ends, and execve(2) is no
    /// end.
    ///
    /// Where SEMOPM is too small for one operation, takes them in ascending
    /// pieces, and keeps nothing unless it gets everything.
    pub fn acquire(&self, wait: Wait) -> Result<Outcome, Error> {
        match self.take(&self.slots, wait) {
            Err(Error {
                errno: Errno::E2BIG,
                ..
            }) => self.acquire_in_pieces(wait),
            other => other,
        }
    }

    fn acquire_in_pieces(&self, wait: Wait) -> Result<Outcome, Error> {
        let too_big = Error {
            call: sysv::Call::Semop,
            errno: Errno::E2BIG,
        };
        let most = sysv::max_operations().map_err(|_| too_big)?;
        let slots_at_once = most
            / self
                .slots
                .first()
                .map_or(1, |&slot| self.operations(slot).len());
        if slots_at_once == 0 {
            return Err(too_big);
        }
        for (done, piece) in self.slots.chunks(slots_at_once).enumerate() {
            let outcome = self.take(piece, wait);
            if outcome != Ok(Outcome::Done) {
                self.give_back(&self.slots[..done * slots_at_once], slots_at_once)?;
                return outcome;
            }
        }
        Ok(Outcome::Done)
    }

    /// Gives back every slot that [`acquire`](Self::acquire) took.
    pub fn release(&self) -> Result<(), Error> {
        match self.give_back(&self.slots, self.slots.len()) {
            Err(Error {
                errno: Errno::E2BIG,
                ..
            }) => self.give_back(&self.slots, 1),
            other => other,
        }
    }

    // A count that somebody forced away is not there to be given back: not waited for.
    fn give_back(&self, slots: &[Slot], at_once: usize) -> Result<(), Error> {
        for piece in slots.chunks(at_once) {
            let ops: Vec<_> = piece
                .iter()
                .map(|&slot| Op::undone(self.raised(slot), -1))
                .collect();
            let _ = self.block.set().operate(&ops, Wait::Not)?;
        }
        Ok(())
    }

    fn take(&self, slots: &[Slot], wait: Wait) -> Result<Outcome, Error> {
        let ops: Vec<_> = slots
            .iter()
            .flat_map(|&slot| self.operations(slot))
            .collect();
        self.block.set().operate(&ops, wait)
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
