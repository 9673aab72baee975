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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Rule;
    use crate::system::Text;
    use crate::sysv::{Gid, Key, Permissions, Semid, Uid};

    fn row(uid: u32, nsems: u32) -> SetInfo {
        let (uid, gid) = (Uid::new(uid), Gid::new(0));
        let permissions = Permissions { uid, gid, cuid: uid, cgid: gid, mode: 0o600 };
        let (key, semid) = (Key::PRIVATE, Semid::new(5));
        SetInfo { key, semid, nsems, permissions, otime: None, ctime: None }
    }

    fn set(uid: u32, nsems: u32, program: &'static str, verdict: Verdict) -> ListedSet {
        let judgement = Judgement {
            verdict,
            rule: Rule::Orphaned,
            evidence: Vec::new(),
            kept_by: Vec::new(),
            may_be_ignored: false,
            waiting: None,
            sempid: None,
            program: Some(Text::from_static(program)),
            refused: None,
        };
        ListedSet { namespace: None, row: row(uid, nsems), judgement: Some(Box::new(judgement)) }
    }

    #[test]
    fn sets_are_added_up_by_owner_and_program_those_with_most_orphaned_first() {
        let found = [
            set(1, 9, "a", Verdict::Idle),
            set(1, 9, "a", Verdict::Idle),
            set(1, 9, "a", Verdict::Idle),
            set(2, 1, "a", Verdict::Orphaned),
            set(2, 2, "a", Verdict::Idle),
            set(2, 3, "b", Verdict::Orphaned),
        ];
        let groups = of_sets(&found, &AccountNames::default());
        let groups: Vec<_> = groups
            .iter()
            .map(|one| (one.uid.raw(), one.sets, one.semaphores, one.orphaned))
            .collect();
        assert_eq!(groups, [(2, 2, 3, Some(1)), (2, 1, 3, Some(1)), (1, 3, 27, Some(0))]);
        let unjudged = ListedSet { judgement: None, ..set(3, 4, "a", Verdict::Idle) };
        let groups = of_sets(&[unjudged], &AccountNames::default());
        assert_eq!((groups[0].orphaned, &groups[0].program), (None, &None));
    }

    #[test]
    fn the_owners_have_most_of_the_limit_that_is_nearer() {
        let rows = [row(1, 90), row(2, 3), row(2, 3)];
        let first = |sets_used, semaphores_used, semmni, semmns| {
            let limits =
                LimitsReport { semmni, semmns, sets_used, semaphores_used, ..<_>::default() };
            let owners = owners(&rows, &AccountNames::default(), limits);
            assert_eq!(owners.len(), 2);
            (owners[0].uid.raw(), owners[0].sets, owners[0].semaphores)
        };
        assert_eq!(first(3, 96, Some(10), Some(100)), (1, 1, 90));
        assert_eq!(first(3, 3, Some(10), Some(100)), (2, 2, 6));
        assert_eq!(first(3, 30, Some(10), Some(100)), (2, 2, 6), "both are as near");
        assert_eq!(first(3, 96, Some(0), Some(100)), (2, 2, 6), "no division by zero");
    }
}
