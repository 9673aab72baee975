//! Taking back counts that were left in a block without a process.

use super::{Block, Slot};
use crate::sysv::{Error, Op, Outcome, Wait};

/// What became of an attempt to lower a slot's writer flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterLeft {
    /// It was raised, nobody had it any more, and it is lowered.
    Lowered,
    /// It is not raised.
    NotRaised,
    /// This process, the last that changed it, may still have it; nothing was changed.
    HeldBy(i32),
    /// Readers are in, or another unlock is at work; nothing was changed.
    Readers,
}

/// Whether a count was there to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It was, and is taken.
    Taken,
    /// There was none.
    None,
}

impl Block {
    /// Lowers the writer flag of `slot` if `gone` says of the process which
    /// raised it that it has ended.
    ///
    /// Between that question and the lowering, another unlock could lower the
    /// flag and a client take the lock, which would then be taken from it. So
    /// a reader's count is held meanwhile: it keeps out every client and every
    /// other unlock, and is not possible while the flag's owner reads as well.
    pub fn lower_abandoned_writer(
        self,
        slot: Slot,
        gone: impl FnOnce(i32) -> bool,
    ) -> Result<WriterLeft, Error> {
        let (reader, writer) = (self.reader(slot), self.writer(slot));
        let guard = [Op::zero(reader), Op::undone(reader, 1)];
        if self.set().operate(&guard, Wait::Not)? == Outcome::Busy {
            return Ok(WriterLeft::Readers);
        }
        let found = self.who_raised(writer, gone);
        let end: &[Op] = match found {
            Ok(WriterLeft::Lowered) => &[Op::kept(writer, -1), Op::undone(reader, -1)],
            _ => &[Op::undone(reader, -1)],
        };
        let _ = self.set().operate(end, Wait::Not)?;
        found
    }

    fn who_raised(self, writer: u16, gone: impl FnOnce(i32) -> bool) -> Result<WriterLeft, Error> {
        if self.set().value(writer)? == 0 {
            return Ok(WriterLeft::NotRaised);
        }
        let pid = self.set().pid(writer)?;
        Ok(if gone(pid) {
            WriterLeft::Lowered
        } else {
            WriterLeft::HeldBy(pid)
        })
    }

    /// Takes one count of `semnum` away, whoever's it is. A living holder's
    /// lock is gone with that, and when it ends, its undo takes the next
    /// holder's lock too (semop(2), `SEM_UNDO`).
    pub fn force_down(self, semnum: u16) -> Result<Left, Error> {
        Ok(
            match self.set().operate(&[Op::kept(semnum, -1)], Wait::Not)? {
                Outcome::Done => Left::Taken,
                Outcome::Busy => Left::None,
            },
        )
    }
}
