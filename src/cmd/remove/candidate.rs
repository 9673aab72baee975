//! A set that is to be removed: whether it may be, and its removal.

use jiff::Timestamp;

use super::next_steps::MAX_IGNORED;
use crate::cmd::shared::set_uses::{self, SetUse, UseKind};
use crate::cmd::shared::{Name, refusal};
use crate::exit::Exit;
use crate::failure::{self, Action, Failure, Fix, ShellCommand};
use crate::judge::{self, Judge, Judgement, Rule, Verdict};
use crate::session::{Block, NotVacant, may_be_block};
use crate::sysv::{Error, Set, SetInfo, SetState};

/// A set as it is now, and the verdict on it.
pub(super) struct Candidate<'a> {
    info: SetInfo,
    state: Option<&'a SetState>,
    judgement: &'a Judgement,
    /// What the set is called, and what is to be done, as "cannot" continues.
    object: String,
    what: String,
    criterion: Criterion,
}

/// Why a set is not removed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    /// It is not orphaned.
    MayBeUsed,
    /// A process has or waits for a lock of the block, or a lock was left in it.
    Locked(Block, NotVacant),
    /// The caller may not remove it.
    NotRemovable,
    /// A call failed.
    Failed(Error),
}

/// What decides whether a set may be removed.
enum Criterion {
    /// Its locks: it was named, and is a block.
    Locks(Block),
    /// Nothing: it was named, and never used.
    Untouched,
    /// The verdict.
    Verdict,
}

impl<'a> Candidate<'a> {
    /// The set of `info`, which the user may have called `name`.
    pub(super) fn new(
        info: SetInfo,
        state: Option<&'a SetState>,
        judgement: &'a Judgement,
        name: Option<Name>,
    ) -> Self {
        let object = match name {
            Some(name) if may_be_block(&info) => name.to_string(),
            Some(name) => name.of_a_set(),
            None => format!("set with semid {}", info.semid),
        };
        let criterion = Criterion::of(&info, state, name);
        Self { info, state, judgement, what: format!("remove {object}"), object, criterion }
    }

    /// Refuses as [`remove`](Self::remove) would, as far as can be seen.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        self.check_verdict()?;
        if let Criterion::Locks(block) = self.criterion {
            block.is_vacant().map_err(|kept| Refusal::of(block, kept))?;
        }
        self.check_permission()
    }

    /// Removes the set if nobody could still use it.
    pub(super) fn remove(&self) -> Result<(), Refusal> {
        self.check_verdict()?;
        match self.criterion {
            Criterion::Locks(block) => {
                block.remove_if_vacant().map_err(|kept| Refusal::of(block, kept))
            }
            Criterion::Untouched | Criterion::Verdict => self.remove_by_force(),
        }
    }

    /// Removes the set whoever uses it.
    pub(super) fn remove_by_force(&self) -> Result<(), Refusal> {
        Set::from_id(self.info.semid).remove().map_err(Refusal::Failed)
    }

    /// Refuses as the kernel does if this user may not remove the set.
    pub(super) fn check_permission(&self) -> Result<(), Refusal> {
        if Action::Remove.is_permitted(&self.info) { Ok(()) } else { Err(Refusal::NotRemovable) }
    }

    /// Refuses if the verdict decides, and a living process may be using the set.
    fn check_verdict(&self) -> Result<(), Refusal> {
        match (&self.criterion, self.judgement.verdict, self.judgement.refused) {
            (Criterion::Locks(_) | Criterion::Untouched, ..) | (_, Verdict::Orphaned, _) => Ok(()),
            (_, _, Some(error)) => Err(Refusal::Failed(error)),
            (_, _, None) => Err(Refusal::MayBeUsed),
        }
    }

    /// A refusal in full.
    pub(super) fn failure(&self, refusal: Refusal, judge: &Judge) -> Failure {
        match refusal {
            Refusal::MayBeUsed => self.may_be_used(judge),
            Refusal::Locked(block, kept) => self.kept(block, kept),
            Refusal::NotRemovable => failure::not_removable(&self.what, &self.info),
            Refusal::Failed(error) => self.failed(error),
        }
    }

    fn may_be_used(&self, judge: &Judge) -> Failure {
        let why = match self.judgement.verdict {
            Verdict::InUse => "it is in use",
            Verdict::Unknown => "it is unknown whether it is in use",
            Verdict::Idle | Verdict::Orphaned => "it may be in use",
        };
        self.busy(why)
            .all_evidence(self.judgement.evidence.iter().cloned())
            .all_evidence(refusal::named(self.uses()))
            .all_fixes(self.ignoring(judge))
            .fix(self.forcing())
    }

    /// The command that removes the set if the processes that keep it have nothing to do
    /// with it, or if it is not too new. None if it would be kept all the same.
    fn ignoring(&self, judge: &Judge) -> Option<Fix> {
        let pids = &self.judgement.kept_by;
        let is_idle = self.judgement.verdict == Verdict::Idle && pids.len() <= MAX_IGNORED;
        let state = self.state.filter(|_| is_idle)?;
        if !matches!(judge.rule_without_users(state), Rule::Orphaned | Rule::Recent) {
            return None;
        }
        let ignored = pids.iter().flat_map(|pid| ["--ignore".into(), pid.to_string()]);
        let new = judge::is_recent(&self.info, Timestamp::now()).then_some(["--idle", "0s"]);
        let why = match pids.len() {
            0 => "if no program has just created it",
            1 => "if that process has nothing to do with it",
            _ => "if those processes have nothing to do with it",
        };
        let remove = self.removal().args(ignored).args(new.into_iter().flatten());
        Some(Fix::from(remove).note(why))
    }

    fn forcing(&self) -> Fix {
        Fix::from(self.removal().arg("--force"))
            .note("any process that uses it continues without it")
    }

    fn removal(&self) -> ShellCommand {
        ShellCommand::semlock("remove").option("--id", self.info.semid)
    }

    /// Refused because a process has a lock of the block, or waits for one.
    fn kept(&self, block: Block, kept: NotVacant) -> Failure {
        let target = Name::Id(self.info.semid).option();
        match kept {
            NotVacant::Failed(error) => self.failed(error),
            NotVacant::Locked => {
                refusal::held(&self.what, block, target, self.removal()).fix(self.forcing())
            }
            NotVacant::WaitedOn => refusal::waited_for(&self.what, block).fix(self.forcing()),
        }
    }

    fn busy(&self, why: &str) -> Failure {
        Failure::new(Exit::Busy, format!("{}: {why}", self.what))
    }

    fn failed(&self, error: Error) -> Failure {
        Failure::sysv(&self.what, error)
    }

    /// What the set is called in messages.
    pub(super) fn object(&self) -> &str {
        &self.object
    }

    /// The set.
    pub(super) fn info(&self) -> &SetInfo {
        &self.info
    }

    /// The block whose locks decide, if it is one.
    pub(super) fn block(&self) -> Option<Block> {
        match self.criterion {
            Criterion::Locks(block) => Some(block),
            Criterion::Untouched | Criterion::Verdict => None,
        }
    }

    /// What uses the set now. Of a set that is not a block, only waiting processes are seen.
    fn uses(&self) -> Vec<SetUse> {
        let waiting = self.judgement.waiting.unwrap_or(0);
        let block = Some(self.info).filter(may_be_block);
        match block.and_then(|info| Block::of(Set::from_id(info.semid)).ok()) {
            Some(block) => set_uses::of_block(block),
            None => set_uses::of_set(self.info.semid, waiting),
        }
    }

    /// The processes that use the set now, and continue without it once it is gone.
    pub(super) fn cut_off(&self) -> Vec<String> {
        let living = self.uses().into_iter().filter(|one| one.kind == UseKind::Process);
        living.map(|one| one.text).collect()
    }

    /// The processes that have semaphore calls and may have the block open without a lock.
    pub(super) fn openers(&self, judge: &Judge) -> Vec<String> {
        match (&self.criterion, self.state) {
            (Criterion::Locks(_), Some(state)) => refusal::openers(judge, state),
            _ => Vec::new(),
        }
    }
}

impl Refusal {
    fn of(block: Block, kept: NotVacant) -> Self {
        match kept {
            NotVacant::Failed(error) => Self::Failed(error),
            NotVacant::Locked | NotVacant::WaitedOn => Self::Locked(block, kept),
        }
    }

    /// Whether the set has vanished.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, Self::Failed(error) if error.is_gone())
    }
}

impl Criterion {
    fn of(info: &SetInfo, state: Option<&SetState>, name: Option<Name>) -> Self {
        if name.is_none() {
            return Self::Verdict;
        }
        let block = may_be_block(info).then(|| Block::of(Set::from_id(info.semid)));
        match (block, state) {
            (Some(Ok(block)), _) => Self::Locks(block),
            (_, Some(state)) if state.is_untouched() && state.waiting() == 0 => Self::Untouched,
            _ => Self::Verdict,
        }
    }
}
