//! Removing or replacing a block while no process holds or waits for one of its locks.

use nix::errno::Errno;

use super::{Block, Claim, Mode};
use crate::sysv::{self, Error, Gid, Key, Outcome, Set, SetInfo, Uid, Wait};

/// The properties of a block, except its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockSpec {
    /// How many semaphores.
    pub nsems: u16,
    /// The owner's user id.
    pub uid: Uid,
    /// The owner's group id.
    pub gid: Gid,
    /// Permission bits, `0..=0o777`.
    pub mode: u16,
}

/// Why a block was neither removed nor replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotVacant {
    /// A slot is locked.
    Locked,
    /// A process waits for a lock.
    WaitedOn,
    /// A call failed.
    Failed(Error),
}

/// What is at the key of a replaced block now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplaceOutcome {
    /// The new block, with every slot free.
    Created(Block),
    /// A set that another process created in between.
    KeyTaken,
    /// A block like the old one: creating the new one failed with this error.
    Restored(Block, Error),
    /// Nothing: creating the new one failed with the first error, and restoring the old one
    /// with the second.
    Missing(Error, Error),
}

impl From<Error> for NotVacant {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl BlockSpec {
    /// The properties of a block with this header.
    pub(crate) fn of(block: Block, info: &SetInfo) -> Self {
        let permissions = info.permissions;
        let (uid, gid, mode) = (permissions.uid, permissions.gid, permissions.mode);
        Self { nsems: block.nsems(), uid, gid, mode }
    }

    /// Creates such a block at `key`. Fails with EEXIST if there is a set already.
    pub(crate) fn create(self, key: Key) -> Result<Block, Error> {
        let Self { nsems, uid, gid, mode } = self;
        Ok(Block { set: Set::create_for(key, nsems, mode, uid, gid)?, nsems })
    }
}

impl Block {
    /// Removes the block unless a slot is locked or waited for.
    pub(crate) fn remove_if_vacant(self) -> Result<(), NotVacant> {
        self.if_vacant(|| self.remove_unless_waited_on())
    }

    /// Replaces this block, which is like `old`, by one like `new`, unless a slot is locked
    /// or waited for. No signal to this process can come between the removal and the
    /// creation: [`sysv::uninterrupted`].
    pub(crate) fn replace(
        self,
        key: Key,
        old: BlockSpec,
        new: BlockSpec,
    ) -> Result<ReplaceOutcome, NotVacant> {
        self.if_vacant(|| sysv::uninterrupted(|| self.exchange(key, old, new)))
    }

    /// Takes every lock of the block, so that no other process can, looks for waiters, and
    /// does `work`. If anything fails, releases every lock.
    ///
    /// Where a process may not have that many locks with undo, it takes them without: if it is
    /// killed, they are left as abandoned ones.
    fn if_vacant<T>(self, work: impl FnOnce() -> Result<T, NotVacant>) -> Result<T, NotVacant> {
        let mut claim = Claim::new(self, self.all_slots().collect(), Mode::Write);
        let mut outcome = claim.acquire(Wait::Not);
        if outcome.is_err_and(|error| error.is_lack_of_undo()) {
            claim = claim.without_undo();
            outcome = claim.acquire(Wait::Not);
        }
        if outcome? == Outcome::Busy {
            return Err(NotVacant::Locked);
        }
        let done = match self.has_waiters() {
            Ok(false) => work(),
            Ok(true) => Err(NotVacant::WaitedOn),
            Err(error) => Err(NotVacant::Failed(error)),
        };
        if done.is_err() {
            claim.release()?;
        }
        done
    }

    /// Whether [`remove_if_vacant`](Self::remove_if_vacant) would succeed now, as far as
    /// can be seen without trying.
    pub(crate) fn is_vacant(self) -> Result<(), NotVacant> {
        if !self.raised_slots()?.is_empty() {
            return Err(NotVacant::Locked);
        }
        if self.has_waiters()? { Err(NotVacant::WaitedOn) } else { Ok(()) }
    }

    /// Whether a process waits for a semaphore of the block.
    pub(super) fn has_waiters(self) -> Result<bool, Error> {
        for semnum in 0..u32::from(self.nsems()) {
            if self.set().ncnt(semnum)? + self.set().zcnt(semnum)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes the block if no process waits for it. This process has every lock, so a new
    /// waiter waits for a writer flag: one check for each slot is enough. If a process starts
    /// to wait after its check, the removal ends its wait, because the kernel cannot check
    /// and remove in one step.
    pub(super) fn remove_unless_waited_on(self) -> Result<(), NotVacant> {
        for slot in self.all_slots() {
            if self.set().zcnt(self.writer(slot).into())? > 0 {
                return Err(NotVacant::WaitedOn);
            }
        }
        Ok(self.set().remove()?)
    }

    /// The same, and creates the new block.
    fn exchange(
        self,
        key: Key,
        old: BlockSpec,
        new: BlockSpec,
    ) -> Result<ReplaceOutcome, NotVacant> {
        self.remove_unless_waited_on()?;
        let failed = match new.create(key) {
            Ok(block) => return Ok(ReplaceOutcome::Created(block)),
            Err(error) => error,
        };
        Ok(match old.create(key) {
            Ok(block) => ReplaceOutcome::Restored(block, failed),
            Err(error) if error.errno == Errno::EEXIST => ReplaceOutcome::KeyTaken,
            Err(error) => ReplaceOutcome::Missing(failed, error),
        })
    }
}
