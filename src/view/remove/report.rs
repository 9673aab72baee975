//! What `semlock remove` removed and what it kept, set by set and in groups.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::judge::{Rule, Verdict};
use crate::system::{Pid, Text, printable};
use crate::sysv::{Semid, Uid};
use crate::view::{RemoveReason, SetHeader};

/// The answer of `semlock remove`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RemoveReport {
    pub schema: u32,
    /// Whether this is what would be done, and nothing was.
    pub dry_run: bool,
    /// The sets that are gone.
    pub removed: Vec<JudgedSet>,
    /// Those of the ones asked for that are still there.
    pub kept: Vec<JudgedSet>,
    /// What no survey can see.
    pub notes: Vec<String>,
}

/// A set and its verdict.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct JudgedSet {
    #[serde(flatten)]
    pub set: SetHeader,
    /// The program that it belongs to, where that is certain.
    pub program: Option<Text>,
    pub verdict: Verdict,
    /// What the verdict rests on, and why the set was kept.
    pub evidence: Vec<String>,
    pub kept_by: Vec<Pid>,
    /// Why it is kept or not, in what it has in common with others.
    #[serde(skip)]
    pub reason: RemoveReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RemoveAction {
    Remove,
    Keep,
}

/// How many sets of a group are named.
const MAX_NAMED: usize = 3;

/// Sets that are kept or removed for the same reason.
#[derive(Clone, Debug)]
pub(crate) struct RemoveGroup {
    /// What is done with them.
    pub action: RemoveAction,
    /// Whether it is done.
    pub is_done: bool,
    /// Their owners: more than one only where that makes no difference.
    pub owners: Vec<(Uid, Option<Text>)>,
    pub program: Option<Text>,
    /// What is thought of them; None where that makes no difference.
    pub verdict: Option<Verdict>,
    pub reason: RemoveReason,
    pub kept_by: Vec<Pid>,
    pub sets: u32,
    pub semids: Vec<Semid>,
    /// What to do about it: commands for a shell, each with its conditions.
    pub fix: Vec<String>,
}

impl RemoveReport {
    /// Groups the sets: those that are removed come first, then the largest.
    pub(crate) fn groups(&self) -> Vec<RemoveGroup> {
        let mut groups = grouped(RemoveAction::Remove, &self.removed);
        groups.extend(grouped(RemoveAction::Keep, &self.kept));
        let is_done = !self.dry_run;
        for group in &mut groups {
            group.is_done = is_done;
        }
        groups
    }
}

fn grouped(action: RemoveAction, sets: &[JudgedSet]) -> Vec<RemoveGroup> {
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
        if group.semids.len() < MAX_NAMED {
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

impl fmt::Display for JudgedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, verdict, evidence, .. } = self;
        write!(f, "{set}: {verdict}: {}", printable(&evidence.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::accounts::AccountNames;
    use crate::sysv::{Gid, Key, Permissions, SetInfo};

    fn kept(semid: i32, uid: u32, rule: Rule) -> JudgedSet {
        let (uid, gid) = (Uid::new(uid), Gid::new(uid));
        let info = SetInfo {
            key: Key::PRIVATE,
            semid: Semid::new(semid),
            nsems: 1,
            permissions: Permissions { uid, gid, cuid: uid, cgid: gid, mode: 0o600 },
            otime: None,
            ctime: None,
        };
        JudgedSet {
            set: SetHeader::of(&info, &AccountNames::default()),
            program: None,
            verdict: rule.verdict(),
            evidence: Vec::new(),
            kept_by: Vec::new(),
            reason: RemoveReason::Rule { rule, by: String::new(), without_them: rule },
        }
    }

    #[test]
    fn sets_are_grouped_by_owner_and_reason_the_largest_group_first() {
        let report = RemoveReport {
            schema: 1,
            dry_run: true,
            removed: vec![kept(9, 1, Rule::Orphaned)],
            kept: [
                kept(1, 1, Rule::Awaited),
                kept(2, 2, Rule::Awaited),
                kept(3, 2, Rule::Awaited),
                kept(4, 2, Rule::Recent),
                kept(5, 2, Rule::Awaited),
                kept(6, 2, Rule::Awaited),
            ]
            .into(),
            notes: Vec::new(),
        };
        let groups = report.groups().into_iter();
        let groups: Vec<_> = groups.map(|group| (group.action, group.sets, group.semids)).collect();
        let semids = |all: &[i32]| all.iter().map(|&raw| Semid::new(raw)).collect::<Vec<_>>();
        assert_eq!(groups.len(), 4);
        assert_eq!(groups[0], (RemoveAction::Remove, 1, semids(&[9])));
        assert_eq!(groups[1], (RemoveAction::Keep, 4, semids(&[2, 3, 5])));
    }
}
