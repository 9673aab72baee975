//! Releases locks that no holder of semlock's keeps: persistent locks, abandoned locks,
//! and by force those of other processes.

use std::io::{self, Write};

use nix::errno::Errno;

use crate::cmd::shared::{Named, called};
use crate::exit::Exit;
use crate::failure::{self, Failure, Fix, ShellCommand, tell};
use crate::judge::is_gone;
use crate::session::{
    Block, Counts, Flag, PersistentUnlock, ReaderUnlock, Slot, Tag, WriterUnlock, may_be_block,
};
use crate::sysv::{Error, Pid, SetInfo};

/// What is to be unlocked in a block.
pub(super) struct UnlockRequest<'a> {
    pub(super) block: Block,
    pub(super) wanted: &'a [Named],
    pub(super) force: bool,
}

/// What was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Released {
    /// The lock of the slot.
    Whole,
    /// The count of one process, by force.
    Count,
    /// Nothing: it was not locked.
    Nothing,
}

impl Released {
    pub(super) fn exit(self) -> Exit {
        if self == Self::Nothing { Exit::No } else { Exit::Done }
    }
}

impl UnlockRequest<'_> {
    pub(super) fn counts(&self, named: &Named) -> Result<Counts, Failure> {
        self.block.counts(named.slot).map_err(|error| failed(named, error))
    }

    pub(super) fn info(&self, named: &Named) -> Result<SetInfo, Failure> {
        self.block.set().info().map_err(|error| failed(named, error))
    }

    /// Releases a persistent lock, else an abandoned one; by force, that of a process.
    pub(super) fn release(&self, named: &Named) -> Result<Released, Failure> {
        // A tag of sessions is in no other program's set.
        if self.takes_any(named) {
            self.must_be_a_block(named)?;
        }
        if self.take_persistent(named)? == ReaderUnlock::Removed {
            return Ok(Released::Whole);
        }
        self.must_be_a_block(named)?;
        match self.lower_abandoned(named)?.0 {
            WriterUnlock::Lowered => Ok(Released::Whole),
            WriterUnlock::NotRaised => Ok(not_locked(named)),
            WriterUnlock::HeldBy(pid) if self.force => self.force_writer_down(named, pid),
            WriterUnlock::Readers if self.force => self.force_reader_down(named),
            WriterUnlock::HeldBy(pid) => Err(held_by(named, self.block, pid)),
            WriterUnlock::Readers => Err(held_by_readers(named, self.block)),
            // It was taken in the meantime.
            WriterUnlock::Persistent => self.release(named),
        }
    }

    /// Releases the persistent lock that was taken for what is wanted.
    fn take_persistent(&self, named: &Named) -> Result<ReaderUnlock, Failure> {
        let (slot, takes_any) = (named.slot, self.takes_any(named));
        let sessions = self.sessions_on(slot);
        let is_meant = |tag: Tag| takes_any || tag.may_be_of(&sessions);
        let writer = self.block.unlock_persistent_writer(slot, is_meant);
        match writer.map_err(|error| failed(named, error))? {
            PersistentUnlock::Removed => Ok(ReaderUnlock::Removed),
            PersistentUnlock::OtherTag(tag) => Err(for_another(named, self.block, tag)),
            PersistentUnlock::NotThere if takes_any => {
                self.block.unlock_persistent_reader(slot).map_err(|error| failed(named, error))
            }
            PersistentUnlock::NotThere if self.counts(named)?.readers.persistent > 0 => {
                Err(for_whom_is_unknown(named, self.block))
            }
            PersistentUnlock::NotThere => Ok(ReaderUnlock::NotThere),
        }
    }

    /// Whether a persistent lock of the slot is released whatever it was taken for.
    pub(super) fn takes_any(&self, named: &Named) -> bool {
        let mut here = self.wanted.iter().filter(|wanted| wanted.slot == named.slot);
        self.force || here.any(Named::is_by_slot)
    }

    /// The sessions to unlock on the slot.
    fn sessions_on(&self, slot: Slot) -> Vec<&[u8]> {
        let here = self.wanted.iter().filter(|wanted| wanted.slot == slot);
        here.filter(|wanted| !wanted.is_by_slot()).map(|wanted| &wanted.session[..]).collect()
    }

    /// In another program's set, a raised semaphore is no lock.
    fn must_be_a_block(&self, named: &Named) -> Result<(), Failure> {
        let info = self.info(named)?;
        let counts = self.counts(named)?;
        if self.force || may_be_block(&info) || !counts.is_locked() {
            return Ok(());
        }
        let what = format!("unlock {}: its set may not be a block", named.name);
        Err(Failure::new(Exit::CannotCreate, what)
            .cause("a block has a key, and its mode lets its owner read, write and execute: this set may belong to another program")
            .all_fixes(Some(forcing(named, self.block))))
    }

    /// Also returns why it is not known whether the process has ended. Then it counts as alive.
    fn lower_abandoned(&self, named: &Named) -> Result<(WriterUnlock, Option<Errno>), Failure> {
        let mut unread = None;
        let is_gone = |pid| {
            is_gone(pid, self.block.set()).unwrap_or_else(|errno| {
                unread = Some(errno);
                false
            })
        };
        let left = self.block.unlock_abandoned_writer(named.slot, is_gone);
        Ok((left.map_err(|error| failed(named, error))?, unread))
    }

    /// Clears a write lock that an ended process left, and nothing else.
    pub(super) fn clear_abandoned(&self, named: &Named) -> Result<Exit, Failure> {
        self.must_be_a_block(named)?;
        let (left, unread) = self.lower_abandoned(named)?;
        // Some systems never show other processes.
        if let (WriterUnlock::HeldBy(pid), Some(errno)) = (left, unread)
            && errno != Errno::ENOSYS
        {
            let what = format!("inspect {}, which has {}", called(pid), named.name);
            return Err(Failure::io(&what, &errno.into()));
        }
        if left == WriterUnlock::Readers && self.is_abandoned(named)? {
            return Err(readers_stay(named));
        }
        if left == WriterUnlock::Lowered {
            let answer = cleared(named);
            match writeln!(io::stdout(), "{answer}") {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    let failure = Failure::io("write to standard output", &error);
                    return Err(failure.evidence(answer));
                }
                _ => {}
            }
        }
        Ok(Exit::Done)
    }

    /// Whether the writer has ended, with readers or without.
    fn is_abandoned(&self, named: &Named) -> Result<bool, Failure> {
        let counts = self.counts(named)?;
        let gone = counts.flag == Flag::Live && is_gone(counts.pid, self.block.set()) == Ok(true);
        Ok(gone && self.counts(named)? == counts)
    }

    fn force_writer_down(&self, named: &Named, pid: Option<Pid>) -> Result<Released, Failure> {
        self.block.force_unlock_writer(named.slot).map_err(|error| failed(named, error))?;
        tell(&format!(
            "{} had {} and continues without a lock; if it later tries to release it, it waits until another process has the write lock, and releases that one",
            called(pid),
            named.name
        ));
        Ok(Released::Count)
    }

    fn force_reader_down(&self, named: &Named) -> Result<Released, Failure> {
        match self.block.force_unlock_reader(named.slot).map_err(|error| failed(named, error))? {
            ReaderUnlock::NotThere => Ok(not_locked(named)),
            ReaderUnlock::Removed => {
                tell(&format!(
                    "cleared one read lock of {}; if its reader is alive, it continues without a lock, and clears another reader's lock when it ends",
                    named.name
                ));
                Ok(Released::Count)
            }
        }
    }
}

pub(super) fn forcing(named: &Named, block: Block) -> Fix {
    let unlock = ShellCommand::semlock("unlock").arg("--force").option("--id", block.set().semid());
    Fix::from(unlock.args(named.arguments()))
        .note("any process that has it continues without the lock")
}

fn cleared(named: &Named) -> String {
    format!("slot {}: cleared the write lock of a process that has ended", named.slot)
}

fn failed(named: &Named, error: Error) -> Failure {
    Failure::sysv(&format!("unlock {}", named.name), error)
}

fn held_by(named: &Named, block: Block, pid: Option<Pid>) -> Failure {
    Failure::new(Exit::Busy, format!("unlock {}: {} has it", named.name, called(pid)))
        .fix(forcing(named, block))
}

fn held_by_readers(named: &Named, block: Block) -> Failure {
    Failure::new(Exit::Busy, format!("unlock {}: readers have it", named.name))
        .cause(
            "the kernel keeps no list of readers, so one may have ended without releasing its lock",
        )
        .fix(forcing(named, block))
}

fn readers_stay(named: &Named) -> Failure {
    Failure::new(Exit::Busy, format!("clear {}: it has readers", named.name)).cause(
        "the write lock that an ended process left there can be cleared once they have left; \
         unlock --force clears one read lock each time",
    )
}

fn not_locked(named: &Named) -> Released {
    failure::tell_no("unlock", &named.name, "is not locked");
    Released::Nothing
}

fn for_another(named: &Named, block: Block, tag: Tag) -> Failure {
    let what = if tag.is_of_sessions() {
        "for another session, or together with others"
    } else {
        "by its slot, not for a session"
    };
    let (name, slot) = (&named.name, named.slot);
    let what = format!("unlock {name}: slot {slot} has a persistent lock that was taken {what}");
    let fix = Fix::from(by_slot(slot, block)).note("releases it, whatever it was taken for");
    Failure::new(Exit::Busy, what).fix(fix)
}

fn for_whom_is_unknown(named: &Named, block: Block) -> Failure {
    let (name, slot) = (&named.name, named.slot);
    let what = format!("unlock {name}: slot {slot} has a persistent read lock");
    let note = format!("releases one persistent read lock of slot {slot}");
    Failure::new(Exit::Busy, what)
        .cause("the kernel only counts readers, so the session that it was taken for is unknown")
        .fix(Fix::from(by_slot(slot, block)).note(note))
}

fn by_slot(slot: Slot, block: Block) -> ShellCommand {
    let unlock = ShellCommand::semlock("unlock").option("--id", block.set().semid());
    unlock.option("--slot", slot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::assert_harmless;

    #[test]
    fn what_unlock_says_it_cleared_has_no_control_character() {
        assert_harmless("the answer of unlock", |_, texts| {
            let (name, session) = (texts.string(), texts.bytes());
            cleared(&Named { slot: Slot::new(3), name, session })
        });
    }
}
