//! Removing locks that no process will release.

use super::{Block, Flag, Readers, Slot, Tag};
use crate::sysv::{Error, Op, Outcome, Pid, Wait};

/// The outcome of unlocking an abandoned write lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriterUnlock {
    /// The flag was raised by a process that has ended; it is lowered.
    Lowered,
    /// The flag is not raised.
    NotRaised,
    /// This process, the last to change the flag, may still hold the lock; nothing was
    /// changed. None if it is of another pid namespace.
    HeldBy(Option<Pid>),
    /// The lock is persistent; nothing was changed.
    Persistent,
    /// There are readers, or another unlock is running; nothing was changed.
    Readers,
}

/// The outcome of unlocking a persistent write lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersistentUnlock {
    /// The lock is removed.
    Removed,
    /// There is no persistent write lock.
    NotThere,
    /// The lock has this tag, which was not asked for; nothing was changed.
    OtherTag(Tag),
}

/// The outcome of removing a read lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReaderUnlock {
    /// One lock is removed.
    Removed,
    /// There was no such lock.
    NotThere,
}

impl Block {
    /// Lowers the writer flag of `slot` if `is_gone` says that the process that raised it
    /// has ended.
    ///
    /// Between that question and the lowering, another unlock could lower the flag, and a
    /// client could take the lock and lose it here. So a reader's count is held in the
    /// meantime: it keeps out every client and every other unlock. It cannot be taken
    /// while there are readers.
    pub(crate) fn unlock_abandoned_writer(
        self,
        slot: Slot,
        is_gone: impl FnOnce(Option<Pid>) -> bool,
    ) -> Result<WriterUnlock, Error> {
        let (reader, writer) = (self.reader(slot), self.writer(slot));
        let guard = [Op::zero(reader), Op::with_undo(reader, 1)];
        if self.set().operate(&guard, Wait::Not)? == Outcome::Busy {
            return Ok(WriterUnlock::Readers);
        }
        let found = self.writer_state(writer, is_gone);
        let without_guard = Op::with_undo(reader, -1);
        if found == Ok(WriterUnlock::Lowered) {
            let lowered = [Op::without_undo(writer, -1), without_guard];
            if self.set().operate(&lowered, Wait::Not)? == Outcome::Done {
                return found;
            }
        }
        let _ = self.set().operate(&[without_guard], Wait::Not)?;
        // Busy: a forced unlock has lowered the flag, or has taken the guard away.
        found
            .map(|found| if found == WriterUnlock::Lowered { WriterUnlock::Readers } else { found })
    }

    fn writer_state(
        self,
        writer: u16,
        is_gone: impl FnOnce(Option<Pid>) -> bool,
    ) -> Result<WriterUnlock, Error> {
        let before = Flag::of(self.value(writer)?);
        let pid = self.set().pid(writer.into())?;
        // A flag that is raised only after the question is the lock of a living process, even
        // if that has the pid of an ended one: lock --drain passes the guard.
        let is_gone = before == Flag::Live && is_gone(pid);
        // Read only now: the kernel releases the locks of a process before it is gone, and a
        // process that has locked the slot since is the last one now.
        let (value, last) = (self.value(writer)?, self.set().pid(writer.into())?);
        Ok(match Flag::of(value) {
            Flag::Free => WriterUnlock::NotRaised,
            Flag::Live if is_gone && last == pid => WriterUnlock::Lowered,
            Flag::Live | Flag::Foreign(_) => WriterUnlock::HeldBy(last),
            Flag::Persistent(_) => WriterUnlock::Persistent,
        })
    }

    /// Removes the persistent write lock of `slot` if its tag `is_meant`: exactly the lock
    /// that was asked about, or none.
    pub fn unlock_persistent_writer(
        self,
        slot: Slot,
        is_meant: impl Fn(Tag) -> bool,
    ) -> Result<PersistentUnlock, Error> {
        let writer = self.writer(slot);
        loop {
            match Flag::of(self.value(writer)?) {
                Flag::Persistent(tag) if is_meant(tag) => {
                    // If busy, it is another lock by now.
                    if self.set().operate(&tag.removal(writer), Wait::Not)? == Outcome::Done {
                        return Ok(PersistentUnlock::Removed);
                    }
                }
                Flag::Persistent(tag) => return Ok(PersistentUnlock::OtherTag(tag)),
                _ => return Ok(PersistentUnlock::NotThere),
            }
        }
    }

    /// Removes one persistent read lock of `slot`. The count does not tell what it was taken
    /// for.
    pub(crate) fn unlock_persistent_reader(self, slot: Slot) -> Result<ReaderUnlock, Error> {
        self.lower(self.reader(slot), Readers::PERSISTENT)
    }

    /// Removes every persistent lock, whatever it was taken for, unless it changes in the
    /// meantime. Returns how many were removed.
    pub(crate) fn unlock_all_persistent(self) -> Result<usize, Error> {
        let values = self.set().values()?;
        let (readers, writers) = values.split_at(self.slots().into());
        let flags = self.all_slots().zip(writers);
        let flags = flags.filter_map(|(slot, &value)| match Flag::of(value) {
            Flag::Persistent(tag) => Some(tag.removal(self.writer(slot))),
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

    /// Removes one reader's count, whichever reader has it. If that reader lives, it goes
    /// on without a lock, and when it ends, the kernel removes another one's count.
    pub(crate) fn force_unlock_reader(self, slot: Slot) -> Result<ReaderUnlock, Error> {
        self.lower(self.reader(slot), 1)
    }

    /// Lowers the writer flag, whichever process has raised it, and clears the holder's
    /// undo: semctl(2) `SETVAL`. So the end of the holder takes no lock from the next one.
    /// A holder that lives continues without a lock; if it releases the lock itself, it waits
    /// for the next writer and takes that lock away.
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
