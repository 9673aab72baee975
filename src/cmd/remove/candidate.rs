//! A set that is asked to go: whether it may, and its removal.

use nix::errno::Errno;

use super::users::{self, By, Use};
use crate::cmd::Name;
use crate::diagnose::{self, Failure};
use crate::exit::Exit;
use crate::session::{Block, BlockError, Claim, Mode};
use crate::sysv::{Asked, Call, Error, Key, Outcome, Set, SetInfo, Wait};
use crate::verdict::{Judgement, Verdict};

/// How many users a refusal names; the others are counted.
const NAMED: usize = 5;

/// A set, and what is thought of it.
pub(super) struct Candidate<'a> {
    row: &'a SetInfo,
    judgement: &'a Judgement,
    what: String,
    /// Clients find blocks by their key, so a set without one is none.
    block: Option<Result<Block, BlockError>>,
    /// Whether its locks decide, if it is a block. What only looks like one may be
    /// another program's, and is left to the verdict.
    by_locks: bool,
    name: Option<Name>,
}

impl<'a> Candidate<'a> {
    /// The set of `row`, which the user may have called `name`. Among several
    /// sets, the one at `key` is the application's block, and another is taken
    /// for one if nobody is seen to use it.
    pub fn new(row: &'a SetInfo, judgement: &'a Judgement, name: Option<Name>, key: Key) -> Self {
        let what = match name {
            Some(name) => format!("remove {name}"),
            None => format!("remove set with semid {}", row.semid),
        };
        let keyed = Some(row).filter(|row| row.key != Key::PRIVATE);
        let block = keyed.map(|row| Block::of(Set::from_id(row.semid)));
        let by_locks = name.is_some() || row.key == key || judgement.verdict == Verdict::Idle;
        Self { row, judgement, what, block, by_locks, name }
    }

    /// The session block that the set is, if it is one.
    pub fn block(&self) -> Option<Block> {
        self.block.as_ref()?.as_ref().ok().copied()
    }

    /// Fails as [`remove`](Self::remove) would, as far as looking tells.
    pub fn may_go(&self) -> Result<(), Failure> {
        self.is_asked_for()?;
        if let Some(block) = self.block() {
            let failed = |error| self.failed(error);
            if !block.raised_slots().map_err(failed)?.is_empty() {
                return Err(self.held(block));
            }
            if awaited(block).map_err(failed)? {
                return Err(self.awaited(block));
            }
        }
        self.is_permitted()
    }

    /// Removes the set if nobody can be using it.
    pub fn remove(&self) -> Result<(), Failure> {
        self.is_asked_for()?;
        match self.block() {
            Some(block) => self.remove_block(block),
            None => self.remove_anyway(),
        }
    }

    /// Removes the set whoever uses it.
    pub fn remove_anyway(&self) -> Result<(), Failure> {
        Set::from_id(self.row.semid).remove().map_err(|error| self.failed(error))
    }

    /// Fails as the kernel does if the caller may not remove the set.
    pub fn is_permitted(&self) -> Result<(), Failure> {
        if diagnose::may_remove(self.row) {
            return Ok(());
        }
        let asked = Asked { semid: Some(self.row.semid), ..Asked::default() };
        Err(self.failed(Error { call: Call::Semctl("IPC_RMID"), errno: Errno::EPERM, asked }))
    }

    /// Takes every lock of the block, so that nobody can come in between, looks
    /// for waiters and removes it. A refusal gives every lock back.
    fn remove_block(&self, block: Block) -> Result<(), Failure> {
        let failed = |error| self.failed(error);
        let claim = Claim::new(block, block.all_slots().collect(), Mode::Write);
        if claim.acquire(Wait::Not).map_err(failed)? == Outcome::Busy {
            return Err(self.held(block));
        }
        let removed = match awaited(block) {
            Ok(true) => Err(None),
            Ok(false) => self.remove_anyway().map_err(Some),
            Err(error) => Err(Some(failed(error))),
        };
        removed.or_else(|failure| {
            claim.release().map_err(failed)?;
            Err(failure.unwrap_or_else(|| self.awaited(block)))
        })
    }

    /// Fails unless the locks decide, or the verdict says that nobody can use it.
    fn is_asked_for(&self) -> Result<(), Failure> {
        match (self.judgement.verdict, self.judgement.refused) {
            (Verdict::Orphaned, _) => Ok(()),
            _ if self.by_locks && self.block().is_some() => Ok(()),
            (_, Some(error)) => Err(self.failed(error)),
            (_, None) => Err(self
                .may_be_used()
                .all_evidence(self.judgement.evidence.iter().cloned())
                .all_evidence(named(self.uses()))),
        }
    }

    fn may_be_used(&self) -> Failure {
        let busy = self.busy("somebody may be using it");
        match (self.name, &self.block) {
            // Who names a key takes the set for a block.
            (Some(name @ Name::Key(_)), Some(Err(error))) => name.failure("remove", error),
            (None, Some(Ok(_))) => busy.cause(format!(
                "it may be another program's; a session block is removed by itself, with --key {}",
                self.row.key
            )),
            _ => busy,
        }
    }

    fn held(&self, block: Block) -> Failure {
        let uses = users::of_block(block);
        let (semlock, semid) = (diagnose::semlock(), self.row.semid);
        let is_left = |by| !uses.is_empty() && uses.iter().all(|one| one.by == by);
        let failure = if is_left(By::Ended) {
            self.busy("locks are left in it by processes that have ended")
                .cause("nobody gives them back any more: they are to be cleared first")
                .fix(format!(
                    "{semlock} unlock --abandoned --all --id {semid} && {semlock} remove --id {semid}"
                ))
        } else if is_left(By::Nobody) {
            self.busy("it has persistent locks")
                .cause("they stay on purpose until somebody unlocks them")
                .fix(format!(
                    "{semlock} unlock --all --id {semid} && {semlock} remove --id {semid}"
                ))
        } else {
            self.busy("somebody holds a lock in it")
                .cause("a client that has a lock now would lose it; semlock status shows who")
        };
        failure.all_evidence(named(uses))
    }

    fn awaited(&self, block: Block) -> Failure {
        self.busy("somebody waits for a lock in it")
            .cause("a Perl client that waits would go on as if it had the lock")
            .all_evidence(named(users::of_block(block)))
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

    /// Who uses the set now.
    fn uses(&self) -> Vec<Use> {
        let waiting = self.judgement.waiting.unwrap_or(0).unsigned_abs();
        self.block().map_or_else(|| users::of_set(self.row, waiting), users::of_block)
    }

    /// The processes that use the set now, and go on without it once it is gone.
    pub fn cut_off(&self) -> Vec<String> {
        let living = self.uses().into_iter().filter(|one| one.by == By::Process);
        living.map(|one| one.what).collect()
    }
}

fn named(uses: Vec<Use>) -> Vec<String> {
    let others = uses.len().saturating_sub(NAMED);
    let mut named: Vec<_> = uses.into_iter().take(NAMED).map(|one| one.what).collect();
    if others > 0 {
        named.push(format!("and {others} more"));
    }
    named
}

/// Whether anybody waits for a semaphore of the block.
fn awaited(block: Block) -> Result<bool, Error> {
    let set = block.set();
    for semnum in 0..u32::from(block.nsems()) {
        if set.ncnt(semnum)? + set.zcnt(semnum)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
