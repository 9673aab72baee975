//! Whole reports on sets: for people, for programs, and as metrics.

use jiff::Timestamp;

use super::{
    LimitsReport, NamespaceReport, OwnerReport, SetColumn, SetReport, SetsOverview, SetsReport,
    SummaryReport,
};
use crate::judge::Verdict;
use crate::system::accounts::AccountNames;
use crate::system::{Pid, Text};
use crate::sysv::{Key, Limits, Semid, SetInfo, Uid, Usage};
use crate::view::made::{permissions, samples};
use crate::view::{Finding, FindingKind, RenderOptions, SetHeader};

fn at(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

fn pid(pid: i32) -> Pid {
    Pid::new(pid).unwrap()
}

/// A set with unknown values wherever they may be unknown.
fn bare(semid: i32, verdict: Verdict) -> SetReport {
    let permissions = permissions(0o640);
    let (key, semid) = (Key::new(31818), Semid::new(semid));
    let info = SetInfo { key, semid, nsems: 34, permissions, otime: None, ctime: None };
    SetReport {
        ipc_namespace: None,
        set: SetHeader::of(&info, &AccountNames::default()),
        sempid: None,
        program: None,
        waiting: None,
        verdict,
        evidence: Vec::new(),
        kept_by: Vec::new(),
    }
}

/// A set without unknown values.
fn full(semid: i32) -> SetReport {
    let mut full = SetReport {
        ipc_namespace: Some("ipc:[1]".into()),
        sempid: Some(7),
        program: Some(Text::from_static("my program")),
        waiting: Some(2),
        evidence: vec!["first".into(), "second".into()],
        kept_by: vec![pid(3), pid(4)],
        ..bare(semid, Verdict::Orphaned)
    };
    full.set.shape.user = Some(Text::from_static("www"));
    full.set.shape.group = Some(Text::from_static("data"));
    full.set.cuser = Some(Text::from_static("root"));
    full.set.cgroup = Some(Text::from_static("bin"));
    (full.set.otime, full.set.ctime) = (at(-60), at(-7200));
    full
}

fn report(sets: Vec<SetReport>) -> SetsReport {
    let limits = Limits { semmsl: 8, semmns: 300, semopm: 32, semmni: 3 };
    SetsReport {
        schema: 1,
        time: Timestamp::UNIX_EPOCH,
        limits: LimitsReport::of(Some(limits), Usage { sets: 2, semaphores: 299 }),
        sets,
        overview: SetsOverview {
            summary: Vec::new(),
            owners: Vec::new(),
            namespaces: None,
            notes: Vec::new(),
            findings: Vec::new(),
        },
    }
}

fn text(report: &SetsReport, columns: &[SetColumn], options: &RenderOptions) -> String {
    let mut out = Vec::new();
    report.write_text(&mut out, columns, options).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(report: &SetsReport) -> String {
    text(report, &[], &RenderOptions::plain())
}

const LIMITS: &str = " LIMIT   USED   OF  PERCENT
 SEMMNI     2    3       66  sets
 SEMMNS   299  300       99  semaphores in all sets
 SEMMSL     -    8        -  semaphores in one set
 SEMOPM     -   32        -  operations in one call

";

#[test]
fn where_there_is_no_set_the_limits_are_shown() {
    assert_eq!(plain(&report(Vec::new())), format!("{LIMITS}no set\n"));
    let limits = LimitsReport::of(None, Usage { sets: 2, semaphores: 299 });
    let unknown = plain(&SetsReport { limits, ..report(Vec::new()) });
    let zero = LimitsReport { semmni: Some(0), ..limits };
    let zero = plain(&SetsReport { limits: zero, ..report(Vec::new()) });
    let lines = |text: String| text.lines().skip(1).take(3).map(String::from).collect::<Vec<_>>();
    assert_eq!(
        lines(unknown),
        [
            " SEMMNI     2   ?        ?  sets",
            " SEMMNS   299   ?        ?  semaphores in all sets",
            " SEMMSL     -   ?        -  semaphores in one set",
        ]
    );
    assert_eq!(lines(zero)[0], " SEMMNI     2   0        ?  sets");
}

#[test]
fn a_report_has_its_parts_in_their_order() {
    let summary = SummaryReport {
        uid: Uid::new(33),
        user: Some(Text::from_static("www")),
        program: None,
        sets: 1,
        semaphores: 34,
        orphaned: None,
    };
    let namespace = |name: &str, command, limits| NamespaceReport {
        ipc_namespace: name.into(),
        pid: pid(9),
        command,
        limits,
    };
    let mut report = report(vec![full(5)]);
    let (init, limits) = (Text::from_static("/sbin/init"), report.limits);
    report.overview = SetsOverview {
        summary: vec![summary],
        owners: Vec::new(),
        namespaces: Some(vec![
            namespace("ipc:[1]", Some(init), Some(limits)),
            namespace("ipc:[2]", None, None),
        ]),
        notes: vec!["a note".into()],
        findings: vec![Finding::new(FindingKind::Orphaned, "a set")],
    };
    assert_eq!(
        plain(&report).strip_prefix(LIMITS).unwrap(),
        " USER      PROGRAM  SETS  SEMAPHORES  ORPHANED
 www (33)  ?           1          34         ?

 IPC_NAMESPACE  SETS  SEMAPHORES  PID  COMMAND
 ipc:[1]           2         299    9  /sbin/init
 ipc:[2]           ?           ?    9  ?

 IPC_NAMESPACE  KEY_HEX     SEMID  NSEMS  MODE  USER  PROGRAM          OTIME                      CTIME                     VERDICT   EVIDENCE
 ipc:[1]        0x00007c4a      5     34  0640  www   my\\u{20}program  1969-12-31 23:59:00 (60s)  1969-12-31 22:00:00 (2h)  orphaned  first; second

note: a note

orphaned: a set
"
    );
}

#[test]
fn programs_get_one_table_of_the_columns_that_they_choose() {
    let options = RenderOptions { for_programs: true, width: Some(20), ..RenderOptions::plain() };
    let report = report(vec![full(5), bare(6, Verdict::Idle)]);
    assert_eq!(text(&report, &SetColumn::ALL, &options), " IPC_NAMESPACE    KEY  KEY_HEX     SEMID  NSEMS  MODE  USER  UID  GROUP  GID  CUSER  CUID  CGROUP  CGID  OTIME                 CTIME                 SEMPID  PROGRAM          WAITING  VERDICT   KEPT_BY  EVIDENCE
 ipc:[1]        31818  0x00007c4a      5     34  0640  www    33  data    34  root      0  bin        1  1969-12-31T23:59:00Z  1969-12-31T22:00:00Z       7  my\\u{20}program        2  orphaned  3,4      first; second
 ?              31818  0x00007c4a      6     34  0640  33     33  34      34  0         0  1          1  never                 ?                          ?  ?                      ?  idle      -
");
    let headless = RenderOptions { headless: true, ..options };
    let columns = [SetColumn::Semid, SetColumn::Verdict];
    assert_eq!(text(&report, &columns, &headless), " 5  orphaned\n 6  idle\n");
    let none = self::report(Vec::new());
    assert_eq!(text(&none, &columns, &headless), "");
    let options = RenderOptions { headless: false, ..headless };
    assert_eq!(text(&none, &columns, &options), " SEMID  VERDICT\n");
}

#[test]
fn people_see_numbers_for_names_and_question_marks_for_what_is_unknown() {
    let report = report(vec![bare(6, Verdict::Unknown)]);
    assert_eq!(
        text(&report, &SetColumn::ALL, &RenderOptions::plain()).strip_prefix(LIMITS),
        Some(
            " IPC_NAMESPACE    KEY  KEY_HEX     SEMID  NSEMS  MODE  USER  UID  GROUP  GID  CUSER  CUID  CGROUP  CGID  OTIME  CTIME  SEMPID  PROGRAM  WAITING  VERDICT  KEPT_BY  EVIDENCE\n ?              31818  0x00007c4a      6     34  0640  33     33  34      34  0         0  1          1  never  ?           ?  ?              ?  unknown  -\n"
        )
    );
}

#[test]
fn the_evidence_stands_below_its_set_where_the_line_is_too_narrow() {
    let report = report(vec![full(5), bare(6, Verdict::Idle)]);
    let columns = [SetColumn::Semid, SetColumn::Verdict, SetColumn::Evidence];
    let shown = |columns: &[SetColumn], width| {
        let options = RenderOptions { width: Some(width), ..RenderOptions::plain() };
        let shown = text(&report, columns, &options);
        shown.split_once("\n\n").unwrap().1.to_owned()
    };
    assert_eq!(
        shown(&columns, 31),
        " SEMID  VERDICT   EVIDENCE
     5  orphaned  first; second
     6  idle
"
    );
    assert_eq!(
        shown(&columns, 30),
        " SEMID  VERDICT
     5  orphaned
    first; second
     6  idle

"
    );
    assert_eq!(shown(&columns[..2], 10), " SEMID  VERDICT\n     5  orphaned\n     6  idle\n");
}

#[test]
fn the_metrics_are_those_of_each_namespace_where_several_were_looked_into() {
    let metrics = |report: &SetsReport| {
        let mut out = Vec::new();
        report.write_metrics(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        samples(&text).map(|line| line.replace("{}", "")).collect::<Vec<_>>()
    };
    let owner = |uid, user| OwnerReport { uid: Uid::new(uid), user, sets: 2, semaphores: 68 };
    let mut report = report(vec![full(5), full(6), bare(7, Verdict::Idle)]);
    report.overview.owners = vec![owner(33, Some(Text::from_static("www"))), owner(7, None)];
    report.overview.findings = vec![Finding::new(FindingKind::Limit, "x")];
    assert_eq!(
        metrics(&report),
        [
            "semlock_sets_used 2",
            "semlock_sets_limit 3",
            "semlock_semaphores_used 299",
            "semlock_semaphores_limit 300",
            "semlock_set_size_limit 8",
            "semlock_operations_limit 32",
            "semlock_sets{verdict=\"idle\"} 1",
            "semlock_sets{verdict=\"orphaned\"} 2",
            "semlock_findings{kind=\"limit\"} 1",
            "semlock_owner_sets{owner=\"7\"} 2",
            "semlock_owner_sets{owner=\"www\"} 2",
            "semlock_owner_semaphores{owner=\"7\"} 68",
            "semlock_owner_semaphores{owner=\"www\"} 68",
        ]
    );
    let namespace = |name: &str, limits| NamespaceReport {
        ipc_namespace: name.into(),
        pid: pid(9),
        command: None,
        limits,
    };
    report.overview.namespaces =
        Some(vec![namespace("ipc:[1]", Some(report.limits)), namespace("ipc:[2]", None)]);
    assert_eq!(metrics(&report)[0], "semlock_sets_used{ipc_namespace=\"ipc:[1]\"} 2");
    assert_eq!(metrics(&report).iter().filter(|line| line.contains("ipc_namespace")).count(), 6);
}
