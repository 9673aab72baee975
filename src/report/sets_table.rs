//! The form of a report on sets that people read.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::grid::{Cell, Grid};
use super::{LimitsReport, Look, NamespaceReport, OwnerReport, SetReport, SetsReport};
use crate::system::{Text, zone};
use crate::words::{age, exact, named};

const UNKNOWN: &str = "?";

/// How times are written.
#[derive(Clone, Debug)]
enum Times {
    /// In one word, for programs: RFC 3339.
    Word,
    /// For people, as long ago from this time.
    Ago(Timestamp),
    /// With the exact time, too, by the clock of this zone.
    Both(Timestamp, TimeZone),
}

impl Times {
    fn write(&self, then: Timestamp) -> String {
        match self {
            Self::Word => then.to_string(),
            Self::Ago(now) => age(then, *now),
            Self::Both(now, zone) => format!("{} ({})", exact(then, zone), age(then, *now)),
        }
    }
}

/// A column: what it is chosen by, and what is in it for a set.
struct Column {
    name: &'static str,
    is_number: bool,
    cell: fn(&SetReport, &Times) -> Cell,
}

const fn text(name: &'static str, cell: fn(&SetReport, &Times) -> Cell) -> Column {
    Column { name, is_number: false, cell }
}

const fn number(name: &'static str, cell: fn(&SetReport, &Times) -> Cell) -> Column {
    Column { name, is_number: true, cell }
}

const ALL: [Column; 14] = [
    text("namespace", |set, _| known(set.ipc_namespace.clone())),
    number("key", |set, _| set.set.key.to_string().into()),
    text("key-hex", |set, _| set.set.key_hex.to_string().into()),
    number("semid", |set, _| set.set.semid.to_string().into()),
    number("nsems", |set, _| set.set.nsems.to_string().into()),
    text("mode", |set, _| set.set.mode.to_string().into()),
    text("owner", |set, _| account(set.set.user.as_ref(), set.set.uid)),
    number("uid", |set, _| set.set.uid.to_string().into()),
    text("creator", |set, _| account(set.set.cuser.as_ref(), set.set.cuid)),
    text("used", |set, times| {
        set.set.otime.map_or("never".into(), |then| times.write(then).into())
    }),
    text("changed", |set, times| known(set.set.ctime.map(|then| times.write(then)))),
    number("waiting", |set, _| known(set.waiting)),
    text("verdict", |set, _| set.verdict.into()),
    text("evidence", |set, _| set.evidence.join("; ").into()),
];

/// A name in one word, as programs take cells apart at blanks; else the number.
fn account(name: Option<&Text>, id: u32) -> Cell {
    name.map_or_else(|| id.to_string(), Text::in_one_word).into()
}

fn known(value: Option<impl ToString>) -> Cell {
    value.map_or(UNKNOWN.into(), |value| value.to_string().into())
}

/// Those that are shown unless others are chosen. The last one can be long.
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

    /// In one line each for programs, and where nobody looks at the width. On a
    /// terminal, what is too long for a line stands below it.
    fn write_sets(&self, out: &mut impl Write, look: &Look) -> io::Result<()> {
        let columns = self.columns(look);
        if look.is_for_programs() {
            return writeln!(out, "{}", self.grid(&columns, &Times::Word, look));
        }
        let both = Times::Both(self.time, zone());
        let all = self.grid(&columns, &both, look);
        let Some(width) = look.width.map(usize::from).filter(|&width| all.width() > width) else {
            return writeln!(out, "{all}");
        };
        let (_, short) = columns.split_last().expect("there are columns");
        let lines = self.grid(short, &both, look);
        let lines = if lines.width() > width {
            self.grid(short, &Times::Ago(self.time), look)
        } else {
            lines
        };
        self.write_folded(out, &lines, width)
    }

    fn grid(&self, columns: &[&Column], times: &Times, look: &Look) -> Grid {
        let headings = columns.iter().filter(|_| !look.headless);
        let cells = |set| columns.iter().map(|column| (column.cell)(set, times)).collect();
        Grid {
            headings: headings.map(|column| column.name.to_uppercase().into()).collect(),
            numbers: (0..columns.len()).filter(|&at| columns[at].is_number).collect(),
            rows: self.sets.iter().map(cells).collect(),
            width: None,
            colour: look.colour && !look.is_for_programs(),
        }
    }

    /// The evidence below each line, indented.
    fn write_folded(&self, out: &mut impl Write, grid: &Grid, width: usize) -> io::Result<()> {
        const INDENT: &str = "    ";
        let options = textwrap::Options::new(width)
            .initial_indent(INDENT)
            .subsequent_indent(INDENT)
            .break_words(false);
        let lines = grid.to_string();
        let (headings, lines) = lines.split_once('\n').expect("there are sets");
        writeln!(out, "{headings}")?;
        for (line, set) in lines.lines().zip(&self.sets) {
            writeln!(out, "{line}\n{}", textwrap::fill(&set.evidence.join("; "), &options))?;
        }
        Ok(())
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
        table.add_row([named(user.as_ref(), *uid), sets.to_string(), semaphores.to_string()]);
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
            command.as_ref().map_or_else(|| UNKNOWN.into(), ToString::to_string),
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
