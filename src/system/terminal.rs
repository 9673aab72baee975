//! The width of the terminal that a stream is connected to.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

/// The number of columns of the terminal on standard output; None if it is not a terminal.
pub(crate) fn stdout_width() -> Option<u16> {
    width_of(&io::stdout())
}

/// The same of another stream.
pub(crate) fn width_of(stream: &(impl IsTerminal + AsFd)) -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(stream).ok().filter(|_| stream.is_terminal())?;
    (size.ws_col > 0).then_some(size.ws_col)
}
