//! `semlock status`: shows a block, its slots in use, who has them and who waits for
//! them; or every set; and what is wrong, with what fixes it.

mod block;
mod findings;
mod reporter;
mod sets;
mod unseen;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use self::unseen::Unseen;
use super::{Name, screen};
use crate::cli::{StatusArgs, StatusFormat};
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::system;
use crate::view::{
    self, Finding, Look, SetColumn, SetsReport, SlotColumn, StatusReport, write_findings,
};

/// How often `--watch` looks unless it is told.
const PERIOD: Duration = Duration::from_secs(2);

/// Shows what there is once, or again and again, or only what is wrong.
pub fn run(args: &StatusArgs) -> Result<Exit> {
    know_columns(args)?;
    system::need_stdout()?;
    match args.watch {
        _ if args.check => check(args),
        Some(period) => watch(args, period.unwrap_or(PERIOD)),
        None => {
            let (view, _) = View::of(args)?;
            show(&view, args)?;
            Ok(Exit::Done)
        }
    }
}

/// Says what is wrong, also by the exit status. Fails if nothing is wrong with what
/// can be seen, and not everything can.
fn check(args: &StatusArgs) -> Result<Exit> {
    let (view, mut unseen) = View::of(args)?;
    let findings = view.findings();
    if findings.is_empty() {
        if matches!(view, View::Sets(_)) {
            unseen.add_limits();
        }
        return unseen.none().map(|()| Exit::Done);
    }
    if !args.quiet {
        write_findings(findings, &mut io::stdout().lock(), &look(args))?;
    }
    Ok(Exit::No)
}

/// What is shown.
enum View {
    Block(Box<StatusReport>),
    Sets(Box<SetsReport>),
}

impl View {
    fn of(args: &StatusArgs) -> Result<(Self, Unseen)> {
        if is_of_sets(args) {
            let (report, unseen) = sets::look(args)?;
            return Ok((Self::Sets(Box::new(report)), unseen));
        }
        let (report, unseen) = block::look(args, Name::of(&args.target)?)?;
        Ok((Self::Block(Box::new(report)), unseen))
    }

    fn findings(&self) -> &[Finding] {
        match self {
            Self::Block(report) => &report.findings,
            Self::Sets(report) => &report.findings,
        }
    }
}

fn is_of_sets(args: &StatusArgs) -> bool {
    let picked = args.owner.is_some()
        || args.idle.is_some()
        || !args.verdict.is_empty()
        || args.sort.is_some();
    args.all || args.all_namespaces || picked
}

/// Fails for a column that the table asked for does not have.
fn know_columns(args: &StatusArgs) -> Result<(), Failure> {
    let known = if is_of_sets(args) {
        SetColumn::ALL.map(SetColumn::name).to_vec()
    } else {
        SlotColumn::ALL.map(SlotColumn::name).to_vec()
    };
    match args.columns.iter().find(|column| !known.contains(&column.as_str())) {
        None => Ok(()),
        Some(other) => {
            let what = format!("show a column {other:?}: the table has {}", known.join(", "));
            Err(Failure::wrong(what))
        }
    }
}

/// Looks until it is ended: by a signal, or since nobody reads any more. What
/// cannot be shown now may be there the next time.
fn watch(args: &StatusArgs, period: Duration) -> Result<Exit> {
    loop {
        let view = View::of(args);
        if io::stdout().is_terminal() {
            write!(io::stdout(), "\x1b[H\x1b[2J")?;
        }
        match view {
            Ok((view, _)) => show(&view, args)?,
            Err(error) => drop(failure::report(&error)),
        }
        thread::sleep(period);
    }
}

fn show(view: &View, args: &StatusArgs) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match (view, args.format) {
        (View::Block(report), StatusFormat::Table) => {
            let columns = chosen(args, &SlotColumn::ALL, SlotColumn::name);
            report.write_text(&mut out, &columns, &look(args))?;
        }
        (View::Block(report), StatusFormat::Json) => view::write_json(&mut out, report)?,
        (View::Block(report), StatusFormat::Prometheus) => report.write_metrics(&mut out)?,
        (View::Sets(report), StatusFormat::Table) => {
            let columns = chosen(args, &SetColumn::ALL, SetColumn::name);
            report.write_text(&mut out, &columns, &look(args))?;
        }
        (View::Sets(report), StatusFormat::Json) => view::write_json(&mut out, report)?,
        (View::Sets(report), StatusFormat::Prometheus) => report.write_metrics(&mut out)?,
    }
    out.flush()
}

/// The columns that were chosen, in that order, out of all that a table has.
fn chosen<C: Copy>(args: &StatusArgs, all: &[C], name: fn(C) -> &'static str) -> Vec<C> {
    let named = |wanted: &String| all.iter().copied().find(|&column| name(column) == wanted);
    args.columns.iter().filter_map(named).collect()
}

fn look(args: &StatusArgs) -> Look {
    Look {
        width: screen::width(),
        colour: failure::is_coloured(&io::stdout()),
        headless: args.no_headers,
        for_programs: args.no_headers || !args.columns.is_empty(),
        now: Timestamp::now(),
        zone: system::zone(),
    }
}
