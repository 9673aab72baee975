//! What the operations that a process waits with mean in the protocol.

use super::{Block, Mode, Slot};
use crate::sysv::Op;

/// What keeps a process waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotWait {
    /// The slot that it waits for; it may want others with it.
    pub slot: Slot,
    /// Whom it waits for there: the readers or the writer. None if it waits
    /// for a semaphore to grow, as no client does that has the lock it gives back.
    pub held: Option<Mode>,
    /// The lock that it wants there; None if the operations are no lock's.
    pub wants: Option<Mode>,
}

impl Block {
    /// What keeps a process waiting that wants to do `ops`, as the semaphores
    /// are (`values`). None if it need not wait any more.
    pub fn slot_wait(self, ops: &[Op], values: &[u16]) -> Option<SlotWait> {
        let waits = Op::first_blocking(ops, values)?;
        let slot = self.slot_with(waits.semnum());
        let zero = waits.change() == 0;
        let on = if waits.semnum() < self.slots() { Mode::Read } else { Mode::Write };
        let raises = |semnum| ops.iter().any(|op| op.semnum() == semnum && op.change() > 0);
        let wants = match on {
            _ if !zero => None,
            _ if raises(self.writer(slot)) => Some(Mode::Write),
            _ if raises(self.reader(slot)) => Some(Mode::Read),
            // A writer that has raised its flag before waits for the readers alone.
            Mode::Read => Some(Mode::Write),
            Mode::Write => None,
        };
        Some(SlotWait { slot, held: zero.then_some(on), wants })
    }

    /// The slot that a semaphore is one half of.
    fn slot_with(self, semnum: u16) -> Slot {
        Slot::new(semnum % self.slots())
    }
}
