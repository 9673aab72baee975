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

pub(super) use all_sets::namespaces;
pub(super) use slot_reporter::state;

use std::io::{self, BufWriter, Write};
use std::mem;

use anyhow::Result;

use self::gaps::report_all;
use self::output::{Report, render_options_for};
use self::query::{Query, know_columns};
use crate::cli::{StatusArgs, StatusFormat};
use crate::exit::Exit;
use crate::system;
use crate::view::write_findings;

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
        None => {
            let (report, mut gaps) = query.look()?;
            let exit = gaps.exit();
            report_all(gaps.take_failures());
            show(&report, args)?;
            Ok(exit)
        }
    }
}

fn show(report: &Report, args: &StatusArgs) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    report.write(&mut out, args, &render_options_for(args))?;
    out.flush()
}

/// Shows what is wrong, and says so by the exit status, too. Programs get the same document
/// as without `--check`. Fails if nothing wrong is seen, but not everything can be seen.
fn check(query: &mut Query) -> Result<Exit> {
    let (report, mut gaps) = query.look()?;
    let exit = gaps.exit();
    report_all(mem::take(&mut gaps.missing));
    match query.args.format {
        _ if query.args.quiet => {}
        StatusFormat::Json | StatusFormat::Prometheus => show(&report, query.args)?,
        StatusFormat::Table => {
            let options = render_options_for(query.args);
            write_findings(report.findings(), &mut io::stdout().lock(), &options)?;
        }
    }
    if !report.findings().is_empty() {
        return Ok(exit.worst(Exit::No));
    }
    gaps.none().map(|()| exit)
}
