//! One set: what it is now, what becomes of it, and what is said of it.

use super::candidate::Candidate;
use super::outcome::SetOutcome;
use super::request::RemoveRequest;
use crate::cmd::shared::Name;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::judge::{self, Judge, Judgement};
use crate::sysv::SetInfo;
use crate::view::{JudgedSet, RemoveReason, SetHeader};

/// What became of a set.
pub(super) struct SetResult {
    pub outcome: SetOutcome,
    pub set: JudgedSet,
    /// The exit status if it were the only set.
    pub exit: Exit,
    /// Why it is refused, in full, if that is to be said.
    pub failure: Option<Failure>,
    /// What it is called in messages.
    pub object: String,
    /// Whether its locks decided.
    pub is_block: bool,
}

/// Removes or keeps a set as it is now. None if it has vanished, or is no longer one that
/// was asked for.
pub(super) fn remove_or_keep(
    request: &RemoveRequest,
    judge: &Judge,
    listed: &SetInfo,
    name: Option<Name>,
    is_explained: bool,
) -> Option<SetResult> {
    let (state, judgement) = judge::judge_again(judge, listed.semid)?;
    let info = state.as_ref().map_or(*listed, |state| state.info);
    if info.key != listed.key || name.is_none() && !is_selected(request, &info, &judgement) {
        return None;
    }
    let candidate = Candidate::new(info, state.as_ref(), &judgement, name);
    let outcome = SetOutcome::of(request, &candidate, judgement.verdict, judge);
    if outcome.is_gone() {
        return None;
    }
    let failure = match &outcome {
        SetOutcome::Refused(refusal) if is_explained => Some(candidate.failure(**refusal, judge)),
        _ => None,
    };
    let exit = match &failure {
        Some(failure) => failure.exit,
        None => outcome.exit(request, &candidate, judge),
    };
    let reason = outcome.reason(request, &info, state.as_ref(), &judgement, judge);
    let (object, is_block) = (candidate.object().into(), candidate.block().is_some());
    let header = SetHeader::of(&info, &request.names);
    let set = explained(judged(header, judgement, reason), failure.as_ref());
    Some(SetResult { outcome, set, exit, failure, object, is_block })
}

fn judged(set: SetHeader, judgement: Judgement, reason: RemoveReason) -> JudgedSet {
    let Judgement { program, verdict, evidence, kept_by, .. } = judgement;
    JudgedSet { set, program, verdict, evidence, kept_by, reason }
}

/// The program of a set depends on the processes that live.
fn is_selected(request: &RemoveRequest, info: &SetInfo, judgement: &Judgement) -> bool {
    request.selection.matches(info) && request.selection.matches_judgement(judgement)
}

/// The set, with the reason of the refusal as evidence.
fn explained(mut set: JudgedSet, failure: Option<&Failure>) -> JudgedSet {
    let Some(failure) = failure else { return set };
    set.evidence.push(format!("cannot {}", failure.headline()));
    let found = failure.evidence_lines().iter().filter(|one| !set.evidence.contains(one));
    let found: Vec<_> = found.cloned().collect();
    set.evidence.extend(found);
    set
}
