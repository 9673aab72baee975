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
mod tests;
