//! Sets that are in the way, and limits that are nearly reached.

use super::*;
use crate::cli::StatusArgs;
use crate::cmd::status::findings::limit_usage::LimitUsage;
use crate::cmd::status::findings::{ListedSet, RequestedSets};
use crate::judge::{Judgement, Rule, Verdict};
use crate::system::{Clock, Code, Process, Processes, Text};
use crate::sysv::Credentials;
use crate::view::{LimitsReport, NamespaceReport};

fn listed(row: SetInfo, verdict: Verdict, change: impl FnOnce(&mut Judgement)) -> ListedSet {
    let mut judgement = Judgement {
        verdict,
        rule: Rule::Orphaned,
        evidence: Vec::new(),
        kept_by: Vec::new(),
        may_be_ignored: false,
        waiting: Some(0),
        sempid: None,
        program: None,
        refused: None,
    };
    change(&mut judgement);
    ListedSet { namespace: None, row, judgement: Some(Box::new(judgement)) }
}

fn orphaned(semid: i32, uid: u32, program: &'static str) -> ListedSet {
    let program = Some(program).filter(|name| !name.is_empty()).map(Text::from_static);
    listed(info(semid, uid, 3), Verdict::Orphaned, |judgement| judgement.program = program)
}

/// A set that may be used by these processes alone.
fn kept(semid: i32, keepers: &[i32]) -> ListedSet {
    listed(info(semid, 4_100_000, 3), Verdict::Idle, |judgement| {
        judgement.kept_by = keepers.iter().map(|&raw| pid(raw)).collect();
        (judgement.may_be_ignored, judgement.sempid) = (true, Some(9));
    })
}

fn limits(sets_used: u32, semaphores_used: u32) -> LimitsReport {
    let (semmni, semmns) = (Some(10), Some(100));
    LimitsReport { semmni, semmns, sets_used, semaphores_used, ..LimitsReport::default() }
}

fn findings(line: &str, found: &[ListedSet], limits: LimitsReport) -> Vec<Finding> {
    let (args, names) = (StatusArgs::of(line), AccountNames::default());
    let credentials = Credentials::of_user(Uid::new(33));
    let process = Process::made_up(pid(7), before(500).unwrap(), credentials, Code::none());
    let clock = Clock::steady(Timestamp::UNIX_EPOCH);
    let processes = Processes::of(vec![process.named("php")], clock, before(0).unwrap());
    let sets = RequestedSets::new(&args, found, &names, Key::new(1));
    sets.findings(Some(&processes), limits, None, None)
}

#[test]
fn orphaned_sets_are_one_finding_for_each_owner() {
    let found = [
        orphaned(1, 4_100_000, "perl"),
        orphaned(2, 4_100_000, "perl"),
        orphaned(3, 4_100_000, "perl"),
        orphaned(4, 4_100_001, "perl"),
        orphaned(5, 4_100_001, ""),
        listed(info(6, 4_100_001, 3), Verdict::Idle, |_| ()),
    ];
    let found = findings("--all", &found, limits(5, 15));
    assert_eq!(
        subjects(&found),
        [
            "2 sets of 4100000 (perl) are orphaned: no living process could still use them; removing them frees 2 of 10 sets (SEMMNI) and 6 of 100 semaphores (SEMMNS)",
            "2 sets of 4100001 are orphaned: no living process could still use them; removing them frees 2 of 10 sets (SEMMNI) and 6 of 100 semaphores (SEMMNS)",
        ]
    );
    assert_eq!(found[0].details, [""; 0]);
    assert_eq!(
        found[1].details,
        ["unknown programs: 1 set, 3 semaphores", "perl: 1 set, 3 semaphores"]
    );
    let fix = |finding| fixes(finding)[0].trim_start_matches("as root (0): ").to_owned();
    assert_eq!(fix(&found[0]), "semlock remove --orphaned --owner 4100000 --program perl");
    assert_eq!(fix(&found[1]), "semlock remove --orphaned --owner 4100001");
}

#[test]
fn one_orphaned_set_is_one_and_limits_that_are_unknown_are_left_out() {
    let found = findings("--all", &[orphaned(2, 4_100_000, "")], LimitsReport::default());
    assert_eq!(
        subjects(&found),
        [
            "1 set of 4100000 is orphaned: no living process could still use it; removing it frees 1 sets (SEMMNI) and 3 semaphores (SEMMNS)"
        ]
    );
}

#[test]
fn sets_that_were_named_are_removed_by_their_names_unless_there_are_too_many() {
    let fix = |number: i32| {
        let found: Vec<_> = (2..number + 2).map(|semid| orphaned(semid, 4_100_000, "")).collect();
        fixes(&findings("--id 2 --id 3", &found, limits(5, 15))[0])
    };
    assert!(fix(2)[0].ends_with("semlock remove --id 2 --id 3"), "{:?}", fix(2));
    assert_eq!(fix(20).len(), 1);
    assert_eq!(fix(21).len(), 0);
}

#[test]
fn processes_that_keep_several_sets_may_have_nothing_to_do_with_them() {
    let found = [kept(2, &[7]), kept(3, &[7]), kept(4, &[7, 8]), kept(5, &[7, 8]), kept(6, &[9])];
    let found = findings("--all", &found, limits(5, 15));
    assert_eq!(
        subjects(&found),
        [
            "only process 7 (php) keeps 2 sets of 4100000, with 6 semaphores: it could use them, but was not the last to do so",
            "only processes 7 (php), 8 keep 2 sets of 4100000, with 6 semaphores: they could use them, but none is known to call semop(2)",
        ]
    );
    let note = "it shows what else it removes before it asks";
    let fix = |finding| fixes(finding)[0].trim_start_matches("as root (0): ").to_owned();
    assert_eq!(
        fix(&found[0]),
        format!(
            "semlock remove --orphaned --owner 4100000 --ignore 7  # if process 7 has nothing to do with them; {note}"
        )
    );
    assert_eq!(
        fix(&found[1]),
        format!(
            "semlock remove --orphaned --owner 4100000 --ignore 7 --ignore 8  # if none of these processes has anything to do with them; {note}"
        )
    );
    let named = findings("--id 2 --id 3", &[kept(2, &[7]), kept(3, &[7])], limits(5, 15));
    assert!(fix(&named[0]).ends_with("if process 7 has nothing to do with them"));
}

#[test]
fn a_set_that_was_never_used_or_may_be_a_block_is_not_said_to_be_kept() {
    let number = |change: fn(&mut ListedSet)| {
        let mut found = [kept(2, &[7]), kept(3, &[7])];
        found.iter_mut().for_each(change);
        findings("--all", &found, limits(5, 15)).len()
    };
    assert_eq!(number(|_| ()), 1);
    assert_eq!(number(|found| found.judgement = None), 0);
    assert_eq!(number(|found| found.judgement.as_mut().unwrap().may_be_ignored = false), 0);
    assert_eq!(number(|found| found.judgement.as_mut().unwrap().sempid = None), 0);
    assert_eq!(
        number(|found| {
            found.judgement.as_mut().unwrap().sempid = None;
            found.row.otime = before(5);
        }),
        1
    );
    assert_eq!(number(|found| found.row.nsems = 4), 0, "it may be a block");
    let keepers = |number: i32| {
        let keepers: Vec<_> = (1..=number).collect();
        findings("--all", &[kept(2, &keepers), kept(3, &keepers)], limits(5, 15)).len()
    };
    assert_eq!([0, 1, 50, 51].map(keepers), [0, 1, 1, 0]);
}

#[test]
fn the_applications_block_is_not_said_to_be_orphaned() {
    assert_eq!(findings("--all", &[orphaned(1, 4_100_000, "")], limits(1, 3)).len(), 0);
}

#[test]
fn a_limit_is_nearly_reached_from_its_percentage_on() {
    let subject = |sets, semaphores| {
        let found = findings("--all --limit-warn 90", &[], limits(sets, semaphores));
        found.first().map(|finding| finding.subject.clone())
    };
    assert_eq!(subject(8, 89), None);
    assert_eq!(subject(9, 89).as_deref(), Some("9 of 10 sets (SEMMNI) exist"));
    assert_eq!(subject(8, 90).as_deref(), Some("90 of 100 semaphores (SEMMNS) exist"));
    assert_eq!(
        subject(9, 90).as_deref(),
        Some("9 of 10 sets (SEMMNI) and 90 of 100 semaphores (SEMMNS) exist")
    );
}

#[test]
fn what_makes_room_is_the_removal_that_frees_most_if_it_frees_enough() {
    let limit = |found: &[ListedSet], limits| {
        let finding = findings("--all --limit-warn 90", found, limits).remove(0);
        (finding.details.clone(), fixes(&finding))
    };
    let of = |uid: u32, semids: &[i32]| {
        semids.iter().map(|&semid| orphaned(semid, uid, "")).collect::<Vec<_>>()
    };
    let both = || {
        let mut all = of(4_100_000, &[2]);
        all.extend(of(4_100_001, &[3, 4]));
        all
    };
    let (details, fix) = limit(&both(), limits(9, 15));
    assert_eq!(details, ["4100001 has the most: 2 sets with 6 semaphores"]);
    assert!(fix[0].ends_with("semlock remove --orphaned --owner 4100001"), "{fix:?}");
    // Only all together are enough.
    let (_, fix) = limit(&both(), limits(11, 15));
    assert!(fix[0].ends_with("semlock remove --orphaned"), "{fix:?}");
    let (_, fix) = limit(&[kept(2, &[7]), kept(3, &[7])], limits(9, 15));
    assert!(fix[0].contains("semlock remove --orphaned --owner 4100000 --ignore 7"), "{fix:?}");
    let (_, fix) = limit(&both(), limits(12, 15));
    assert!(fix.iter().all(|fix| !fix.contains("remove")), "{fix:?}");
}

#[test]
fn a_selection_does_not_show_what_makes_room() {
    let found = findings("--all --owner 0", &[orphaned(2, 4_100_000, "")], limits(9, 15));
    assert_eq!(fixes(&found[0]), ["semlock status --all --check  # looks at every set"]);
    assert_eq!(found[0].details, [""; 0]);
}

#[test]
fn each_namespace_has_its_own_limits_and_commands_for_it_name_a_process_in_it() {
    let (args, names) =
        (StatusArgs::of("--all-namespaces --limit-warn 90"), AccountNames::default());
    let namespace = |name: &str, raw, limits| NamespaceReport {
        ipc_namespace: name.into(),
        pid: pid(raw),
        command: None,
        limits,
    };
    let in_namespace = |name: &str, set| ListedSet { namespace: Some(name.into()), ..set };
    let found = [
        in_namespace("ipc:[1]", orphaned(2, 4_100_000, "")),
        in_namespace("ipc:[2]", orphaned(2, 4_100_000, "")),
    ];
    let namespaces = [
        namespace("ipc:[1]", 11, Some(limits(1, 3))),
        namespace("ipc:[2]", 12, Some(limits(9, 3))),
        namespace("ipc:[3]", 13, None),
    ];
    let sets = RequestedSets::new(&args, &found, &names, Key::new(1));
    let found = sets.findings(None, limits(1, 3), Some("ipc:[1]"), Some(&namespaces));
    let subjects = subjects(&found);
    assert_eq!(subjects.len(), 3);
    assert!(subjects[0].starts_with("1 set of 4100000 is orphaned"), "{subjects:?}");
    assert_eq!(subjects[1], "9 of 10 sets (SEMMNI) exist, in ipc:[2]");
    let fix = |finding| fixes(finding)[0].trim_start_matches("as root (0): ").to_owned();
    assert_eq!(fix(&found[0]), "semlock remove --orphaned --owner 4100000");
    let there = "semlock --ipc-namespace 12 remove --orphaned --owner 4100000";
    assert_eq!([fix(&found[1]), fix(&found[2])], [there, there]);
}

#[test]
fn limits_are_raised_as_far_as_it_takes() {
    let raised = |sets, semaphores| {
        let fixes = LimitUsage::of(limits(sets, semaphores), 90).raised();
        fixes.first().map(ToString::to_string).unwrap_or_default()
    };
    let fix = raised(9, 15);
    assert!(fix.contains("100") && fix.contains(" 20"), "{fix}");
    let fix = raised(1, 900);
    assert!(fix.contains("1001"), "{fix}");
    let unknown = LimitsReport { semmns: None, ..limits(9, 15) };
    assert_eq!(LimitUsage::of(unknown, 90).raised(), []);
}
