//! The line that shows what takes so long.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure;
use crate::system::printable;

/// Work that takes longer is shown, and the line is redrawn this often.
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// How a wait is shown, and its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgressStyle {
    /// Not at all.
    Silent,
    /// By one line, once the wait lasts.
    Once,
    /// By a line that is redrawn every second, and cleared when the wait ends.
    Redrawn,
}

impl ProgressStyle {
    /// What suits standard error. With JSON, that is for the error only.
    pub(crate) fn of(verbose: bool, json: bool) -> Self {
        match (json, verbose) {
            (true, _) => Self::Silent,
            _ if io::stderr().is_terminal() => Self::on_a_terminal(),
            (_, true) => Self::Once,
            _ => Self::Silent,
        }
    }

    /// A terminal that cannot clear a line gets it once.
    fn on_a_terminal() -> Self {
        match env::var_os("TERM") {
            Some(term) if term != "dumb" && !term.is_empty() => Self::Redrawn,
            _ => Self::Once,
        }
    }
}

/// The line, which is cleared when this is dropped.
pub(crate) struct Line {
    style: ProgressStyle,
    is_shown: bool,
}

impl Line {
    pub(crate) fn new(style: ProgressStyle) -> Self {
        Self { style, is_shown: false }
    }

    /// Shows what `line` says for the time so far.
    pub(crate) fn show(&mut self, time: Duration, line: impl Fn(Duration) -> String) {
        match self.style {
            ProgressStyle::Redrawn if time >= SECOND && is_in_foreground() => {
                failure::show(&redrawn(&line(time), columns()));
                self.is_shown = true;
            }
            ProgressStyle::Once if time >= SECOND && !self.is_shown => {
                failure::tell(&line(time));
                self.is_shown = true;
            }
            _ => {}
        }
    }

    pub(crate) fn clear(&mut self) {
        if self.is_shown && self.style == ProgressStyle::Redrawn {
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

/// A line in place of the one before it, cut to the width of the terminal.
fn redrawn(line: &str, columns: usize) -> String {
    let line = format!("semlock: {line}");
    let line: String = printable(&line).chars().take(columns - 1).collect();
    format!("\r{line}\x1b[K")
}

/// Does `work`. If it takes more than a second, a terminal shows `line` until it is done.
pub(crate) fn shown<T>(
    line: impl Fn(Duration) -> String + Send + Sync,
    work: impl FnOnce() -> T,
) -> T {
    if ProgressStyle::of(false, false) != ProgressStyle::Redrawn {
        return work();
    }
    let (is_working, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let show = move || {
            let (begin, mut shown) = (Instant::now(), Line::new(ProgressStyle::Redrawn));
            while end.recv_timeout(SECOND) == Err(RecvTimeoutError::Timeout) {
                shown.show(begin.elapsed(), &line);
            }
        };
        // Without a thread, nothing is shown.
        let _ = thread::Builder::new().spawn_scoped(scope, show);
        let result = work();
        drop(is_working);
        result
    })
}

/// Clears the line, for another one in its place.
pub(crate) fn clear() {
    failure::show("\r\x1b[K");
}

/// Whether the terminal belongs to this process: a background job must not draw over
/// what the user types.
fn is_in_foreground() -> bool {
    nix::unistd::tcgetpgrp(io::stderr()) == Ok(nix::unistd::getpgrp())
}

/// The width of the terminal: a line that wraps could not be cleared.
fn columns() -> usize {
    match rustix::termios::tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => 80,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::assert_harmless;

    #[test]
    fn the_line_has_no_control_characters_but_those_that_redraw_it() {
        assert_harmless("the progress line", |rng, texts| {
            let drawn = redrawn(&texts.string(), rng.usize(1..300));
            drawn.strip_prefix('\r').and_then(|rest| rest.strip_suffix("\x1b[K")).unwrap().into()
        });
    }

    #[test]
    fn the_line_is_cut_before_the_last_column() {
        assert_eq!(redrawn("abc", 80), "\rsemlock: abc\x1b[K");
        assert_eq!(redrawn("abc", 12), "\rsemlock: ab\x1b[K");
    }

    #[test]
    fn json_and_what_is_no_terminal_get_no_line_unless_it_is_asked_for() {
        // The standard error of these tests may be a terminal.
        assert_eq!(ProgressStyle::of(true, true), ProgressStyle::Silent);
        assert_eq!(ProgressStyle::of(false, true), ProgressStyle::Silent);
        if !io::stderr().is_terminal() {
            assert_eq!(ProgressStyle::of(true, false), ProgressStyle::Once);
            assert_eq!(ProgressStyle::of(false, false), ProgressStyle::Silent);
        }
    }

    #[test]
    fn a_line_is_shown_once_after_a_second() {
        let shown = |style, time| {
            let mut line = Line::new(style);
            line.show(time, |_| "a test shows this".into());
            std::mem::take(&mut line.is_shown)
        };
        let early = Duration::from_millis(999);
        assert!(!shown(ProgressStyle::Once, early));
        assert!(shown(ProgressStyle::Once, SECOND));
        assert!(!shown(ProgressStyle::Silent, SECOND));
    }
}
