//! A report on sets for people, and the table of the sets for programs.

use std::io::{self, Write};

use super::summary;
use crate::view::table::ColumnKind::{Number, Text, Word};
use crate::view::table::{Column, ColumnSpec, NONE, Table, UNKNOWN, or_unknown};
use crate::view::{
    LimitsReport, NamespaceReport, RenderOptions, SetColumn, SetsReport, filled, write_findings,
};

/// Before the evidence where it stands below the line of its set.
const INDENT: &str = "    ";

impl SetsReport {
    /// Writes the limits, the sets by owner and program, the namespaces, the sets, and what
    /// is wrong; for programs, only the table of the sets. `columns` are those
    /// chosen, else the usual ones.
    pub(crate) fn write_text(
        &self,
        out: &mut impl Write,
        columns: &[SetColumn],
        options: &RenderOptions,
    ) -> io::Result<()> {
        let columns = if columns.is_empty() { &self.usual() } else { columns };
        if options.for_programs {
            let table = Table::of(columns, &self.sets, options);
            let is_nothing = options.headless && table.is_empty();
            return if is_nothing { Ok(()) } else { writeln!(out, "{}", table.draw()) };
        }
        writeln!(out, "{}", limits_table(&self.limits, options))?;
        if !self.overview.summary.is_empty() {
            writeln!(out, "\n{}", summary::table(&self.overview.summary, options).draw())?;
        }
        if let Some(namespaces) = &self.overview.namespaces {
            writeln!(out, "\n{}", draw(&NamespaceColumn::ALL, namespaces, options))?;
        }
        writeln!(out)?;
        if self.sets.is_empty() {
            writeln!(out, "no set")?;
        } else {
            self.write_sets(out, columns, options)?;
        }
        for note in &self.overview.notes {
            writeln!(out, "\n{}", filled(&format!("note: {note}"), "", "    ", options))?;
        }
        if !self.overview.findings.is_empty() {
            writeln!(out)?;
        }
        write_findings(&self.overview.findings, out, options)
    }

    fn usual(&self) -> Vec<SetColumn> {
        let namespace = self.overview.namespaces.is_some().then_some(SetColumn::IpcNamespace);
        namespace.into_iter().chain(SetColumn::USUAL).collect()
    }

    /// In one line each where the width allows it; else with the evidence below,
    /// indented.
    fn write_sets(
        &self,
        out: &mut impl Write,
        columns: &[SetColumn],
        options: &RenderOptions,
    ) -> io::Result<()> {
        let all = Table::of(columns, &self.sets, options);
        let is_wide = options.width.is_some_and(|width| all.width() > width.into());
        let short: Vec<_> =
            columns.iter().copied().filter(|&column| column != SetColumn::Evidence).collect();
        if !is_wide || short.len() == columns.len() {
            return writeln!(out, "{}", all.fit(options).draw());
        }
        let lines = Table::of(&short, &self.sets, options).fit(options).draw();
        let (headings, lines) = lines.split_once('\n').expect("there are sets");
        writeln!(out, "{headings}")?;
        for (line, set) in lines.lines().zip(&self.sets) {
            writeln!(out, "{line}\n{}", filled(&set.evidence.join("; "), INDENT, INDENT, options))?;
        }
        Ok(())
    }
}

fn draw<C: Column>(columns: &[C], rows: &[C::Row], options: &RenderOptions) -> String
where
    C::Row: Sized,
{
    Table::of(columns, rows, options).fit(options).draw()
}

/// A limit, and how much of it is in use where that can be said.
struct LimitRow {
    name: &'static str,
    used: Option<u32>,
    limit: Option<u32>,
    what: &'static str,
}

#[derive(Clone, Copy)]
enum LimitColumn {
    Limit,
    Used,
    Of,
    Percent,
    What,
}

impl LimitColumn {
    const ALL: [Self; 5] = [Self::Limit, Self::Used, Self::Of, Self::Percent, Self::What];
}

impl Column for LimitColumn {
    type Row = LimitRow;

    fn spec(self) -> ColumnSpec<LimitRow> {
        match self {
            Self::Limit => ColumnSpec::new(Word, "limit", 0, |row, _| row.name.into()),
            Self::Used => ColumnSpec::new(Number, "used", 0, |row, _| match row.used {
                Some(used) => used.to_string().into(),
                None => NONE.into(),
            }),
            Self::Of => ColumnSpec::new(Number, "of", 0, |row, _| or_unknown(row.limit)),
            Self::Percent => {
                ColumnSpec::new(Number, "percent", 1, |row, _| match (row.used, row.limit) {
                    (None, _) => NONE.into(),
                    (Some(used), Some(limit @ 1..)) => {
                        (u64::from(used) * 100 / u64::from(limit)).to_string().into()
                    }
                    (Some(_), _) => UNKNOWN.into(),
                })
            }
            Self::What => ColumnSpec::new(Text, "", 2, |row, _| row.what.into()),
        }
    }
}

fn limits_table(limits: &LimitsReport, options: &RenderOptions) -> String {
    let row = |name, used, limit, what| LimitRow { name, used, limit, what };
    let rows = [
        row("SEMMNI", Some(limits.sets_used), limits.semmni, "sets"),
        row("SEMMNS", Some(limits.semaphores_used), limits.semmns, "semaphores in all sets"),
        row("SEMMSL", None, limits.semmsl, "semaphores in one set"),
        row("SEMOPM", None, limits.semopm, "operations in one call"),
    ];
    draw(&LimitColumn::ALL, &rows, options)
}

#[derive(Clone, Copy)]
enum NamespaceColumn {
    IpcNamespace,
    Sets,
    Semaphores,
    Pid,
    Command,
}

impl NamespaceColumn {
    const ALL: [Self; 5] =
        [Self::IpcNamespace, Self::Sets, Self::Semaphores, Self::Pid, Self::Command];
}

impl Column for NamespaceColumn {
    type Row = NamespaceReport;

    fn spec(self) -> ColumnSpec<NamespaceReport> {
        match self {
            Self::IpcNamespace => {
                ColumnSpec::new(Word, "ipc_namespace", 0, |one, _| one.ipc_namespace.clone().into())
            }
            Self::Sets => ColumnSpec::new(Number, "sets", 0, |one, _| {
                or_unknown(one.limits.map(|limits| limits.sets_used))
            }),
            Self::Semaphores => ColumnSpec::new(Number, "semaphores", 2, |one, _| {
                or_unknown(one.limits.map(|limits| limits.semaphores_used))
            }),
            Self::Pid => ColumnSpec::new(Number, "pid", 1, |one, _| one.pid.to_string().into()),
            Self::Command => {
                ColumnSpec::new(Text, "command", 3, |one, _| or_unknown(one.command.as_ref()))
            }
        }
    }
}
