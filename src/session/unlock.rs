//! Taking back counts that were left in a block without a process.

use super::{Block, Mode, Slot};
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
    /// It stays raised on purpose, without a process; nothing was changed.
    Persistent,
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
        let found = self.who_raised(writer.into(), gone);
        let end: &[Op] = match found {
            Ok(WriterLeft::Lowered) => &[Op::kept(writer, -1), Op::undone(reader, -1)],
            _ => &[Op::undone(reader, -1)],
        };
        let _ = self.set().operate(end, Wait::Not)?;
        found
    }

    fn who_raised(self, writer: u32, gone: impl FnOnce(i32) -> bool) -> Result<WriterLeft, Error> {
        let pid = self.set().pid(writer)?;
        let is_gone = gone(pid);
        // Asked for only then: one that is gone gave back before what the kernel
        // gives back, and whoever came since would be named now.
        let (value, last) = (self.set().value(writer)?, self.set().pid(writer)?);
        Ok(match value {
            0 => WriterLeft::NotRaised,
            1 if is_gone && last == pid => WriterLeft::Lowered,
            1 => WriterLeft::HeldBy(last),
            _ => WriterLeft::Persistent,
        })
    }

    /// Takes back one persistent lock of `slot`, a writer's or a reader's.
    pub fn take_persistent(self, slot: Slot) -> Result<Left, Error> {
        match self.take_down(self.writer(slot), Mode::Write.persistent())? {
            Left::Taken => Ok(Left::Taken),
            Left::None => self.take_down(self.reader(slot), Mode::Read.persistent()),
        }
    }

    /// Takes one reader's count away, whoever's it is. If that reader lives, it
    /// goes on without a lock, and once it ends the count of another goes too.
    pub fn force_reader_down(self, slot: Slot) -> Result<Left, Error> {
        self.take_down(self.reader(slot), 1)
    }

    /// Lowers the writer flag, whoever's it is, and makes the kernel forget the
    /// holder's undo (semctl(2) `SETVAL`): the holder's end then takes nothing
    /// from the next one. A holder that lives goes on without a lock, and if it
    /// gives back explicitly, waits for another writer's flag and takes that.
    pub fn force_writer_down(self, slot: Slot) -> Result<(), Error> {
        self.set().reset(self.writer(slot).into())
    }

    fn take_down(self, semnum: u16, amount: i16) -> Result<Left, Error> {
        Ok(match self.set().operate(&[Op::kept(semnum, -amount)], Wait::Not)? {
            Outcome::Done => Left::Taken,
            Outcome::Busy => Left::None,
        })
    }
}
