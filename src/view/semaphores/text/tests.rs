//! The screens of a set that is no block.

use jiff::Timestamp;

use super::*;
use crate::judge::Verdict;
use crate::system::Pid;
use crate::system::accounts::AccountNames;
use crate::sysv::{Key, Semid, SetInfo};
use crate::view::made::{permissions, samples};
use crate::view::{Finding, FindingKind, LocatedSet, SetHeader};

fn semaphores(number: u32) -> Vec<SemaphoreReport> {
    let one = |semnum| SemaphoreReport {
        semnum,
        semval: u16::from(semnum == 1),
        semncnt: 0,
        semzcnt: 0,
        sempid: 0,
        command: None,
    };
    (0..number).map(one).collect()
}

fn written(number: u32, all: bool) -> String {
    let columns = [SemaphoreColumn::Semnum, SemaphoreColumn::Semval];
    let (mut out, options) = (Vec::new(), RenderOptions::plain());
    write_semaphores(&mut out, &semaphores(number), &columns, all, &options).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn of_a_large_set_only_the_semaphores_in_use_are_listed() {
    assert_eq!(written(64, false).lines().count(), 1 + 1 + 64);
    assert_eq!(written(65, true).lines().count(), 1 + 1 + 65);
    assert_eq!(
        written(65, false),
        "\n SEMNUM  SEMVAL\n      1       1\n\n64 semaphores with the value 0 and no waiting process: --slots all lists them\n"
    );
}

#[test]
fn a_waiting_process_is_shown_with_the_operation_that_keeps_it_waiting() {
    let operation = |semnum, sem_op| Operation { semnum, sem_op, undo: false };
    let waiter = |operations: &[Operation], waits_for| SetWaiter {
        pid: crate::system::Pid::new(7).unwrap(),
        command: None,
        operations: Some(operations.to_vec()),
        waits_for,
    };
    let (zero, down) = (operation(0, 0), operation(1, -1));
    for (operations, at, expected) in [
        (vec![zero], Some(zero), "semaphore 0: wait for zero"),
        (vec![down], None, "semaphore 1: -1"),
        (vec![zero, down], Some(down), "semaphore 1: -1 (one of 2 operations)"),
        (vec![zero, down], None, "one of 2 operations"),
    ] {
        assert_eq!(waits_for(&waiter(&operations, at)), expected);
    }
}

fn header() -> SetHeader {
    let permissions = permissions(0o600);
    let (key, semid) = (Key::PRIVATE, Semid::new(5));
    let info = SetInfo { key, semid, nsems: 3, permissions, otime: None, ctime: None };
    SetHeader::of(&info, &AccountNames::default())
}

fn report() -> SemaphoresReport {
    let down = Operation { semnum: 1, sem_op: -1, undo: false };
    SemaphoresReport {
        schema: 1,
        time: Timestamp::UNIX_EPOCH,
        set: LocatedSet { set: header(), ipc_namespace: Some("ipc:[1]".into()) },
        not_a_block: Some("its size is odd".into()),
        semaphores: Some(semaphores(3)),
        waiting: Some(3),
        waiters: Some(vec![SetWaiter {
            pid: Pid::new(7).unwrap(),
            command: Some(crate::system::Text::from_static("perl")),
            operations: Some(vec![down]),
            waits_for: Some(down),
        }]),
        verdict: Verdict::InUse,
        evidence: vec!["first".into(), "second".into()],
        kept_by: Vec::new(),
        findings: vec![Finding::new(FindingKind::RemoveIpc, "x")],
    }
}

fn text(report: &SemaphoresReport, options: &RenderOptions) -> String {
    let mut out = Vec::new();
    report.write_text(&mut out, &[], false, options).unwrap();
    String::from_utf8(out).unwrap()
}

const HEADER: &str = " key        none
 semid      5
 nsems      3
 mode       0600
 owner      33, group 34
 creator    0, group 1
 ctime      ? (created or changed)
 otime      never (last operation)
 namespace  ipc:[1]
 verdict    in-use: first; second
";

#[test]
fn a_report_has_its_parts_in_their_order() {
    let report = report();
    assert_eq!(
        text(&report, &RenderOptions::plain()).strip_prefix(HEADER).unwrap(),
        "
not a block: its size is odd

 SEMNUM  SEMVAL  SEMNCNT  SEMZCNT  SEMPID  COMMAND
      0       0        0        0       -  -
      1       1        0        0       -  -
      2       0        0        0       -  -

 PID  WAITS FOR        COMMAND
   7  semaphore 1: -1  perl
   ?  ?                2 unidentified

remove-ipc: x
"
    );
    let others = SemaphoresReport {
        not_a_block: None,
        semaphores: None,
        waiting: Some(1),
        findings: Vec::new(),
        ..report
    };
    assert_eq!(
        text(&others, &RenderOptions::plain()).strip_prefix(HEADER).unwrap(),
        "
you may not read its semaphores

 PID  WAITS FOR        COMMAND
   7  semaphore 1: -1  perl
"
    );
    let idle = SemaphoresReport { waiting: None, waiters: None, ..others };
    assert_eq!(
        text(&idle, &RenderOptions::plain()).strip_prefix(HEADER).unwrap(),
        "\nyou may not read its semaphores\n"
    );
}

#[test]
fn programs_get_the_table_of_the_semaphores() {
    let mut report = report();
    let options = RenderOptions { for_programs: true, headless: true, ..RenderOptions::plain() };
    let last = report.semaphores.as_mut().unwrap().last_mut().unwrap();
    (last.semncnt, last.semzcnt, last.sempid) = (8, 9, 10);
    last.command = Some(crate::system::Text::from_static("perl app.pl"));
    assert_eq!(
        text(&report, &options),
        " 0  0  0  0   -  -\n 1  1  0  0   -  -\n 2  0  8  9  10  perl app.pl\n"
    );
    report.semaphores = None;
    assert_eq!(text(&report, &options), "");
    let options = RenderOptions { headless: false, ..options };
    assert_eq!(text(&report, &options), " SEMNUM  SEMVAL  SEMNCNT  SEMZCNT  SEMPID  COMMAND\n");
}

#[test]
fn a_semaphore_is_used_if_it_is_raised_or_waited_for() {
    let with = |semval, semncnt, semzcnt| {
        let mut one = semaphores(1).remove(0);
        (one.semval, one.semncnt, one.semzcnt) = (semval, semncnt, semzcnt);
        one.is_used()
    };
    assert_eq!(
        [with(1, 0, 0), with(0, 1, 0), with(0, 0, 1), with(0, 0, 0)],
        [true, true, true, false]
    );
}

#[test]
fn the_metrics_have_the_size_and_who_waits() {
    let metrics = |report: &SemaphoresReport| {
        let mut out = Vec::new();
        report.write_metrics(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        samples(&text).map(String::from).collect::<Vec<_>>()
    };
    let known = report();
    assert_eq!(
        metrics(&known),
        [
            "semlock_findings{key=\"0\",semid=\"5\",kind=\"remove-ipc\"} 1",
            "semlock_set_semaphores{key=\"0\",semid=\"5\"} 3",
            "semlock_set_waiting{key=\"0\",semid=\"5\"} 3",
        ]
    );
    assert_eq!(metrics(&SemaphoresReport { waiting: None, ..known }).len(), 2);
}

#[test]
fn what_a_process_waits_for_is_named_as_far_as_it_is_known() {
    let waiter = |operations: Option<Vec<Operation>>, at| SetWaiter {
        pid: Pid::new(7).unwrap(),
        command: None,
        operations,
        waits_for: at,
    };
    let up = Operation { semnum: 2, sem_op: 3, undo: true };
    assert_eq!(waits_for(&waiter(None, Some(up))), "semaphore 2: +3");
    assert_eq!(waits_for(&waiter(Some(vec![up]), Some(up))), "semaphore 2: +3");
    assert_eq!(waits_for(&waiter(None, None)), "?");
}
