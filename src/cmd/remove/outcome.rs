//! What becomes of a set.

use nix::errno::Errno;

use super::candidate::{Candidate, Refusal};
use super::request::RemoveRequest;
use crate::exit::Exit;
use crate::judge::{Judge, Judgement, Rule, Verdict};
use crate::system::ProcessName;
use crate::sysv::{Error, SetInfo, SetState};
use crate::view::RemoveReason;

/// What becomes of a set.
#[derive(Debug)]
pub(super) enum SetOutcome {
    /// It is removed; with each process that continues without a lock, in words.
    Removed(Vec<String>),
    /// Orphaned sets were asked for, and it is not one.
    NotOrphaned,
    /// Orphaned sets were asked for, and it is the application's block.
    ApplicationBlock,
    /// It was asked for, and is kept.
    Refused(Box<Refusal>),
}

impl SetOutcome {
    /// Removes the set if it may be; a dry run only finds out whether it may.
    pub(super) fn of(
        request: &RemoveRequest,
        candidate: &Candidate,
        verdict: Verdict,
        judge: &Judge,
    ) -> Self {
        let args = request.args;
        if args.many.orphaned && verdict != Verdict::Orphaned {
            return Self::NotOrphaned;
        }
        if args.many.orphaned && request.is_application(candidate.info()) {
            return Self::ApplicationBlock;
        }
        let outcome = match (request.dry_run, args.force) {
            (_, true) => force(request.dry_run, candidate),
            (true, false) => candidate.check().map(|()| warnings(candidate, judge)),
            (false, false) => remove(candidate, judge),
        };
        outcome.map_or_else(|refusal| Self::Refused(refusal.into()), Self::Removed)
    }

    /// Whether the set has vanished in the meantime.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_gone())
    }

    /// The exit status if this were the only set.
    pub(super) fn exit(
        &self,
        request: &RemoveRequest,
        candidate: &Candidate,
        judge: &Judge,
    ) -> Exit {
        let Self::Refused(refusal) = self else { return Exit::Done };
        match **refusal {
            Refusal::MayBeUsed | Refusal::Locked(..) => Exit::Busy,
            Refusal::NotRemovable => Exit::Permission,
            // These need no explanation, which would take its time for each of many sets.
            Refusal::Failed(error) => match error.errno {
                Errno::EACCES => Exit::Permission,
                Errno::EPERM if !request.owns(candidate.info()) => Exit::Permission,
                _ => candidate.failure(**refusal, judge).exit,
            },
        }
    }

    /// The call that failed.
    fn error(&self) -> Option<Error> {
        match self {
            Self::Refused(refusal) => match **refusal {
                Refusal::Failed(error) => Some(error),
                _ => None,
            },
            _ => None,
        }
    }

    /// Why, in terms that group it with other sets.
    pub(super) fn reason(
        &self,
        request: &RemoveRequest,
        info: &SetInfo,
        state: Option<&SetState>,
        judgement: &Judgement,
        judge: &Judge,
    ) -> RemoveReason {
        match (self, self.error()) {
            (Self::Removed(_), _) => by_rule(judgement, state, judge),
            _ if !request.owns(info) => RemoveReason::OfOthers,
            (Self::ApplicationBlock, _) => RemoveReason::Application,
            (_, Some(error)) if judgement.refused.is_none() => {
                RemoveReason::Failed(error.to_string())
            }
            _ => by_rule(judgement, state, judge),
        }
    }
}

fn by_rule(judgement: &Judgement, state: Option<&SetState>, judge: &Judge) -> RemoveReason {
    let called = |pid| {
        let name = judge.processes().get(pid).map(|process| &process.name);
        ProcessName(pid, name).to_string()
    };
    let by = match judgement.rule {
        Rule::UsedLast(pid) => called(pid),
        Rule::MayBeUsed(pid) => match judgement.kept_by.len().saturating_sub(1) {
            0 => called(pid),
            1 => format!("{} and another", called(pid)),
            others => format!("{} and {others} others", called(pid)),
        },
        _ => String::new(),
    };
    let without_users = || match state.map(|state| judge.rule_without_users(state)) {
        None => Rule::Unreadable,
        // No longer, by the time that anybody has typed the command.
        Some(Rule::Recent) => Rule::Orphaned,
        Some(rule) => rule,
    };
    let without_them = match judgement.rule {
        Rule::MayBeUsed(_) => without_users(),
        rule => rule,
    };
    RemoveReason::Rule { rule: judgement.rule, by, without_them }
}

/// Removes the set if it may be. Returns the processes that may have it open.
fn remove(candidate: &Candidate, judge: &Judge) -> Result<Vec<String>, Refusal> {
    let warnings = warnings(candidate, judge);
    candidate.remove()?;
    Ok(warnings)
}

/// The processes that may have a block open without a lock.
fn warnings(candidate: &Candidate, judge: &Judge) -> Vec<String> {
    let openers = candidate.openers(judge).into_iter();
    openers
        .map(|opener| format!("{opener} may have it open, and continues without a lock"))
        .collect()
}

/// Removes the set, whatever uses it. Returns what used it.
fn force(dry_run: bool, candidate: &Candidate) -> Result<Vec<String>, Refusal> {
    let users = candidate.cut_off();
    let what_then = if dry_run {
        candidate.check_permission()?;
        "might continue"
    } else {
        candidate.remove_by_force()?;
        "may continue"
    };
    Ok(users.iter().map(|user| format!("{user}, and {what_then} without a lock")).collect())
}
