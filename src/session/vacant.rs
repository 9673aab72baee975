//! What is done to a block only while no process has or waits for a lock of it:
//! it is removed, or replaced by another one.

use nix::errno::Errno;

use super::{Block, Claim, Mode};
use crate::sysv::{self, Error, Gid, Key, Outcome, Set, SetInfo, Uid, Wait};

/// What a block is like, beside its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSpec {
    /// How many semaphores.
    pub nsems: u16,
    /// The owner's user id.
    pub uid: Uid,
    /// The owner's group id.
    pub gid: Gid,
    /// Permission bits, `0..=0o777`.
    pub mode: u16,
}

/// Why a block was left as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotVacant {
    /// A lock of it is held, or was left behind.
    Locked,
    /// A process waits for a lock of it.
    WaitedOn,
    /// A call failed.
    Failed(Error),
}

/// What is at the key of a block that was removed in order to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceOutcome {
    /// The new block, with every slot free.
    Created(Block),
    /// A set that another process has created in between.
    KeyTaken,
    /// A block like the old one: the new one could not be created.
    Restored(Block, Error),
    /// Nothing: the new one could not be created, and then not the old one either.
    Missing(Error, Error),
}

impl From<Error> for NotVacant {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl BlockSpec {
    /// That of a block whose header is known.
    pub fn of(block: Block, info: &SetInfo) -> Self {
        let permissions = info.permissions;
        let (uid, gid, mode) = (permissions.uid, permissions.gid, permissions.mode);
        Self { nsems: block.nsems(), uid, gid, mode }
    }

    /// Creates such a block at `key`; fails with EEXIST if there is a set already.
    pub fn create(self, key: Key) -> Result<Block, Error> {
        let Self { nsems, uid, gid, mode } = self;
        Ok(Block { set: Set::create_for(key, nsems, mode, uid, gid)?, nsems })
    }
}

impl Block {
    /// Removes the block, unless a process has or waits for a lock of it.
    pub fn remove_if_vacant(self) -> Result<(), NotVacant> {
        self.if_vacant(|| self.remove_unless_awaited())
    }

    /// Puts a block like `new` in the place of this one, which is like `old`, unless
    /// a process has or waits for a lock of it.
    ///
    /// Between the removal and the creation, the work is done where no signal to
    /// this process can end it: [`sysv::uninterrupted`].
    pub fn replace(
        self,
        key: Key,
        old: BlockSpec,
        new: BlockSpec,
    ) -> Result<ReplaceOutcome, NotVacant> {
        self.if_vacant(|| sysv::uninterrupted(|| self.exchange(key, old, new)))
    }

    /// Takes every lock of the block, so that nobody can come in between, looks for
    /// waiters, and does `work`. What fails gives every lock back.
    fn if_vacant<T>(self, work: impl FnOnce() -> Result<T, NotVacant>) -> Result<T, NotVacant> {
        let claim = Claim::new(self, self.all_slots().collect(), Mode::Write);
        if claim.acquire(Wait::Not)? == Outcome::Busy {
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

    /// Fails as [`remove_if_vacant`](Self::remove_if_vacant) would, as far as looking
    /// tells.
    pub fn is_vacant(self) -> Result<(), NotVacant> {
        match (self.raised_slots()?.is_empty(), self.has_waiters()?) {
            (false, _) => Err(NotVacant::Locked),
            (true, true) => Err(NotVacant::WaitedOn),
            (true, false) => Ok(()),
        }
    }

    /// Whether anybody waits for a semaphore of the block.
    fn has_waiters(self) -> Result<bool, Error> {
        for semnum in 0..u32::from(self.nsems()) {
            if self.set().ncnt(semnum)? + self.set().zcnt(semnum)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes the block, every lock of which this process has. Who has come for one
    /// since waits for a writer flag, which is one question for each slot. Who comes
    /// after that question is cut off: the kernel cannot be asked for both at once.
    fn remove_unless_awaited(self) -> Result<(), NotVacant> {
        for slot in self.all_slots() {
            if self.set().zcnt(self.writer(slot).into())? > 0 {
                return Err(NotVacant::WaitedOn);
            }
        }
        Ok(self.set().remove()?)
    }

    /// The same, and creates what is to be in its place.
    fn exchange(
        self,
        key: Key,
        old: BlockSpec,
        new: BlockSpec,
    ) -> Result<ReplaceOutcome, NotVacant> {
        self.remove_unless_awaited()?;
        let is_taken = |error: &Error| error.errno == Errno::EEXIST;
        let failed = match new.create(key) {
            Ok(block) => return Ok(ReplaceOutcome::Created(block)),
            Err(error) if is_taken(&error) => return Ok(ReplaceOutcome::KeyTaken),
            Err(error) => error,
        };
        Ok(match old.create(key) {
            Ok(block) => ReplaceOutcome::Restored(block, failed),
            Err(error) if is_taken(&error) => ReplaceOutcome::KeyTaken,
            Err(error) => ReplaceOutcome::Missing(failed, error),
        })
    }
}
