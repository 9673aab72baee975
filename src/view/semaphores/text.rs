//! A report on any set for people, and the table of its semaphores for programs.

use std::io::{self, Write};

use crate::view::table::ColumnKind::{Number, Text};
use crate::view::table::{Cell, Column, ColumnSpec, Table, UNKNOWN, or_none};
use crate::view::{
    Operation, RenderOptions, SemaphoreColumn, SemaphoreReport, SemaphoresReport, SetWaiter,
    filled, set_header_text, write_findings,
};
use crate::words::counted;

/// Of a larger set, only the semaphores in use are listed.
const MAX_LISTED: usize = 64;

impl SemaphoresReport {
    /// Writes the header, the verdict with its evidence, the semaphores, the waiting
    /// processes and the findings; for programs, only the table of the semaphores. All
    /// columns are shown unless some are chosen. `all` lists every semaphore of a large set.
    pub(crate) fn write_text(
        &self,
        out: &mut impl Write,
        columns: &[SemaphoreColumn],
        all: bool,
        options: &RenderOptions,
    ) -> io::Result<()> {
        let columns = if columns.is_empty() { &SemaphoreColumn::ALL[..] } else { columns };
        let semaphores = self.semaphores.as_deref();
        if options.for_programs {
            let table = Table::of(columns, semaphores.unwrap_or_default(), options);
            let is_nothing = options.headless && table.is_empty();
            return if is_nothing { Ok(()) } else { writeln!(out, "{}", table.draw()) };
        }
        self.write_header(out, options)?;
        match semaphores {
            None => writeln!(out, "\nyou may not read its semaphores")?,
            Some(semaphores) => write_semaphores(out, semaphores, columns, all, options)?,
        }
        let waiters = self.waiters(options);
        if !waiters.is_empty() {
            writeln!(out, "\n{}", waiters.draw())?;
        }
        if !self.findings.is_empty() {
            writeln!(out)?;
        }
        write_findings(&self.findings, out, options)
    }

    fn write_header(&self, out: &mut impl Write, options: &RenderOptions) -> io::Result<()> {
        let namespace = self.set.ipc_namespace.as_deref();
        writeln!(out, "{}", set_header_text::lines(&self.set.set, None, namespace, options))?;
        let verdict = format!("{}: {}", self.verdict, self.evidence.join("; "));
        writeln!(out, "{}", filled(&verdict, " verdict    ", "            ", options))?;
        match &self.not_a_block {
            Some(why) => {
                writeln!(out, "\n{}", filled(&format!("not a block: {why}"), "", "", options))
            }
            None => Ok(()),
        }
    }

    /// A row for each waiting process that is seen, and one for all others.
    fn waiters(&self, options: &RenderOptions) -> Table {
        let seen = self.waiters.as_deref().unwrap_or_default();
        let number = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        let unseen = self.waiting.unwrap_or(0).saturating_sub(number);
        let seen = seen.iter().map(WaiterRow::seen);
        let rows: Vec<_> = seen.chain((unseen > 0).then(|| WaiterRow::unseen(unseen))).collect();
        Table::of(&WaiterColumn::ALL, &rows, options).fit(options)
    }
}

fn write_semaphores(
    out: &mut impl Write,
    semaphores: &[SemaphoreReport],
    columns: &[SemaphoreColumn],
    all: bool,
    options: &RenderOptions,
) -> io::Result<()> {
    let lists_all = all || semaphores.len() <= MAX_LISTED;
    let is_listed = |one: &&SemaphoreReport| lists_all || one.is_used();
    let listed: Vec<_> = semaphores.iter().filter(is_listed).collect();
    if !listed.is_empty() {
        let number = listed.len();
        writeln!(out, "\n{}", Table::of(columns, listed, options).fit(options).draw())?;
        return write_rest(out, semaphores.len() - number, options);
    }
    write_rest(out, semaphores.len(), options)
}

fn write_rest(out: &mut impl Write, rest: usize, options: &RenderOptions) -> io::Result<()> {
    if rest == 0 {
        return Ok(());
    }
    let rest = counted(u32::try_from(rest).unwrap_or(u32::MAX), "semaphore");
    let what = format!("{rest} with the value 0 and no waiting process: --slots all lists them");
    writeln!(out, "\n{}", filled(&what, "", "", options))
}

/// A process that waits, or all that are only counted.
struct WaiterRow {
    pid: Cell,
    waits_for: Cell,
    command: Cell,
}

impl WaiterRow {
    fn seen(waiter: &SetWaiter) -> Self {
        Self {
            pid: waiter.pid.to_string().into(),
            waits_for: waits_for(waiter).into(),
            command: or_none(waiter.command.as_ref()),
        }
    }

    fn unseen(number: u32) -> Self {
        let command = format!("{number} unidentified").into();
        Self { pid: UNKNOWN.into(), waits_for: UNKNOWN.into(), command }
    }
}

#[derive(Clone, Copy)]
enum WaiterColumn {
    Pid,
    WaitsFor,
    Command,
}

impl WaiterColumn {
    const ALL: [Self; 3] = [Self::Pid, Self::WaitsFor, Self::Command];
}

impl Column for WaiterColumn {
    type Row = WaiterRow;

    fn spec(self) -> ColumnSpec<WaiterRow> {
        match self {
            Self::Pid => ColumnSpec::new(Number, "pid", 0, |row, _| row.pid.clone()),
            Self::WaitsFor => ColumnSpec::new(Text, "waits for", 0, |row, _| row.waits_for.clone()),
            Self::Command => ColumnSpec::new(Text, "command", 1, |row, _| row.command.clone()),
        }
    }
}

/// The operation that keeps it waiting, or how many it may be one of.
fn waits_for(waiter: &SetWaiter) -> String {
    match (&waiter.waits_for, waiter.operations.as_deref()) {
        (Some(operation), Some([_]) | None) | (None, Some([operation])) => operation.to_string(),
        (Some(operation), Some(all)) => format!("{operation} (one of {} operations)", all.len()),
        (None, Some(all)) => format!("one of {} operations", all.len()),
        (None, None) => UNKNOWN.into(),
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.sem_op {
            0 => write!(f, "semaphore {}: wait for zero", self.semnum),
            change => write!(f, "semaphore {}: {change:+}", self.semnum),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::judge::Verdict;
    use crate::system::Pid;
    use crate::system::accounts::AccountNames;
    use crate::sysv::{Gid, Key, Permissions, Semid, SetInfo, Uid};
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
        let permissions = Permissions {
            uid: Uid::new(33),
            gid: Gid::new(34),
            cuid: Uid::ROOT,
            cgid: Gid::new(1),
            mode: 0o600,
        };
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
        let options =
            RenderOptions { for_programs: true, headless: true, ..RenderOptions::plain() };
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
        let samples = |report: &SemaphoresReport| {
            let mut out = Vec::new();
            report.write_metrics(&mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let samples =
                text.lines().filter(|line| !line.starts_with('#') && !line.ends_with(" 0"));
            samples.map(String::from).collect::<Vec<_>>()
        };
        let known = report();
        assert_eq!(
            samples(&known),
            [
                "semlock_findings{key=\"0\",semid=\"5\",kind=\"remove-ipc\"} 1",
                "semlock_set_semaphores{key=\"0\",semid=\"5\"} 3",
                "semlock_set_waiting{key=\"0\",semid=\"5\"} 3",
            ]
        );
        assert_eq!(samples(&SemaphoresReport { waiting: None, ..known }).len(), 2);
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
}
