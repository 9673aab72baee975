//! A set that is asked to go: whether it may, and its removal.

use crate::cmd::Name;
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::process;
use crate::session::{Block, BlockError, Claim, Counts, Mode};
use crate::sysv::{Error, Key, Outcome, Row, Set, Wait};
use crate::verdict::{Judgement, Verdict};
use crate::words::counted;

/// A set, and what is thought of it.
pub(super) struct Candidate<'a> {
    row: &'a Row,
    judgement: &'a Judgement,
    what: String,
    /// Clients find blocks by their key, so a set without one is none.
    block: Option<Result<Block, BlockError>>,
    name: Option<Name>,
}

impl<'a> Candidate<'a> {
    /// The set of `row`, which the user may have called `name`.
    pub fn new(row: &'a Row, judgement: &'a Judgement, name: Option<Name>) -> Self {
        let what = match name {
            Some(name) => format!("remove {name}"),
            None => format!("remove set with semid {}", row.semid),
        };
        let keyed = Some(row).filter(|row| row.key != Key::PRIVATE);
        let block = keyed.map(|row| Block::of(Set::from_id(row.semid)));
        Self { row, judgement, what, block, name }
    }

    /// The session block that the set is, if it is one.
    pub fn block(&self) -> Option<Block> {
        self.block.as_ref()?.as_ref().ok().copied()
    }

    /// Fails as [`remove`](Self::remove) would, as far as looking tells.
    pub fn may_go(&self) -> Result<(), Failure> {
        let Some(block) = self.block() else { return self.is_orphaned() };
        let failed = |error| self.failed(error);
        if !block.raised_slots().map_err(failed)?.is_empty() {
            return Err(self.held());
        }
        if awaited(block).map_err(failed)? { Err(self.awaited()) } else { Ok(()) }
    }

    /// Removes the set if nobody can be using it.
    pub fn remove(&self) -> Result<(), Failure> {
        match self.block() {
            Some(block) => self.remove_block(block),
            None => self.is_orphaned().and_then(|()| self.remove_anyway()),
        }
    }

    /// Removes the set whoever uses it.
    pub fn remove_anyway(&self) -> Result<(), Failure> {
        Set::from_id(self.row.semid).remove().map_err(|error| self.failed(error))
    }

    /// Takes every lock of the block, so that nobody can come in between, looks
    /// for waiters and removes it. A refusal gives every lock back.
    fn remove_block(&self, block: Block) -> Result<(), Failure> {
        let failed = |error| self.failed(error);
        let claim = Claim::new(block, block.all_slots().collect(), Mode::Write);
        if claim.acquire(Wait::Not).map_err(failed)? == Outcome::Busy {
            return Err(self.held());
        }
        let removed = match awaited(block) {
            Ok(true) => Err(self.awaited()),
            Ok(false) => self.remove_anyway(),
            Err(error) => Err(failed(error)),
        };
        removed.or_else(|failure| claim.release().map_err(failed).and(Err(failure)))
    }

    /// A set that is no block has no locks to take: only the verdict speaks for it.
    fn is_orphaned(&self) -> Result<(), Failure> {
        match (self.judgement.verdict, self.judgement.refused) {
            (Verdict::Orphaned, _) => Ok(()),
            (_, Some(error)) => Err(self.failed(error)),
            (_, None) => {
                Err(self.may_be_used().all_evidence(self.judgement.evidence.iter().cloned()))
            }
        }
    }

    fn may_be_used(&self) -> Failure {
        match (self.name, &self.block) {
            // Who names a key takes the set for a block.
            (Some(name @ Name::Key(_)), Some(Err(error))) => name.failure("remove", error),
            _ => self.busy("somebody may be using it"),
        }
    }

    fn held(&self) -> Failure {
        self.busy("somebody holds a lock in it")
            .cause("a client that has a lock now would lose it; semlock status shows who")
    }

    fn awaited(&self) -> Failure {
        self.busy("somebody waits for a lock in it")
            .cause("a Perl client that waits would go on as if it had the lock")
    }

    fn busy(&self, why: &str) -> Failure {
        Failure::new(Exit::Busy, format!("{}: {why}", self.what))
    }

    /// A call failed.
    pub fn failed(&self, error: Error) -> Failure {
        Failure::sysv(&self.what, error)
    }

    /// What is to be done, as "cannot" continues.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Who uses the set now, and goes on without it once it is gone.
    pub fn users(&self) -> Vec<String> {
        let mut users = self.block().map_or_else(Vec::new, writers);
        let waiting = self.judgement.waiting.unwrap_or(0).unsigned_abs();
        let look = if waiting > 0 { process::blocked().blocked } else { Vec::new() };
        let seen = look.into_iter().filter(|blocked| blocked.semid == self.row.semid);
        let seen: Vec<_> = seen.map(|blocked| process::called(blocked.pid)).collect();
        let unseen = waiting.saturating_sub(u32::try_from(seen.len()).unwrap_or(u32::MAX));
        users.extend(seen.into_iter().map(|waiter| format!("{waiter} waits in it")));
        if unseen > 0 {
            users.push(format!("{} in it, unseen", counted(unseen, "waiting process")));
        }
        users
    }
}

/// Whether anybody waits for a semaphore of the block.
fn awaited(block: Block) -> Result<bool, Error> {
    let set = block.set();
    for semnum in 0..block.nsems() {
        if set.ncnt(semnum)? + set.zcnt(semnum)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The slots in use, and the writer of each.
fn writers(block: Block) -> Vec<String> {
    let slots = block.raised_slots().unwrap_or_default();
    let counts = slots.into_iter().flat_map(|slot| block.counts(slot));
    let told = counts.map(|Counts { slot, writer, readers, pid, .. }| {
        if writer {
            format!("{} has the write lock of slot {slot}", process::called(pid))
        } else {
            format!("slot {slot} has {}", counted(readers.unsigned_abs(), "reader"))
        }
    });
    told.collect()
}
