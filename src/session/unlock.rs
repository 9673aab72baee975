//! Taking back counts that were left in a block without a process.

use super::{Block, Flag, Readers, Slot, Tag};
use crate::sysv::{Error, Op, Outcome, Wait};

/// What became of an attempt to lower a slot's writer flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterUnlock {
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

/// What became of an attempt to take a persistent write lock back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersistentUnlock {
    /// There was one that was meant, and it is taken.
    Removed,
    /// There is none.
    NotThere,
    /// There is one that is not meant; nothing was changed.
    OtherTag(Tag),
}

/// Whether a count was there to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderUnlock {
    /// It was, and is taken.
    Removed,
    /// There was none.
    NotThere,
}

impl Block {
    /// Lowers the writer flag of `slot` if `gone` says of the process which
    /// raised it that it has ended.
    ///
    /// Between that question and the lowering, another unlock could lower the
    /// flag and a client take the lock, which would then be taken from it. So
    /// a reader's count is held in the meantime: it keeps out every client and every
    /// other unlock, and is not possible while the flag's owner reads as well.
    pub fn unlock_abandoned_writer(
        self,
        slot: Slot,
        gone: impl FnOnce(i32) -> bool,
    ) -> Result<WriterUnlock, Error> {
        let (reader, writer) = (self.reader(slot), self.writer(slot));
        let guard = [Op::zero(reader), Op::with_undo(reader, 1)];
        if self.set().operate(&guard, Wait::Not)? == Outcome::Busy {
            return Ok(WriterUnlock::Readers);
        }
        let found = self.who_raised(writer, gone);
        let end: &[Op] = match found {
            Ok(WriterUnlock::Lowered) => &[Op::without_undo(writer, -1), Op::with_undo(reader, -1)],
            _ => &[Op::with_undo(reader, -1)],
        };
        let _ = self.set().operate(end, Wait::Not)?;
        found
    }

    fn who_raised(
        self,
        writer: u16,
        gone: impl FnOnce(i32) -> bool,
    ) -> Result<WriterUnlock, Error> {
        let pid = self.set().pid(writer.into())?;
        let is_gone = gone(pid);
        // Asked for only then: one that is gone gave back before what the kernel
        // gives back, and whoever came since would be named now.
        let (value, last) = (self.value(writer)?, self.set().pid(writer.into())?);
        Ok(match Flag::of(value) {
            Flag::Free => WriterUnlock::NotRaised,
            Flag::Live if is_gone && last == pid => WriterUnlock::Lowered,
            Flag::Live | Flag::Foreign(_) => WriterUnlock::HeldBy(last),
            Flag::Persistent(_) => WriterUnlock::Persistent,
        })
    }

    /// Takes back the persistent write lock of `slot` if its tag `is_meant`. Exactly
    /// the lock that was asked about goes, or none.
    pub fn unlock_persistent_writer(
        self,
        slot: Slot,
        is_meant: impl Fn(Tag) -> bool,
    ) -> Result<PersistentUnlock, Error> {
        let writer = self.writer(slot);
        loop {
            match Flag::of(self.value(writer)?) {
                Flag::Persistent(tag) if is_meant(tag) => {
                    // Busy: it is another lock by now.
                    if self.set().operate(&tag.taking(writer), Wait::Not)? == Outcome::Done {
                        return Ok(PersistentUnlock::Removed);
                    }
                }
                Flag::Persistent(tag) => return Ok(PersistentUnlock::OtherTag(tag)),
                _ => return Ok(PersistentUnlock::NotThere),
            }
        }
    }

    /// Takes back one persistent read lock of `slot`. The count does not tell what it
    /// was taken for.
    pub fn unlock_persistent_reader(self, slot: Slot) -> Result<ReaderUnlock, Error> {
        self.lower(self.reader(slot), Readers::PERSISTENT)
    }

    /// Takes back every persistent lock that there is now, whatever it was taken for.
    /// A lock that changes in the meantime is left. How many semaphores were lowered.
    pub fn unlock_all_persistent(self) -> Result<usize, Error> {
        let values = self.set().values()?;
        let (readers, writers) = values.split_at(self.slots().into());
        let flags = self.all_slots().zip(writers);
        let flags = flags.filter_map(|(slot, &value)| match Flag::of(value) {
            Flag::Persistent(tag) => Some(tag.taking(self.writer(slot))),
            _ => None,
        });
        let counts = self.all_slots().zip(readers);
        let counts = counts.flat_map(|(slot, &value)| {
            let one = [Op::without_undo(self.reader(slot), -Readers::PERSISTENT)];
            (0..Readers::of(value).persistent).map(move |_| one)
        });
        let (flags, counts): (Vec<_>, Vec<_>) = (flags.collect(), counts.collect());
        Ok(self.operate_where_possible(&flags)? + self.operate_where_possible(&counts)?)
    }

    /// Takes one reader's count away, whoever's it is. If that reader lives, it
    /// goes on without a lock, and once it ends the count of another goes too.
    pub fn force_unlock_reader(self, slot: Slot) -> Result<ReaderUnlock, Error> {
        self.lower(self.reader(slot), 1)
    }

    /// Lowers the writer flag, whoever's it is, and makes the kernel forget the
    /// holder's undo (semctl(2) `SETVAL`): the holder's end then takes nothing
    /// from the next one. A holder that lives goes on without a lock, and if it
    /// gives back explicitly, waits for another writer's flag and takes that.
    pub fn force_unlock_writer(self, slot: Slot) -> Result<(), Error> {
        self.set().reset(self.writer(slot).into())
    }

    fn lower(self, semnum: u16, amount: i16) -> Result<ReaderUnlock, Error> {
        Ok(match self.set().operate(&[Op::without_undo(semnum, -amount)], Wait::Not)? {
            Outcome::Done => ReaderUnlock::Removed,
            Outcome::Busy => ReaderUnlock::NotThere,
        })
    }
}
