//! A report on any set for people, and the table of its semaphores for programs.

use std::io::{self, Write};

use crate::view::table::ColumnKind::{Number, Text};
use crate::view::table::{Cell, Column, ColumnSpec, Table, UNKNOWN, or_none};
use crate::view::{
    Operation, RenderOptions, SemaphoreColumn, SemaphoreReport, SemaphoresReport, SetWaiter,
    filled, set_header_text, write_findings,
};
use crate::words::counted;

/// Of a larger set, people are shown what is in use.
const MANY: usize = 64;

impl SemaphoresReport {
    /// Writes the header, what is thought of the set and why, its semaphores, those
    /// who wait, and what is wrong; for programs, only the table of the semaphores.
    /// `columns` are those chosen, else all of them; `all` lists those too that are 0
    /// in a large set.
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
            None => writeln!(out, "\nits semaphores may not be read")?,
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
                writeln!(out, "\n{}", filled(&format!("no session block: {why}"), "", "", options))
            }
            None => Ok(()),
        }
    }

    /// A row for each that is seen, and one for all others.
    fn waiters(&self, options: &RenderOptions) -> Table {
        let seen = self.waiters.as_deref().unwrap_or_default();
        let number = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        let unseen = self.waiting.unwrap_or(0).saturating_sub(number);
        let seen = seen.iter().map(Waiting::seen);
        let rows: Vec<_> = seen.chain((unseen > 0).then(|| Waiting::unseen(unseen))).collect();
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
    let lists_all = all || semaphores.len() <= MANY;
    let is_listed = |one: &&SemaphoreReport| lists_all || one.is_used();
    let listed: Vec<_> = semaphores.iter().filter(is_listed).collect();
    if !listed.is_empty() {
        let number = listed.len();
        writeln!(out, "\n{}", Table::of(columns, listed, options).fit(options).draw())?;
        return write_rest(out, semaphores.len() - number, options);
    }
    write_rest(out, semaphores.len(), options)
}

/// How many semaphores are left out.
fn write_rest(out: &mut impl Write, rest: usize, options: &RenderOptions) -> io::Result<()> {
    if rest == 0 {
        return Ok(());
    }
    let rest = counted(u32::try_from(rest).unwrap_or(u32::MAX), "semaphore");
    let what =
        format!("{rest} with the value 0, for which no process waits: listed by --slots all");
    writeln!(out, "\n{}", filled(&what, "", "", options))
}

/// A process that waits, or those in one that are only counted.
struct Waiting {
    pid: Cell,
    waits_for: Cell,
    command: Cell,
}

impl Waiting {
    fn seen(waiter: &SetWaiter) -> Self {
        Self {
            pid: waiter.pid.to_string().into(),
            waits_for: waits_for(waiter).into(),
            command: or_none(waiter.command.as_ref()),
        }
    }

    fn unseen(number: u32) -> Self {
        let command = format!("{number} not known by pid").into();
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
    type Row = Waiting;

    fn spec(self) -> ColumnSpec<Waiting> {
        match self {
            Self::Pid => ColumnSpec::new(Number, "pid", 0, |row, _| row.pid.clone()),
            Self::WaitsFor => ColumnSpec::new(Text, "waits for", 0, |row, _| row.waits_for.clone()),
            Self::Command => ColumnSpec::new(Text, "command", 1, |row, _| row.command.clone()),
        }
    }
}

/// The operation that keeps it waiting; else all, where there are not many.
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
