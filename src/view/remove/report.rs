//! What `semlock remove` removed and what it kept, set by set and in groups.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::judge::{Rule, Verdict};
use crate::system::{Pid, Text};
use crate::sysv::{Semid, Uid};
use crate::view::{RemoveReason, SetHeader};

/// The answer of `semlock remove`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RemoveReport {
    /// The version of this document's format: 1.
    pub schema: u32,
    /// Whether this is what would be done, and nothing was.
    pub dry_run: bool,
    /// The sets that are gone.
    pub removed: Vec<JudgedSet>,
    /// Those of the ones asked for that are still there.
    pub kept: Vec<JudgedSet>,
    /// What nobody can see, so that no verdict tells it.
    pub notes: Vec<String>,
}

/// A set and what is thought of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct JudgedSet {
    /// What it is.
    #[serde(flatten)]
    pub set: SetHeader,
    /// The program that it belongs to, where that is certain.
    pub program: Option<Text>,
    /// What is thought of it.
    pub verdict: Verdict,
    /// What the verdict rests on, and why the set was kept.
    pub evidence: Vec<String>,
    /// The processes that keep the set.
    pub kept_by: Vec<Pid>,
    /// Why it is kept or not, in what it has in common with others.
    #[serde(skip)]
    pub reason: RemoveReason,
}

/// What is done with a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    /// It is removed.
    Remove,
    /// It is kept.
    Keep,
}

/// How many sets of a group are named.
const NAMED: usize = 3;

/// Sets of which the same is to be said.
#[derive(Clone, Debug)]
pub(crate) struct RemoveGroup {
    /// What is done with them.
    pub action: Action,
    /// Whether it is done.
    pub is_done: bool,
    /// Their owners: more than one only where that makes no difference.
    pub owners: Vec<(Uid, Option<Text>)>,
    /// Their program, where it is certain.
    pub program: Option<Text>,
    /// What is thought of them; None where that makes no difference.
    pub verdict: Option<Verdict>,
    /// Why they are kept or not.
    pub reason: RemoveReason,
    /// The processes that keep them.
    pub kept_by: Vec<Pid>,
    /// How many they are.
    pub sets: u32,
    /// The first of them.
    pub semids: Vec<Semid>,
    /// What to do about it: commands for a shell, each with its conditions.
    pub fix: Vec<String>,
}

impl RemoveReport {
    /// The sets in groups: first what is removed, and of each the largest first.
    pub(crate) fn groups(&self) -> Vec<RemoveGroup> {
        let mut groups = grouped(Action::Remove, &self.removed);
        groups.extend(grouped(Action::Keep, &self.kept));
        let is_done = !self.dry_run;
        for group in &mut groups {
            group.is_done = is_done;
        }
        groups
    }
}

fn grouped(action: Action, sets: &[JudgedSet]) -> Vec<RemoveGroup> {
    let mut groups = BTreeMap::new();
    for set in sets {
        let uid = set.set.shape.uid;
        let is_others = set.reason == RemoveReason::OfOthers;
        let kept_by = match set.reason {
            RemoveReason::Rule { rule: Rule::MayBeUsed(_), .. } => &set.kept_by[..],
            _ => &[],
        };
        let verdict = (!is_others).then_some(set.verdict);
        let program = set.program.as_ref().filter(|_| !is_others);
        let owner = (!is_others).then_some(uid);
        let key = (&set.reason, owner, program, verdict.map(Verdict::name), kept_by);
        let group = groups.entry(key).or_insert_with(|| RemoveGroup {
            action,
            is_done: false,
            owners: Vec::new(),
            program: program.cloned(),
            verdict,
            reason: set.reason.clone(),
            kept_by: kept_by.to_vec(),
            sets: 0,
            semids: Vec::new(),
            fix: Vec::new(),
        });
        group.sets += 1;
        if group.semids.len() < NAMED {
            group.semids.push(set.set.semid);
        }
        if let Err(at) = group.owners.binary_search_by_key(&uid, |owner| owner.0) {
            group.owners.insert(at, (uid, set.set.shape.user.clone()));
        }
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.sets));
    groups
}

/// In one line.
impl fmt::Display for JudgedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, verdict, evidence, .. } = self;
        write!(f, "{set}: {verdict}: {}", evidence.join("; "))
    }
}
