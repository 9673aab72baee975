//! `semlock status`: shows a block, its slots in use, who has them and who waits for
//! them; or every set; and what is wrong, with what fixes it.

mod block;
mod findings;
mod names;
mod reporter;
mod set;
mod sets;
mod summary;
mod unseen;
mod watch;

use std::io::{self, BufWriter, Write};
use std::mem;

use anyhow::Result;
use jiff::Timestamp;

use self::names::Names;
use self::unseen::Unseen;
use super::{Name, screen};
use crate::cli::{Slots, StatusArgs, StatusFormat};
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::system;
use crate::view::{
    self, Finding, Look, SemaphoreColumn, SemaphoresReport, SetColumn, SetsReport, SlotColumn,
    StatusReport, write_findings,
};

/// Shows what there is once, or again and again, or only what is wrong.
pub(super) fn run(args: &StatusArgs) -> Result<Exit> {
    know_columns(args)?;
    if !args.quiet {
        system::require_stdout()?;
    }
    let mut looker = Looker::new(args)?;
    match args.watch {
        _ if args.check => check(&mut looker),
        Some(period) => watch::run(&mut looker, period),
        None => {
            let (view, mut unseen) = looker.look()?;
            let exit = unseen.exit();
            report(unseen.take_failures());
            show(&view, args)?;
            Ok(exit)
        }
    }
}

fn show(view: &View, args: &StatusArgs) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    view.write(&mut out, args, &how_to_look(args))?;
    out.flush()
}

fn report(failures: Vec<Failure>) {
    for failure in failures {
        failure::report(&failure.into());
    }
}

/// Says what is wrong, also by the exit status; to programs, in the document that they
/// get without `--check`. Fails if nothing is wrong with what can be seen, and not
/// everything can.
fn check(looker: &mut Looker) -> Result<Exit> {
    let (view, mut unseen) = looker.look()?;
    let exit = unseen.exit();
    report(mem::take(&mut unseen.missing));
    match looker.args.format {
        _ if looker.args.quiet => {}
        StatusFormat::Json | StatusFormat::Prometheus => show(&view, looker.args)?,
        StatusFormat::Table => {
            let look = how_to_look(looker.args);
            write_findings(view.findings(), &mut io::stdout().lock(), &look)?;
        }
    }
    if !view.findings().is_empty() {
        return Ok(exit.worst(Exit::No));
    }
    if matches!(view, View::Sets(_)) {
        unseen.add_limits();
    }
    unseen.none().map(|()| exit)
}

/// What is looked at, once or again and again.
struct Looker<'a> {
    args: &'a StatusArgs,
    names: Option<Names>,
}

impl<'a> Looker<'a> {
    fn new(args: &'a StatusArgs) -> Result<Self, Failure> {
        if args.names.is_some() && is_of_sets(args) {
            return Err(Failure::wrong(
                "use --sessions where every set is shown: sessions have slots in a block",
            ));
        }
        Ok(Self { args, names: args.names.as_deref().map(Names::at) })
    }

    /// What is seen now, and what could not be looked at.
    fn look(&mut self) -> Result<(View, Unseen)> {
        if is_of_sets(self.args) {
            let (report, unseen) = sets::look(self.args)?;
            return Ok((View::Sets(Box::new(report)), unseen));
        }
        let name = Name::of(&self.args.target())?;
        if let Some(plain) = set::plain(self.args, name) {
            let (report, unseen) = set::look(self.args, plain)?;
            return Ok((View::Set(Box::new(report)), unseen));
        }
        let (mut report, unseen) = block::look(self.args, name)?;
        if let Some(names) = &mut self.names {
            names.add_to(&mut report)?;
        }
        Ok((View::Block(Box::new(report)), unseen))
    }
}

/// What is shown.
enum View {
    Block(Box<StatusReport>),
    Set(Box<SemaphoresReport>),
    Sets(Box<SetsReport>),
}

impl View {
    fn findings(&self) -> &[Finding] {
        match self {
            Self::Block(report) => &report.findings,
            Self::Set(report) => &report.findings,
            Self::Sets(report) => &report.findings,
        }
    }

    /// What is wrong, to be shown apart from the rest.
    fn take_findings(&mut self) -> Vec<Finding> {
        mem::take(match self {
            Self::Block(report) => &mut report.findings,
            Self::Set(report) => &mut report.findings,
            Self::Sets(report) => &mut report.findings,
        })
    }

    /// Leaves out all sets but the first ones; says how many.
    fn keep_sets(&mut self, most: usize) -> usize {
        let Self::Sets(report) = self else { return 0 };
        let number = report.sets.len();
        report.sets.truncate(most);
        number - report.sets.len()
    }

    fn write(&self, out: &mut impl Write, args: &StatusArgs, look: &Look) -> io::Result<()> {
        match args.format {
            StatusFormat::Table => self.write_text(out, args, look),
            StatusFormat::Json => match self {
                Self::Block(report) => view::write_json(out, report),
                Self::Set(report) => view::write_json(out, report),
                Self::Sets(report) => view::write_json(out, report),
            },
            StatusFormat::Prometheus => match self {
                Self::Block(report) => report.write_metrics(out),
                Self::Set(report) => report.write_metrics(out),
                Self::Sets(report) => report.write_metrics(out),
            },
        }
    }

    fn write_text(&self, out: &mut impl Write, args: &StatusArgs, look: &Look) -> io::Result<()> {
        match self {
            Self::Block(report) => {
                let columns = chosen(args, &SlotColumn::ALL, SlotColumn::name);
                report.write_text(out, &columns, look)
            }
            Self::Set(report) => {
                let columns = chosen(args, &SemaphoreColumn::ALL, SemaphoreColumn::name);
                report.write_text(out, &columns, args.slots == Slots::All, look)
            }
            Self::Sets(report) => {
                let columns = chosen(args, &SetColumn::ALL, SetColumn::name);
                report.write_text(out, &columns, look)
            }
        }
    }

    /// As a document on one line.
    fn json_line(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::Block(report) => view::json_line(report),
            Self::Set(report) => view::json_line(report),
            Self::Sets(report) => view::json_line(report),
        }
    }
}

fn is_of_sets(args: &StatusArgs) -> bool {
    let picked = !args.many.is_empty()
        || args.idle.is_some()
        || !args.verdict.is_empty()
        || args.sort.is_some();
    args.all || args.all_namespaces || picked || args.key.len() + args.id.len() > 1
}

/// Fails for a column that the table asked for does not have.
fn know_columns(args: &StatusArgs) -> Result<(), Failure> {
    let sets = SetColumn::ALL.map(SetColumn::name);
    let slots = SlotColumn::ALL.map(SlotColumn::name);
    let semaphores = SemaphoreColumn::ALL.map(SemaphoreColumn::name);
    let tables = if is_of_sets(args) { vec![&sets[..]] } else { vec![&slots[..], &semaphores[..]] };
    let lacks = |table: &[&str]| {
        args.columns.iter().find(|column| !table.contains(&column.as_str())).cloned()
    };
    // Of the first table, unless another one has them all.
    let missing = lacks(tables[0]).filter(|_| !tables.iter().any(|table| lacks(table).is_none()));
    match missing {
        None => Ok(()),
        Some(other) => {
            let known = tables[0].join(", ");
            Err(Failure::wrong(format!("show a column {other:?}: the table has {known}")))
        }
    }
}

/// The columns that were chosen, in that order, out of all that a table has.
fn chosen<C: Copy>(args: &StatusArgs, all: &[C], name: fn(C) -> &'static str) -> Vec<C> {
    let named = |wanted: &String| all.iter().copied().find(|&column| name(column) == wanted);
    args.columns.iter().filter_map(named).collect()
}

/// For people at a terminal, or for what reads the answer.
fn how_to_look(args: &StatusArgs) -> Look {
    Look {
        width: screen::width(),
        colour: failure::is_coloured(&io::stdout()),
        headless: args.no_headers,
        for_programs: args.no_headers || !args.columns.is_empty(),
        now: Timestamp::now(),
        zone: system::zone(),
    }
}
