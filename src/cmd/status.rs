//! `semlock status`: shows a block, its slots in use, their holders and waiters; or every
//! set; and what is wrong, with the commands that fix it.

mod all_blocks;
mod all_sets;
mod any_set;
mod block;
mod findings;
mod gaps;
mod output;
mod query;
mod session_names;
mod slot_reporter;
mod summary;
mod watch;

use std::io::{self, BufWriter, Write};
use std::mem;

use anyhow::Result;

use self::gaps::{Gaps, report_all};
use self::output::{Report, render_options_for};
use self::query::{Query, know_columns};
use crate::cli::{StatusArgs, StatusFormat};
use crate::exit::Exit;
use crate::system;
use crate::view::write_findings;

/// What was shown.
struct Answer {
    /// The exit status, unless `--check` has another.
    exit: Exit,
    /// Whether something is wrong.
    is_wrong: bool,
    gaps: Gaps,
}

/// Shows the block or the sets, once or again and again; with `--check`, what is wrong.
pub(super) fn run(args: &StatusArgs) -> Result<Exit> {
    know_columns(args)?;
    if !args.quiet {
        system::require_stdout()?;
    }
    let mut query = Query::new(args)?;
    match args.watch {
        _ if args.check => check(&mut query),
        Some(period) => watch::run(&mut query, period),
        None => answer(&mut query).map(|answer| answer.exit),
    }
}

fn answer(query: &mut Query) -> Result<Answer> {
    let args = query.args;
    if query.is_streamed() {
        return all_sets::write(args, &mut BufWriter::new(io::stdout().lock()));
    }
    let (report, mut gaps) = query.look()?;
    let exit = gaps.exit();
    report_all(if args.check { mem::take(&mut gaps.missing) } else { gaps.take_failures() });
    if !args.quiet {
        match show(&report, args) {
            // The exit status is an answer, too.
            Err(error) if args.check && error.kind() == io::ErrorKind::BrokenPipe => {}
            shown => shown?,
        }
    }
    Ok(Answer { exit, is_wrong: !report.findings().is_empty(), gaps })
}

/// With `--check`, people are shown only what is wrong; programs get the same document.
fn show(report: &Report, args: &StatusArgs) -> io::Result<()> {
    let (mut out, options) = (BufWriter::new(io::stdout().lock()), render_options_for(args));
    if args.check && args.format == StatusFormat::Table {
        write_findings(report.findings(), &mut out, &options)?;
    } else {
        report.write(&mut out, args, &options)?;
    }
    out.flush()
}

/// Says by the exit status, too, whether something is wrong. Fails if nothing wrong is seen,
/// but not everything can be seen.
fn check(query: &mut Query) -> Result<Exit> {
    let Answer { exit, is_wrong, gaps } = answer(query)?;
    if is_wrong {
        return Ok(exit.worst(Exit::No));
    }
    gaps.none().map(|()| exit)
}
