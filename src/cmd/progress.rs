//! The line that tells a person what takes so long.

use std::env;
use std::io::{self, IsTerminal};
use std::time::Duration;

use crate::failure;
use crate::system::printable;

/// Only what takes longer than this is talked about, and so often.
pub(super) const SECOND: Duration = Duration::from_secs(1);

/// What is said of a wait, and of what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// Nothing.
    Silent,
    /// A line once the wait lasts.
    Once,
    /// A line that is drawn again every second and goes when the wait ends.
    Redrawn,
}

impl Voice {
    /// What stderr is fit for. For a program it has nothing but the error.
    pub(super) fn of(verbose: bool, json: bool) -> Self {
        match (json, verbose) {
            (true, _) => Self::Silent,
            _ if io::stderr().is_terminal() => Self::on_a_terminal(),
            (_, true) => Self::Once,
            _ => Self::Silent,
        }
    }

    /// A terminal that cannot take a line back gets it once.
    fn on_a_terminal() -> Self {
        match env::var_os("TERM") {
            Some(term) if term != "dumb" && !term.is_empty() => Self::Redrawn,
            _ => Self::Once,
        }
    }
}

/// The line for people, which is gone when this is dropped.
pub(super) struct Line {
    voice: Voice,
    is_shown: bool,
}

impl Line {
    pub(super) fn new(voice: Voice) -> Self {
        Self { voice, is_shown: false }
    }

    /// Shows what `line` says of the time so far.
    pub(super) fn tell(&mut self, time: Duration, line: impl Fn(Duration) -> String) {
        match self.voice {
            Voice::Redrawn if time >= SECOND && is_in_foreground() => {
                let line = format!("semlock: {}", line(time));
                let line: String = printable(&line).chars().take(columns() - 1).collect();
                failure::show(&format!("\r{line}\x1b[K"));
                self.is_shown = true;
            }
            Voice::Once if time >= SECOND && !self.is_shown => {
                failure::tell(&line(time));
                self.is_shown = true;
            }
            _ => {}
        }
    }

    pub(super) fn clear(&mut self) {
        if self.is_shown && self.voice == Voice::Redrawn {
            clear();
            self.is_shown = false;
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Takes the line away, for another to be written in its place.
pub(super) fn clear() {
    failure::show("\r\x1b[K");
}

/// Whether the terminal belongs to this process: no job in the background draws over
/// what a person types.
fn is_in_foreground() -> bool {
    nix::unistd::tcgetpgrp(io::stderr()) == Ok(nix::unistd::getpgrp())
}

/// The width of the terminal: a line that wraps could not be taken back.
fn columns() -> usize {
    match rustix::termios::tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => 80,
    }
}
