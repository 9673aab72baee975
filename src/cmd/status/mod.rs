//! `semlock status`: shows a block, its slots in use, who has them and who waits for
//! them, and what is wrong; or every set.

mod block;
mod check;
mod sets;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::{Name, screen};
use crate::cli::{COLUMNS, SET_COLUMNS, StatusArgs, StatusFormat};
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::report::{self, Look, SetsReport, StatusReport};
use crate::system;

/// How often `--watch` looks unless it is told.
const PERIOD: Duration = Duration::from_secs(2);

/// Shows what there is once, or again and again, or only judges it.
pub fn run(args: &StatusArgs) -> Result<Exit> {
    know_columns(args)?;
    if !args.check {
        system::need_stdout()?;
    }
    match args.watch {
        _ if args.check => check::run(args),
        Some(period) => watch(args, period.unwrap_or(PERIOD)),
        None => {
            show(&View::of(args)?, args)?;
            Ok(Exit::Done)
        }
    }
}

/// What is shown.
enum View {
    Block(Box<StatusReport>),
    Sets(Box<SetsReport>),
}

impl View {
    fn of(args: &StatusArgs) -> Result<Self> {
        if is_of_sets(args) {
            return sets::look(args).map(|report| Self::Sets(Box::new(report)));
        }
        let report = block::look(args, Name::of(&args.target)?)?;
        Ok(Self::Block(Box::new(report)))
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
    let known = if is_of_sets(args) { &SET_COLUMNS[..] } else { &COLUMNS[..] };
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
            Ok(view) => show(&view, args)?,
            Err(error) => drop(failure::report(&error)),
        }
        thread::sleep(period);
    }
}

fn show(view: &View, args: &StatusArgs) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match (view, args.format) {
        (View::Block(report), StatusFormat::Table) => report.write_table(&mut out, &form(args))?,
        (View::Block(report), StatusFormat::Json) => report::write_json(&mut out, report)?,
        (View::Block(report), StatusFormat::Prometheus) => report.write_metrics(&mut out)?,
        (View::Sets(report), StatusFormat::Table) => report.write_table(&mut out, &form(args))?,
        (View::Sets(report), StatusFormat::Json) => report::write_json(&mut out, report)?,
        (View::Sets(report), StatusFormat::Prometheus) => report.write_metrics(&mut out)?,
    }
    out.flush()
}

fn form(args: &StatusArgs) -> Look {
    Look {
        width: screen::width(),
        columns: args.columns.clone(),
        headless: args.no_headers,
        colour: failure::is_coloured(&io::stdout()),
    }
}
