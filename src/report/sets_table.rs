//! The form of a report on sets that people read.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jiff::Timestamp;

use super::{LimitsReport, Look, NamespaceReport, OwnerReport, SetReport, SetsReport};
use crate::words::{ago, named};

const UNKNOWN: &str = "?";

/// A column: what it is chosen by, and what is in it for a set at that time.
struct Column {
    name: &'static str,
    is_number: bool,
    cell: fn(&SetReport, Timestamp) -> String,
}

const fn text(name: &'static str, cell: fn(&SetReport, Timestamp) -> String) -> Column {
    Column { name, is_number: false, cell }
}

const fn number(name: &'static str, cell: fn(&SetReport, Timestamp) -> String) -> Column {
    Column { name, is_number: true, cell }
}

const ALL: [Column; 14] = [
    text("namespace", |set, _| set.ipc_namespace.clone().unwrap_or_else(|| UNKNOWN.into())),
    number("key", |set, _| set.key.to_string()),
    text("key-hex", |set, _| set.key_hex.clone()),
    number("semid", |set, _| set.semid.to_string()),
    number("nsems", |set, _| set.nsems.to_string()),
    text("mode", |set, _| set.mode.clone()),
    text("owner", |set, _| set.user.clone().unwrap_or_else(|| set.uid.to_string())),
    number("uid", |set, _| set.uid.to_string()),
    text("creator", |set, _| set.cuser.clone().unwrap_or_else(|| set.cuid.to_string())),
    text("used", |set, now| set.otime.map_or_else(|| "never".into(), |then| ago(then, now))),
    text("changed", |set, now| set.ctime.map_or_else(|| UNKNOWN.into(), |then| ago(then, now))),
    number("waiting", |set, _| {
        set.waiting.map_or_else(|| UNKNOWN.into(), |waiting| waiting.to_string())
    }),
    text("verdict", |set, _| set.verdict.into()),
    text("evidence", |set, _| set.evidence.join("; ")),
];

/// Those that are shown unless others are chosen.
const DEFAULT: [&str; 9] =
    ["key-hex", "semid", "nsems", "mode", "owner", "used", "changed", "verdict", "evidence"];

impl SetsReport {
    /// Writes the limits, who uses most of them, the namespaces, and the sets.
    pub fn write_table(&self, out: &mut impl Write, look: &Look) -> io::Result<()> {
        if !look.is_for_programs() {
            writeln!(out, "{}", limits_table(&self.limits))?;
            if !self.owners.is_empty() {
                writeln!(out, "\n{}", owner_table(&self.owners))?;
            }
            if let Some(namespaces) = &self.namespaces {
                writeln!(out, "\n{}", namespace_table(namespaces))?;
            }
            writeln!(out)?;
        }
        match self.sets.is_empty() {
            true if look.is_for_programs() => Ok(()),
            true => writeln!(out, "no set"),
            false => writeln!(out, "{}", self.set_table(look)),
        }
    }

    fn set_table(&self, look: &Look) -> Table {
        let mut usual: Vec<_> = DEFAULT.map(String::from).to_vec();
        if self.namespaces.is_some() {
            usual.insert(0, "namespace".into());
        }
        let names = if look.columns.is_empty() { &usual } else { &look.columns };
        let columns: Vec<_> =
            names.iter().filter_map(|name| ALL.iter().find(|column| column.name == name)).collect();
        let mut table = plain();
        if let Some(width) = look.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        if !look.headless {
            table.set_header(columns.iter().map(|column| column.name.to_uppercase()));
        }
        for set in &self.sets {
            table.add_row(columns.iter().map(|column| (column.cell)(set, self.time)));
        }
        let numbers = columns.iter().enumerate().filter(|(_, column)| column.is_number);
        align_right(&mut table, numbers.map(|(at, _)| at));
        table
    }
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
