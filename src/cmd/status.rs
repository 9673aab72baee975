//! `semlock status`: shows a block, its slots in use, who has and who awaits
//! them, and what is wrong.

use std::io::{self, BufWriter, IsTerminal, Write};

use anyhow::Result;
use nix::errno::Errno;

use super::{Name, look};
use crate::cli::{Format, StatusArgs};
use crate::exit::Exit;
use crate::report::{self, Look, StatusReport};
use crate::session::BlockError;
use crate::{diagnose, sysv};

/// Reads the block, then shows it in the form asked for, or only judges it.
pub fn run(args: &StatusArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    let report = match name.open() {
        Err(BlockError::Sysv(error)) if error.errno == Errno::EACCES && shows_header(args) => {
            refused(args, name, error)?
        }
        block => look::look(block.map_err(|error| name.failure("show", &error))?, args, name)?,
    };
    if args.check {
        return Ok(if report.is_in_trouble() { Exit::No } else { Exit::Done });
    }
    show(&report, args)?;
    Ok(Exit::Done)
}

/// Whether there is something to show of a block whose semaphores may not be read.
fn shows_header(args: &StatusArgs) -> bool {
    !args.check && !args.no_headers && args.columns.is_empty()
}

/// The header of a block is there for everybody: says why the rest is not.
fn refused(args: &StatusArgs, name: Name, error: sysv::Error) -> Result<StatusReport> {
    let failure = name.failure("show the slots of", &error.into());
    match look::header_of_refused(args, name)? {
        Some(report) => {
            diagnose::report(&failure.into());
            Ok(report)
        }
        None => Err(failure.into()),
    }
}

fn show(report: &StatusReport, args: &StatusArgs) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match args.format {
        Format::Table => report.write_table(&mut out, &form(args))?,
        Format::Json => report::write_json(&mut out, report)?,
    }
    out.flush()
}

fn form(args: &StatusArgs) -> Look {
    Look { width: width(), columns: args.columns.clone(), headless: args.no_headers }
}

/// The width of the terminal; None if standard output is none.
fn width() -> Option<u16> {
    let stdout = io::stdout();
    let size = rustix::termios::tcgetwinsize(&stdout).ok().filter(|_| stdout.is_terminal())?;
    (size.ws_col > 0).then_some(size.ws_col)
}
