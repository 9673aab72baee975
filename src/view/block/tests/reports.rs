//! Whole reports on a block: for people, for programs, and as metrics.

use jiff::Timestamp;

use super::{holder, waiter};
use crate::system::Text;
use crate::system::accounts::AccountNames;
use crate::sysv::{Key, Semid, SetInfo};
use crate::view::block::{BlockHeader, PersistentFor, SessionNames, SessionReport, sessions};
use crate::view::made::{permissions, slot};
use crate::view::{
    Deadlock, Finding, FindingKind, HolderReport, RenderOptions, SetHeader, SlotColumn, SlotReport,
    SlotState, StatusReport, WaiterReport,
};

fn at(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

fn header() -> SetHeader {
    let permissions = permissions(0o640);
    let (key, semid) = (Key::new(31818), Semid::new(5));
    let info = SetInfo { key, semid, nsems: 34, permissions, otime: None, ctime: at(-7200) };
    let mut header = SetHeader::of(&info, &AccountNames::default());
    header.shape.user = Some(Text::from_static("www-data"));
    header
}

fn report(slots: Option<Vec<SlotReport>>) -> StatusReport {
    let (ipc_namespace, set) = (Some("ipc:[4026531839]".into()), header());
    StatusReport {
        schema: 1,
        time: Timestamp::UNIX_EPOCH,
        block: BlockHeader { set, slots: 17, effective_slots: 16, ipc_namespace },
        slots,
        deadlocks: Some(Vec::new()),
        sessions: None,
        session_names: None,
        unseen: Vec::new(),
        findings: Vec::new(),
    }
}

fn text(report: &StatusReport, columns: &[SlotColumn], options: &RenderOptions) -> String {
    let mut out = Vec::new();
    report.write_text(&mut out, columns, options).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(report: &StatusReport) -> String {
    text(report, &[], &RenderOptions::plain())
}

const HEADER: &str = " key        31818 (0x00007c4a)
 semid      5
 nsems      34
 slots      17; session ids of 13 or more characters use 16
 mode       0640
 owner      www-data (33), group 34
 creator    0, group 1
 ctime      1969-12-31 22:00:00 +00:00, 2 hours ago (created or changed)
 otime      never (last operation)
 namespace  ipc:[4026531839]
";

#[test]
fn a_report_says_why_there_is_no_table_of_slots() {
    let below = |report: &StatusReport| plain(report).strip_prefix(HEADER).unwrap().to_owned();
    assert_eq!(below(&report(None)), "\nyou may not read its semaphores\n");
    let idle = report(Some(Vec::new()));
    assert_eq!(below(&idle), "\nno slot is in use\n");
    let asked = StatusReport { sessions: Some(vec![session("a", None, &[])]), ..idle.clone() };
    assert_eq!(
        below(&asked),
        "\n SESSION  SLOT  STATE  SHARES_WITH\n \"a\"         3  read   -\n\nnone of their slots is in use\n"
    );
    let unknown = StatusReport { deadlocks: None, unseen: vec!["process 7".into()], ..idle };
    assert_eq!(
        below(&unknown),
        "\nno slot is in use\n\nit is unknown whether there is a deadlock: some processes that have a lock or wait for one are unknown\nprocess 7\n"
    );
    let known = StatusReport { deadlocks: Some(Vec::new()), ..unknown.clone() };
    assert_eq!(below(&known), "\nno slot is in use\n\nprocess 7\n");
    let unread = StatusReport { slots: None, unseen: Vec::new(), ..unknown };
    assert_eq!(below(&unread), "\nyou may not read its semaphores\n");
}

#[test]
fn what_is_not_known_of_the_header_has_a_question_mark() {
    let mut unknown = report(None);
    unknown.block.set.key = 0;
    unknown.block.set.ctime = None;
    unknown.block.set.otime = at(-1);
    unknown.block.ipc_namespace = None;
    let shown = plain(&unknown);
    for line in [
        " key        none\n",
        " ctime      ? (created or changed)\n",
        " otime      1969-12-31 23:59:59 +00:00, 1 second ago (last operation)\n",
        " namespace  ?\n",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn a_report_has_the_slots_their_users_and_then_what_is_wrong() {
    let read = SlotReport {
        readers: 1,
        holders: Some(vec![HolderReport { since: at(-5), ..holder(7, "read") }]),
        sempid: Some(8),
        since: at(-120),
        command: Some(Text::from_static("perl app.pl")),
        ..slot(5, SlotState::Read)
    };
    let finding = Finding::new(FindingKind::LongWait, "process 9 waits");
    let report = StatusReport {
        findings: vec![finding],
        session_names: Some(SessionNames { total: 3, without_slot: 1 }),
        ..report(Some(vec![read]))
    };
    assert_eq!(
        plain(&report).strip_prefix(HEADER).unwrap(),
        "
 SLOT  STATE  READERS  WRITER  WAITING  SEMPID   AGE  COMMAND
    5  read         1       0        0       8  2min  perl app.pl

 SLOT  WHO  PID  LOCK  FOR  KEPT BY  SESSION  COMMAND
    5  has    7  read   5s        -  -        perl app.pl

1 of 3 session ids is too long to have a slot

long-wait: process 9 waits
"
    );
}

fn session(
    name: &str,
    persistent_for: Option<PersistentFor>,
    shares_with: &[&str],
) -> SessionReport {
    let shares_with = shares_with.iter().map(ToString::to_string).collect();
    SessionReport {
        session: name.into(),
        slot: 3,
        state: SlotState::Read,
        persistent_for,
        shares_with,
    }
}

#[test]
fn sessions_are_listed_with_what_a_persistent_lock_is_for_where_there_is_one() {
    let all = [
        session("a", Some(PersistentFor::Session), &["b", "c"]),
        session("b", Some(PersistentFor::Other), &[]),
        session("c", Some(PersistentFor::Slot), &[]),
        session("d", None, &[]),
    ];
    assert_eq!(
        sessions::table(&all, &RenderOptions::plain()).draw(),
        " SESSION  SLOT  STATE  PERSISTENT_FOR   SHARES_WITH
 \"a\"         3  read   this session     \"b\", \"c\"
 \"b\"         3  read   another session  -
 \"c\"         3  read   the slot         -
 \"d\"         3  read   -                -"
    );
}

/// A slot with something in each column.
fn full() -> SlotReport {
    SlotReport {
        readers: 2,
        writer: true,
        persistent: 3,
        waiting: 4,
        sempid: Some(9),
        command: Some(Text::from_static("perl app.pl")),
        started: at(0),
        since: at(60),
        holders: Some(vec![holder(7, "read"), holder(8, "read")]),
        waiters: Some(vec![waiter(9)]),
        sessions: Some(vec![Text::from_static("a b"), Text::from_static("c")]),
        ..slot(5, SlotState::Read)
    }
}

#[test]
fn programs_get_one_table_of_the_columns_that_they_choose() {
    let unknown =
        SlotReport { sempid: Some(0), holders: None, waiters: None, ..slot(6, SlotState::Free) };
    let free = SlotReport { sessions: Some(Vec::new()), ..slot(7, SlotState::Free) };
    let options = RenderOptions {
        for_programs: true,
        now: Timestamp::from_second(90).unwrap(),
        width: Some(20),
        ..RenderOptions::plain()
    };
    let report = report(Some(vec![full(), unknown, free]));
    assert_eq!(
        text(&report, &SlotColumn::ALL, &options),
        " SLOT  STATE  READERS  WRITER  PERSISTENT  WAITING  SEMPID  AGE  SINCE                 HOLDERS  WAITERS  SESSIONS    STARTED               COMMAND
    5  read         2       1           3        4       9  30s  1970-01-01T00:01:00Z  7,8      9        a\\u{20}b,c  1970-01-01T00:00:00Z  perl app.pl
    6  free         0       0           0        0       0    -  -                     ?        ?        ?           -                     -
    7  free         0       0           0        0       -    -  -                     -        -        -           -                     -
"
    );
    let headless = RenderOptions { headless: true, ..options };
    assert_eq!(
        text(&report, &[SlotColumn::Slot, SlotColumn::State], &headless),
        " 5  read\n 6  free\n 7  free\n"
    );
    let none = self::report(Some(Vec::new()));
    assert_eq!(text(&none, &[], &headless), "");
    let with_headings = RenderOptions { headless: false, ..headless };
    assert_eq!(text(&none, &[SlotColumn::Slot], &with_headings), " SLOT\n");
}

#[test]
fn people_are_told_that_the_kernel_names_no_process_of_another_pid_namespace() {
    let elsewhere = SlotReport { sempid: Some(0), writer: true, ..slot(5, SlotState::Unknown) };
    let kept = SlotReport {
        sempid: Some(7),
        writer: true,
        holders: Some(vec![HolderReport { is_for_elsewhere: true, ..holder(7, "write") }]),
        ..slot(6, SlotState::Write)
    };
    let other =
        SlotReport { sempid: Some(8), command: Some(Text::from_static("x")), ..kept.clone() };
    let awaited = SlotReport {
        waiting: 1,
        waiters: Some(vec![WaiterReport { is_for_elsewhere: true, ..waiter(9) }]),
        ..elsewhere.clone()
    };
    let shown = |slot: SlotReport| {
        let columns = [SlotColumn::Sempid, SlotColumn::Command];
        text(&report(Some(vec![slot])), &columns, &RenderOptions::plain())
            .strip_prefix(HEADER)
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        shown(elsewhere),
        "\n SEMPID  COMMAND\n      ?  a process of another pid namespace\n"
    );
    assert_eq!(
        shown(kept),
        "\n SEMPID  COMMAND\n      7  kept for a process of another pid namespace\n\n SLOT  WHO  PID  LOCK   FOR  KEPT BY  SESSION  COMMAND\n    6  has    ?  write    -        7  -        kept for a process of another pid namespace\n"
    );
    assert_eq!(
        shown(other),
        "\n SEMPID  COMMAND\n      8  x\n\n SLOT  WHO  PID  LOCK   FOR  KEPT BY  SESSION  COMMAND\n    6  has    ?  write    -        7  -        kept for a process of another pid namespace\n"
    );
    assert_eq!(
        shown(awaited),
        "\n SEMPID  COMMAND\n      ?  a process of another pid namespace\n\n SLOT  WHO    PID  LOCK   FOR  KEPT BY  SESSION  COMMAND\n    5  has      ?  write    -        -  -        a process of another pid namespace\n    5  waits    ?  write  90s        9  -        kept for a process of another pid namespace\n"
    );
}

#[test]
fn only_a_block_of_more_than_one_row_has_a_map() {
    let has_map = |slots: u16, used: SlotReport, sessions| {
        let mut report = report(Some(vec![used]));
        (report.block.slots, report.sessions) = (slots, sessions);
        plain(&report).contains(" in a row; rows in which all are free are left out:\n")
    };
    let read = || slot(5, SlotState::Read);
    assert!(!has_map(64, read(), None));
    assert!(has_map(65, read(), None));
    assert!(!has_map(65, read(), Some(Vec::new())));
    assert!(!has_map(65, slot(5, SlotState::Free), None));
    assert!(has_map(65, SlotReport { waiting: 1, ..slot(5, SlotState::Free) }, None));
}

#[test]
fn the_metrics_of_a_block_add_up_its_slots() {
    let metrics = |report: &StatusReport| {
        let mut out = Vec::new();
        report.write_metrics(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples.map(|line| line.replace("{key=\"31818\"}", "")).collect::<Vec<_>>()
    };
    let only = |names: &str, report: &StatusReport| {
        let all = metrics(report);
        let found = all.iter().filter(|line| line.starts_with(names)).cloned();
        found.collect::<Vec<_>>()
    };
    let waits =
        SlotReport { waiting: 1, waiters: Some(vec![waiter(9)]), ..slot(3, SlotState::Abandoned) };
    let known = StatusReport {
        deadlocks: Some(vec![Deadlock(Vec::new())]),
        findings: vec![Finding::new(FindingKind::LongWait, "x")],
        ..report(Some(vec![SlotReport { waiting: 0, ..full() }, full(), waits.clone()]))
    };
    let counts = metrics(&known).into_iter().filter(|line| !line.ends_with(" 0"));
    assert_eq!(
        counts.collect::<Vec<_>>(),
        [
            "semlock_block_slots 17",
            "semlock_block_effective_slots 16",
            "semlock_findings{key=\"31818\",kind=\"long-wait\"} 1",
            "semlock_block_readers 4",
            "semlock_block_writers 2",
            "semlock_block_persistent 6",
            "semlock_block_waiting 5",
            "semlock_block_abandoned 1",
            "semlock_block_deadlocks 1",
        ]
    );
    let longest = |slot| only("semlock_block_longest_wait", &report(Some(vec![slot])));
    assert_eq!(longest(waits.clone()), ["semlock_block_longest_wait_seconds 90"]);
    assert_eq!(longest(SlotReport { waiting: 2, ..waits.clone() }), [""; 0]);
    assert_eq!(longest(SlotReport { waiters: None, ..waits }), [""; 0]);
    assert_eq!(longest(slot(0, SlotState::Free)), ["semlock_block_longest_wait_seconds 0"]);
    assert_eq!(only("semlock_block_readers", &report(None)), [""; 0]);
}
