//! The owners and programs with most sets: the summary above a list of sets.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::findings::ListedSet;
use crate::failure::MAX_OWNERS;
use crate::judge::{Judgement, Verdict};
use crate::system::accounts::AccountNames;
use crate::sysv::{Resource, SetInfo, Usage};
use crate::view::{LimitsReport, OwnerReport, SummaryReport};

/// The sets that are shown, by owner and program: those with most orphaned ones first,
/// then those with most sets.
pub(super) fn of_sets(found: &[ListedSet], names: &AccountNames) -> Vec<SummaryReport> {
    let mut groups = BTreeMap::new();
    for ListedSet { row, judgement, .. } in found {
        let uid = row.permissions.uid;
        let program = judgement.as_ref().and_then(|judgement| judgement.program.as_ref());
        let group = groups.entry((uid, program)).or_insert_with(|| SummaryReport {
            uid,
            user: names.user(uid).cloned(),
            program: program.cloned(),
            sets: 0,
            semaphores: 0,
            orphaned: judgement.as_ref().map(|_| 0),
        });
        group.sets += 1;
        group.semaphores = group.semaphores.saturating_add(row.nsems);
        group.orphaned =
            group.orphaned.zip(judgement.as_ref()).map(|(number, set)| number + is_orphaned(set));
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| Reverse((group.orphaned, group.sets, group.semaphores)));
    groups
}

fn is_orphaned(judgement: &Judgement) -> u32 {
    (judgement.verdict == Verdict::Orphaned).into()
}

/// The owners that use most of the limit that is nearer.
pub(super) fn owners(
    rows: &[SetInfo],
    names: &AccountNames,
    limits: LimitsReport,
) -> Vec<OwnerReport> {
    let share = |used: u32, limit: Option<u32>| {
        u64::from(used) * 1000 / u64::from(limit.unwrap_or(1).max(1))
    };
    let sets_bind =
        share(limits.sets_used, limits.semmni) >= share(limits.semaphores_used, limits.semmns);
    let resource = if sets_bind { Resource::Sets } else { Resource::Semaphores };
    let owners = Usage::by_owner(rows, resource).into_iter().take(MAX_OWNERS);
    let report = |(uid, Usage { sets, semaphores })| OwnerReport {
        uid,
        user: names.user(uid).cloned(),
        sets,
        semaphores,
    };
    owners.map(report).collect()
}
