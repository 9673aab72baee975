//! The form of a report on sets that people read.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jiff::Timestamp;

use super::grid::{Cell, Grid};
use super::{LimitsReport, Look, NamespaceReport, OwnerReport, SetReport, SetsReport};
use crate::words::{ago, named};

const UNKNOWN: &str = "?";

/// A column: what it is chosen by, and what is in it for a set at that time.
struct Column {
    name: &'static str,
    is_number: bool,
    cell: fn(&SetReport, Timestamp) -> Cell,
}

const fn text(name: &'static str, cell: fn(&SetReport, Timestamp) -> Cell) -> Column {
    Column { name, is_number: false, cell }
}

const fn number(name: &'static str, cell: fn(&SetReport, Timestamp) -> Cell) -> Column {
    Column { name, is_number: true, cell }
}

const ALL: [Column; 14] = [
    text("namespace", |set, _| known(set.ipc_namespace.clone())),
    number("key", |set, _| set.key.to_string().into()),
    text("key-hex", |set, _| set.key_hex.to_string().into()),
    number("semid", |set, _| set.semid.to_string().into()),
    number("nsems", |set, _| set.nsems.to_string().into()),
    text("mode", |set, _| set.mode.to_string().into()),
    text("owner", |set, _| set.user.clone().unwrap_or_else(|| set.uid.to_string()).into()),
    number("uid", |set, _| set.uid.to_string().into()),
    text("creator", |set, _| set.cuser.clone().unwrap_or_else(|| set.cuid.to_string()).into()),
    text("used", |set, now| set.otime.map_or("never".into(), |then| ago(then, now).into())),
    text("changed", |set, now| known(set.ctime.map(|then| ago(then, now)))),
    number("waiting", |set, _| known(set.waiting)),
    text("verdict", |set, _| set.verdict.into()),
    text("evidence", |set, _| set.evidence.join("; ").into()),
];

fn known(value: Option<impl ToString>) -> Cell {
    value.map_or(UNKNOWN.into(), |value| value.to_string().into())
}

/// Those that are shown unless others are chosen.
const DEFAULT: [&str; 9] =
    ["key-hex", "semid", "nsems", "mode", "owner", "used", "changed", "verdict", "evidence"];

impl SetsReport {
    /// Writes the limits, who uses most of them, the namespaces, and the sets.
    pub fn write_table(&self, out: &mut impl Write, look: &Look) -> io::Result<()> {
        if !look.is_for_programs() {
            writeln!(out, "{}", limits_table(&self.limits).trim_fmt())?;
            if !self.owners.is_empty() {
                writeln!(out, "\n{}", owner_table(&self.owners).trim_fmt())?;
            }
            if let Some(namespaces) = &self.namespaces {
                writeln!(out, "\n{}", namespace_table(namespaces).trim_fmt())?;
            }
            writeln!(out)?;
        }
        match self.sets.is_empty() {
            true if look.is_for_programs() => Ok(()),
            true => writeln!(out, "no set"),
            false => self.write_sets(out, look),
        }
    }

    fn columns(&self, look: &Look) -> Vec<&'static Column> {
        let mut usual = DEFAULT.map(String::from).to_vec();
        if self.namespaces.is_some() {
            usual.insert(0, "namespace".into());
        }
        let names = if look.columns.is_empty() { &usual } else { &look.columns };
        names.iter().filter_map(|name| ALL.iter().find(|column| column.name == name)).collect()
    }

    /// On a terminal, what is too long for a line is wrapped. A table that
    /// nobody looks at can be long, and is written as fast as it is read.
    fn write_sets(&self, out: &mut impl Write, look: &Look) -> io::Result<()> {
        let columns = self.columns(look);
        let headings = columns.iter().filter(|_| !look.headless);
        let cells = |set| columns.iter().map(|column| (column.cell)(set, self.time)).collect();
        let grid = Grid {
            headings: headings.map(|column| column.name.to_uppercase().into()).collect(),
            numbers: (0..columns.len()).filter(|&at| columns[at].is_number).collect(),
            rows: self.sets.iter().map(cells).collect(),
            width: None,
        };
        match look.width {
            None => writeln!(out, "{grid}"),
            Some(width) => writeln!(out, "{}", wrapped(grid, width).trim_fmt()),
        }
    }
}

fn wrapped(grid: Grid, width: u16) -> Table {
    let mut table = plain();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    if !grid.headings.is_empty() {
        table.set_header(grid.headings);
    }
    table.add_rows(grid.rows);
    align_right(&mut table, grid.numbers.into_iter());
    table
}

fn limits_table(limits: &LimitsReport) -> Table {
    let mut table = plain();
    table.set_header(["LIMIT", "USED", "OF", "PERCENT", ""]);
    let shown =
        |limit: Option<u32>| limit.map_or_else(|| UNKNOWN.into(), |limit| limit.to_string());
    let percent = |used: u32, limit: Option<u32>| match limit {
        Some(limit @ 1..) => (u64::from(used) * 100 / u64::from(limit)).to_string(),
        _ => UNKNOWN.into(),
    };
    for (name, used, limit, what) in [
        ("SEMMNI", limits.sets_used, limits.semmni, "sets"),
        ("SEMMNS", limits.semaphores_used, limits.semmns, "semaphores in all sets"),
    ] {
        table.add_row([name, &used.to_string(), &shown(limit), &percent(used, limit), what]);
    }
    table.add_row(["SEMMSL", "-", &shown(limits.semmsl), "-", "semaphores in one set"]);
    table.add_row(["SEMOPM", "-", &shown(limits.semopm), "-", "operations in one call"]);
    align_right(&mut table, 1..4);
    table
}

fn owner_table(owners: &[OwnerReport]) -> Table {
    let mut table = plain();
    table.set_header(["OWNER", "SETS", "SEMAPHORES"]);
    for OwnerReport { uid, user, sets, semaphores } in owners {
        table.add_row([named(user.clone(), *uid), sets.to_string(), semaphores.to_string()]);
    }
    align_right(&mut table, 1..3);
    table
}

fn namespace_table(namespaces: &[NamespaceReport]) -> Table {
    let mut table = plain();
    table.set_header(["NAMESPACE", "SETS", "SEMAPHORES", "PID", "COMMAND"]);
    for NamespaceReport { ipc_namespace, pid, command, limits } in namespaces {
        let used = |of: fn(&LimitsReport) -> u32| {
            limits.as_ref().map_or_else(|| UNKNOWN.into(), |limits| of(limits).to_string())
        };
        table.add_row([
            ipc_namespace.clone(),
            used(|limits| limits.sets_used),
            used(|limits| limits.semaphores_used),
            pid.to_string(),
            command.clone().unwrap_or_else(|| UNKNOWN.into()),
        ]);
    }
    align_right(&mut table, 1..4);
    table
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn align_right(table: &mut Table, columns: impl Iterator<Item = usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
