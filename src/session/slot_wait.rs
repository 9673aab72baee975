//! What the operations of a waiting process mean in the protocol.

use super::{Block, Mode, Slot};
use crate::sysv::Op;

/// The slot that a process waits for, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotWait {
    /// The slot. The process may want others with it.
    pub slot: Slot,
    /// Whether it waits for the readers or for the writer. None if it waits for a higher
    /// value: a client does that only if it releases a lock that it does not have.
    pub held: Option<Mode>,
    /// The lock that it wants; None if these operations take no lock.
    pub wants: Option<Mode>,
}

impl Block {
    /// What a process that does `ops` waits for while the semaphores have these `values`.
    /// None if it no longer has to wait.
    pub(crate) fn slot_wait(self, ops: &[Op], values: &[u16]) -> Option<SlotWait> {
        let waits = Op::first_blocking(ops, values)?;
        let slot = self.slot_with(waits.semnum());
        let zero = waits.change() == 0;
        let on = if waits.semnum() < self.slots() { Mode::Read } else { Mode::Write };
        let raises = |semnum| ops.iter().any(|op| op.semnum() == semnum && op.change() > 0);
        let wants = match on {
            _ if !zero => None,
            _ if raises(self.writer(slot)) => Some(Mode::Write),
            _ if raises(self.reader(slot)) => Some(Mode::Read),
            // A writer that has raised its flag before now waits for the readers alone.
            Mode::Read => Some(Mode::Write),
            Mode::Write => None,
        };
        Some(SlotWait { slot, held: zero.then_some(on), wants })
    }

    /// The slot that a semaphore belongs to.
    fn slot_with(self, semnum: u16) -> Slot {
        Slot::new(semnum % self.slots())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Semid, Set};

    const READER: u16 = 1;
    const WRITER: u16 = 3;

    /// What a process that does `ops` waits for in a block of two slots, where the reader
    /// and the writer semaphore of slot 1 have these values.
    fn wait(ops: &[Op], readers: u16, writer: u16) -> Option<(Option<Mode>, Option<Mode>)> {
        let block = Block { set: Set::from_id(Semid::new(0)), nsems: 4 };
        let wait = block.slot_wait(ops, &[0, readers, 0, writer])?;
        assert_eq!(wait.slot, Slot::new(1));
        Some((wait.held, wait.wants))
    }

    #[test]
    fn the_operations_tell_which_lock_is_wanted_and_which_is_in_the_way() {
        use Mode::{Read, Write};
        let read = [Op::zero(WRITER), Op::with_undo(READER, 1)];
        let write = [Op::zero(READER), Op::zero(WRITER), Op::with_undo(WRITER, 1)];
        let raise_flag = [Op::zero(WRITER), Op::with_undo(WRITER, 1)];
        let drain = [Op::zero(READER)];
        for (name, ops, values, expected) in [
            ("read, free", &read[..], (0, 0), None),
            ("read, read-locked", &read, (2, 0), None),
            ("read, write-locked", &read, (0, 1), Some((Some(Write), Some(Read)))),
            ("write, free", &write, (0, 0), None),
            ("write, read-locked", &write, (2, 0), Some((Some(Read), Some(Write)))),
            ("write, write-locked", &write, (0, 1), Some((Some(Write), Some(Write)))),
            ("drain, write-locked", &raise_flag, (0, 1), Some((Some(Write), Some(Write)))),
            ("drain, with its flag raised", &drain, (2, 1), Some((Some(Read), Some(Write)))),
            ("no lock", &[Op::zero(WRITER)], (0, 1), Some((Some(Write), None))),
            ("a second release", &[Op::with_undo(WRITER, -1)], (0, 0), Some((None, None))),
            ("of a reader", &[Op::with_undo(READER, -1)], (0, 0), Some((None, None))),
        ] {
            assert_eq!(wait(ops, values.0, values.1), expected, "{name}");
        }
    }

    #[test]
    fn the_first_semaphore_of_the_upper_half_is_a_writer_flag() {
        let block = Block { set: Set::from_id(Semid::new(0)), nsems: 4 };
        let wait = block.slot_wait(&[Op::zero(2)], &[0, 0, 1, 0]).unwrap();
        assert_eq!((wait.slot, wait.held), (Slot::new(0), Some(Mode::Write)));
    }
}
