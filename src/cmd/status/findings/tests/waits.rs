//! Waits, their holders, and what abandoned locks and small blocks are told.

use std::collections::BTreeSet;

use nix::errno::Errno;

use super::*;
use crate::cmd::status::findings::leaked_readers::leaked_readers;
use crate::cmd::status::findings::long_waits::{long_waits, unknown_waits};
use crate::cmd::status::findings::{of_block, unseen};
use crate::judge::{SurveyedProcesses, WaitReason};
use crate::system::{Clock, Code, Incomplete, Process, Processes, Text};
use crate::sysv::Credentials;
use crate::view::{Deadlock, FindingKind, Link};

/// A slot that a process has and others have waited for, for so many seconds.
fn awaited(number: u16, waits: &[i64]) -> SlotReport {
    let waiters = (20..).zip(waits).map(|(raw, &seconds)| waiter(raw, before(seconds)));
    SlotReport {
        writer: true,
        waiting: waits.len().try_into().unwrap(),
        holders: Some(vec![holder(7, "write")]),
        waiters: Some(waiters.collect()),
        ..slot(number, SlotState::Write)
    }
}

#[test]
fn a_wait_is_long_from_the_given_length_on_and_the_longest_comes_first() {
    let report = report(vec![awaited(1, &[59]), awaited(2, &[60]), awaited(3, &[5, 61])]);
    assert_eq!(
        subjects(&long_waits(&report, &context())),
        ["2 processes have waited for slot 3, up to 61s", "a process has waited 60s for slot 2",]
    );
}

#[test]
fn a_wait_for_a_lock_that_is_abandoned_deadlocked_or_a_readers_is_another_finding() {
    let abandoned = SlotReport { state: SlotState::Abandoned, ..awaited(1, &[99]) };
    let read = SlotReport { readers: 1, holders: Some(Vec::new()), ..awaited(2, &[99]) };
    let mut report = report(vec![abandoned, read, awaited(3, &[99])]);
    assert_eq!(subjects(&long_waits(&report, &context())).len(), 1);
    assert_eq!(
        subjects(&leaked_readers(&report, &context())),
        ["an unknown reader has slot 2, and a process has waited 99s for the slot"]
    );
    let link = Link { pid: pid(7), command: None, reason: WaitReason::Slot(3), is_semlocks: false };
    report.deadlocks = Some(vec![Deadlock(vec![link])]);
    assert_eq!(subjects(&long_waits(&report, &context())), [""; 0]);
}

#[test]
fn only_the_first_slots_have_a_finding_of_their_own() {
    let slots = |number| report((0..number).map(|slot| awaited(slot, &[99])).collect());
    let last = |number| {
        let findings = long_waits(&slots(number), &context());
        (findings.len(), findings.last().unwrap().subject.clone())
    };
    assert_eq!(last(5), (5, "a process has waited 99s for slot 4".into()));
    assert_eq!(last(6), (6, "processes wait for 1 other slot, too".into()));
    assert_eq!(last(7), (6, "processes wait for 2 other slots, too".into()));
}

#[test]
fn the_longest_waits_are_named_and_the_others_counted() {
    let details = |slot: SlotReport| long_waits(&report(vec![slot]), &context()).remove(0).details;
    let mut both = awaited(1, &[2, 90]);
    both.waiters.as_mut().unwrap()[0].owner = Some(pid(30));
    both.waiters.as_mut().unwrap()[0].command = Some(Text::from_static("perl"));
    both.waiters.as_mut().unwrap().push(WaiterReport { wants: None, ..waiter(25, None) });
    both.waiting = 4;
    assert_eq!(
        details(both),
        [
            "process 21 has waited 90s for the write lock",
            "process 30 (perl) has waited 2s for the write lock",
            "process 25 waits",
            "another process waits",
            "process 7 has the write lock",
        ]
    );
    let many = awaited(1, &[99; 7]);
    assert_eq!(
        details(many)[4..6],
        ["process 24 has waited 99s for the write lock", "2 other processes wait"]
    );
}

#[test]
fn a_holder_is_named_with_how_long_it_has_had_which_lock() {
    let details = |slot: SlotReport| {
        long_waits(&report(vec![slot]), &context()).remove(0).details.split_off(1)
    };
    let with = |holders| SlotReport { holders: Some(holders), ..awaited(1, &[99]) };
    let since = |seconds| HolderReport { since: before(seconds), ..holder(7, "read") };
    let owner = HolderReport { owner: Some(pid(8)), ..since(1) };
    let elsewhere = HolderReport { is_for_elsewhere: true, ..since(0) };
    assert_eq!(
        details(with(vec![owner, elsewhere, holder(9, "write")])),
        [
            "process 8 has had a read lock for 1s, kept by process 7",
            "process 7 has a read lock, kept for a process of another pid namespace",
            "process 9 has the write lock",
        ]
    );
    let many: Vec<_> = (1..=6).map(|raw| holder(raw, "read")).collect();
    assert_eq!(details(with(many))[5], "and 1 more");
    let foreign = SlotReport { state: SlotState::Unknown, sempid: Some(0), ..with(Vec::new()) };
    assert_eq!(details(foreign.clone()), ["a process of another pid namespace has it"]);
    assert_eq!(details(SlotReport { sempid: Some(7), ..foreign.clone() }), [""; 0]);
    assert_eq!(details(SlotReport { state: SlotState::Write, ..foreign }), [""; 0]);
    let kept = SlotReport { persistent: 1, ..with(Vec::new()) };
    assert_eq!(details(kept), ["1 persistent lock, which no process has"]);
}

/// A context in which these processes exist.
fn among(pids: &[i32]) -> BlockContext<'static> {
    let process = |&raw: &i32| {
        let credentials = Credentials::of_user(Uid::new(33));
        Process::made_up(pid(raw), before(500).unwrap(), credentials, Code::none())
    };
    let processes = pids.iter().map(process).collect();
    let clock = Clock::steady(Timestamp::UNIX_EPOCH);
    let processes = Processes::of(processes, clock, before(0).unwrap());
    BlockContext { processes: Some(SurveyedProcesses::Own(processes)), ..context() }
}

/// No process has such a pid.
const NONE: i32 = i32::MAX;

#[test]
fn the_only_holder_may_be_ended_unless_it_waits_itself() {
    let held = || SlotReport { holders: Some(vec![holder(NONE, "write")]), ..awaited(1, &[99]) };
    let fix = |slots: Vec<SlotReport>, context: &BlockContext| {
        fixes(&long_waits(&report(slots), context)[0])
    };
    let ends = [format!("kill {NONE}  # it releases slot 1; its unfinished work is lost")];
    assert_eq!(fix(vec![held()], &among(&[NONE])), ends);
    assert_eq!(fix(vec![held()], &context()), [""; 0], "not known as a process");
    assert_eq!(
        fix(vec![held()], &BlockContext { own: [pid(NONE)].into(), ..among(&[NONE]) }),
        [""; 0]
    );
    let waits = BlockContext { waiting: BTreeSet::from([pid(NONE)]), ..among(&[NONE]) };
    assert_eq!(fix(vec![held()], &waits), [""; 0]);
    let draining = SlotReport { state: SlotState::Draining, ..held() };
    assert_eq!(fix(vec![draining], &among(&[NONE])), [""; 0]);
    let kept = |change: fn(&mut HolderReport)| {
        let mut slot = held();
        change(&mut slot.holders.as_mut().unwrap()[0]);
        slot
    };
    let elsewhere = kept(|holder| holder.is_for_elsewhere = true);
    assert_eq!(fix(vec![elsewhere], &among(&[NONE])), [""; 0]);
    let owned = || kept(|holder| (holder.pid, holder.owner) = (pid(7), Pid::new(NONE)));
    assert_eq!(fix(vec![owned()], &among(&[NONE])), ends);
    assert_eq!(fix(vec![owned()], &waits), [""; 0], "the owner waits");
    let its = BlockContext { waiting: BTreeSet::from([pid(7)]), ..among(&[NONE]) };
    assert_eq!(fix(vec![owned()], &its), [""; 0], "the holder waits");
    let mut through = awaited(2, &[1]);
    through.waiters.as_mut().unwrap()[0].owner = Pid::new(NONE);
    assert_eq!(fix(vec![held(), through], &among(&[NONE])), [""; 0], "another holder waits for it");
    let two = SlotReport {
        holders: Some(vec![holder(NONE, "read"), holder(8, "read")]),
        ..awaited(1, &[99])
    };
    assert_eq!(fix(vec![two], &among(&[NONE])), [""; 0]);
}

#[test]
fn the_only_lock_may_be_released_if_it_is_persistent() {
    let kept = |persistent, holders| {
        let slot = SlotReport { persistent, holders: Some(holders), ..awaited(1, &[99]) };
        fixes(&long_waits(&report(vec![slot]), &context())[0])
    };
    let unlock = "semlock unlock --id 5 --slot 1  # releases the persistent lock, which was taken on purpose";
    assert_eq!(kept(1, Vec::new()), [unlock]);
    assert_eq!(kept(2, Vec::new()), [""; 0]);
    assert_eq!(kept(1, vec![holder(NONE, "read")]), [""; 0]);
}

#[test]
fn a_wait_of_unknown_length_is_reported_with_the_reason() {
    let unread = |waiting| {
        let unread = WaiterReport { unread: Some(Errno::EACCES), ..waiter(20, None) };
        SlotReport { waiting, waiters: Some(vec![unread]), ..slot(3, SlotState::Write) }
    };
    let why = "Permission denied (EACCES)";
    let context = |hides_waiters| BlockContext { hides_waiters, ..context() };
    let told = |slot, hides| unknown_waits(&report(vec![slot]), &context(hides));
    let expected = format!("it is unknown how long a process has waited for slot 3: {why}");
    assert_eq!(told(unread(1), None), Some(expected));
    let expected = format!("it is unknown how long 2 processes have waited for slot 3: {why}");
    assert_eq!(told(unread(2), None), Some(expected));
    let unnamed = || SlotReport { waiting: 1, ..slot(3, SlotState::Write) };
    assert_eq!(told(unnamed(), None), None, "it has its lock by now");
    assert!(told(unnamed(), Some(Incomplete::Hidden)).unwrap().ends_with("(hidepid)"));
    assert_eq!(told(slot(3, SlotState::Write), Some(Incomplete::Hidden)), None);
}

#[test]
fn several_unknown_readers_are_counted() {
    let read = SlotReport { readers: 3, holders: None, ..awaited(2, &[99]) };
    let found = leaked_readers(&report(vec![read]), &context());
    assert_eq!(
        subjects(&found),
        ["3 unknown readers have slot 2, and a process has waited 99s for the slot"]
    );
    assert_eq!(found[0].details, ["process 20 has waited 99s for the write lock"]);
}

#[test]
fn abandoned_locks_are_cleared_once_no_reader_is_left() {
    let left = |number, readers| SlotReport {
        readers,
        sempid: Some(9),
        ..slot(number, SlotState::Abandoned)
    };
    let abandoned = |slots: Vec<SlotReport>| {
        let mut found = of_block(&report(slots), &context());
        found.retain(|finding| finding.kind == FindingKind::AbandonedLock);
        let finding = found.pop()?;
        Some((finding.subject.clone(), finding.details.clone(), fixes(&finding)))
    };
    let clear = "semlock unlock --abandoned --all --id 5  # clears only what ended processes left";
    assert_eq!(abandoned(vec![slot(1, SlotState::Write)]), None);
    assert_eq!(
        abandoned(vec![left(1, 0)]),
        Some(("process 9, which has ended, left slot 1 locked".into(), vec![], vec![clear.into()]))
    );
    let later = "can be cleared once the readers have left: 2".to_owned();
    assert_eq!(
        abandoned(vec![left(1, 0), left(2, 1)]),
        Some((
            "processes that have ended left slots 1, 2 locked".into(),
            vec![later.clone()],
            vec![clear.into()]
        ))
    );
    assert_eq!(
        abandoned(vec![left(2, 1)]).map(|found| (found.1, found.2)),
        Some((vec![later], vec![]))
    );
    let subject = |number| abandoned((0..number).map(|one| left(one, 0)).collect()).unwrap().0;
    assert!(subject(10).contains("slots 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 locked"));
    assert!(subject(12).contains("slots 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more locked"));
}

#[test]
fn a_block_whose_slots_are_shared_can_be_replaced_by_a_better_one() {
    let shared = |slots, effective_slots, key| {
        let mut report = report(Vec::new());
        (report.block.slots, report.block.effective_slots) = (slots, effective_slots);
        let mut context = context();
        (context.info.nsems, context.info.key) = (u32::from(slots) * 2, key);
        let mut found = of_block(&report, &context);
        found.retain(|finding| finding.kind == FindingKind::SharedSlots);
        found.pop()
    };
    assert!(shared(17, 17, Key::new(5)).is_none());
    assert!(shared(16, 15, Key::PRIVATE).is_none(), "it is no block of an application");
    let finding = shared(10, 1, Key::new(5)).unwrap();
    let fix = &fixes(&finding)[0];
    assert!(fix.starts_with("semlock create --replace --nsems "), "{fix}");
    assert!(
        fix.contains(" --key 5  # stop the application first, and start it with NSems => "),
        "{fix}"
    );
}

#[test]
fn who_is_not_root_is_told_that_root_sees_more_where_processes_are_hidden() {
    let lines = |hides_waiters| unseen(&["x".into()], &BlockContext { hides_waiters, ..context() });
    assert_eq!(lines(None), ["x"]);
    let is_root = nix::unistd::geteuid().is_root();
    assert_eq!(lines(Some(Incomplete::Hidden)).len(), if is_root { 1 } else { 2 });
}
