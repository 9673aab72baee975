//! A verdict, and what it rests on.

use super::{Rule, Verdict};
use crate::system::{Pid, Text};
use crate::sysv::{Error, SetState, UNNAMED_PROCESS};

/// A verdict and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub verdict: Verdict,
    pub rule: Rule,
    /// Why, a sentence each.
    pub evidence: Vec<String>,
    /// The processes that keep the set, ascending; empty if nothing keeps it, or no
    /// process that is known.
    pub kept_by: Vec<Pid>,
    /// Whether those may have nothing to do with it, and it is orphaned once they are
    /// ignored: there is one, or none of them is seen to have semaphore calls.
    pub may_be_ignored: bool,
    /// How many processes wait on the set; None if that may not be read.
    pub waiting: Option<u32>,
    /// The last process that worked on its semaphores, if all name the same one; 0 for
    /// one of another pid namespace.
    pub sempid: Option<i32>,
    /// The program that it belongs to; None if that is not certain.
    pub program: Option<Text>,
    /// Why its semaphores could not be read.
    pub refused: Option<Error>,
}

impl Judgement {
    pub(super) fn new(rule: Rule, evidence: impl Into<String>) -> Self {
        Self {
            verdict: rule.verdict(),
            rule,
            evidence: vec![evidence.into()],
            kept_by: Vec::new(),
            may_be_ignored: false,
            waiting: Some(0),
            sempid: None,
            program: None,
            refused: None,
        }
    }

    pub(super) fn kept_by(mut self, pids: impl IntoIterator<Item = Pid>) -> Self {
        self.kept_by.extend(pids);
        self.kept_by.sort_unstable();
        self
    }

    /// Adds that the last process to use it has no pid here, where that matters.
    pub(super) fn used_elsewhere(mut self, state: &SetState) -> Self {
        let is_open = matches!(self.verdict, Verdict::Idle | Verdict::Unknown);
        if is_open && super::last_use::sempid(state) == Some(0) {
            self.evidence.insert(0, format!("{UNNAMED_PROCESS} was the last to use it"));
        }
        self
    }

    /// Of a set whose semaphores could not be read.
    pub(crate) fn unreadable(error: Error) -> Self {
        let evidence = format!("its semaphores cannot be read: {error}");
        Self { waiting: None, refused: Some(error), ..Self::new(Rule::Unreadable, evidence) }
    }
}
