//! The terminal that answers are written to, if it is one.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use crate::failure;

/// The width of help where no terminal tells one.
const USUAL: usize = 80;

/// Longer lines are hard to read.
const WIDEST: usize = 100;

/// The width of the terminal; None if standard output is none.
pub(super) fn width() -> Option<u16> {
    width_of(&io::stdout())
}

/// The same of another stream.
pub(super) fn width_of(stream: &(impl IsTerminal + AsFd)) -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(stream).ok().filter(|_| stream.is_terminal())?;
    (size.ws_col > 0).then_some(size.ws_col)
}

/// The width of help: that of the terminal, else of `$COLUMNS`.
pub(super) fn help_width() -> usize {
    let columns = || env::var("COLUMNS").ok()?.parse().ok().filter(|&columns| columns > 0);
    width().map(usize::from).or_else(columns).unwrap_or(USUAL).min(WIDEST)
}

/// Prints help or the version, coloured if that is fit and wanted.
pub(super) fn print_help(answer: &clap::Error) -> io::Result<()> {
    let (text, mut out) = (answer.render(), io::stdout());
    let coloured = failure::is_coloured(&out);
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    out.write_all(text.as_bytes())?;
    out.flush()
}
