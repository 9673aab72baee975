//! A terminal as a full screen: the alternate buffer, no cursor, and each key at once.
//! Unless SIGKILL ends the process, the terminal is restored.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{self, getpgrp, tcgetpgrp};
use textwrap::core::display_width;

use super::poll::{closed, is_ready, poll, readable};
use super::signals::CaughtSignals;

/// The signals that need a change of the terminal.
const SIGNALS: [Signal; 7] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGTSTP,
    Signal::SIGCONT,
    Signal::SIGWINCH,
];

const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// The state of the terminal before it became a screen. Global, because a panic must
/// restore it too.
static BEFORE: Mutex<Option<Before>> = Mutex::new(None);

struct Before {
    /// None if standard input is not a terminal.
    modes: Option<Termios>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The time is up.
    Time,
    /// The size of the screen has changed, or another program has used it.
    Redraw,
    /// The user wants to quit, or is gone.
    Quit,
}

/// A screen on standard output, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Screen {
    signals: CaughtSignals,
    has_keys: bool,
}

/// Whether standard output can be a screen.
pub(crate) fn has_screen() -> bool {
    let is_plain = env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    io::stdout().is_terminal() && !is_plain
}

impl Screen {
    /// Catches signals from now on. The terminal does not change before the first frame.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { signals: CaughtSignals::these(&SIGNALS)?, has_keys: io::stdin().is_terminal() })
    }

    /// Whether this job is in the foreground of the terminal. A background job would be
    /// stopped if it drew.
    pub(crate) fn is_in_foreground(&self) -> bool {
        tcgetpgrp(io::stdout()).map_or(true, |group| group == getpgrp())
    }

    /// How many columns and rows there are.
    pub(crate) fn size(&self) -> (u16, u16) {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
        let size = size.filter(|size| size.ws_col > 0 && size.ws_row > 0);
        size.map_or((80, 24), |size| (size.ws_col, size.ws_row))
    }

    /// Draws a frame over the last one, with one write, so that nothing flickers. Its lines
    /// must fit. A background job draws nothing.
    pub(crate) fn draw(&self, lines: &[String]) -> io::Result<()> {
        if !self.is_in_foreground() {
            return Ok(());
        }
        let mut frame = if self.enter()? { ENTER.to_owned() } else { String::new() };
        frame.push_str("\x1b[H");
        let columns = usize::from(self.size().0.max(1));
        for (at, line) in lines.iter().enumerate() {
            frame.push_str(if at == 0 { "" } else { "\r\n" });
            // After a line that fills its row, the cursor is still on the last character.
            // Erasing would erase that one, so the rows below are erased before the line.
            let has_room = line.is_empty() || !display_width(line).is_multiple_of(columns);
            let below = if at + 1 == lines.len() { "\x1b[J" } else { "" };
            if has_room {
                frame.extend([line, "\x1b[K", below]);
            } else {
                frame.extend([below, line]);
            }
        }
        write(&frame)
    }

    /// Waits for the next event, until `end`.
    pub(crate) fn next(&self, end: Instant) -> io::Result<Event> {
        let stdin = io::stdin();
        loop {
            let mut all = vec![readable(&self.signals)];
            // Reading would stop a background job.
            let has_keys = self.has_keys && self.is_in_foreground();
            all.extend(has_keys.then(|| readable(&stdin)));
            if poll(&mut all, Some(end.saturating_duration_since(Instant::now())))? == 0 {
                return Ok(Event::Time);
            }
            if is_ready(&all[0]) {
                return self.signal();
            }
            if is_quit() {
                return Ok(Event::Quit);
            }
        }
    }

    /// Restores the terminal before a signal ends or stops this process. If the signal is
    /// ignored, it has no other effect.
    fn signal(&self) -> io::Result<Event> {
        match self.signals.next()?.signal {
            Signal::SIGWINCH => {}
            // The shell, or another job, has changed the terminal.
            Signal::SIGCONT => leave_screen(),
            signal => {
                leave_screen();
                self.signals.deliver(signal);
            }
        }
        Ok(Event::Redraw)
    }

    /// Prepares the terminal. Returns whether it was not a screen before.
    fn enter(&self) -> io::Result<bool> {
        let mut before = before();
        if before.is_some() {
            return Ok(false);
        }
        let modes = self.has_keys.then(|| tcgetattr(io::stdin())).transpose()?;
        if let Some(modes) = &modes {
            let mut raw = modes.clone();
            raw.local_flags -= LocalFlags::ICANON | LocalFlags::ECHO;
            tcsetattr(io::stdin(), SetArg::TCSANOW, &raw)?;
        }
        *before = Some(Before { modes });
        Ok(true)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave_screen();
    }
}

/// Whether the user has pressed `q`, or the terminal has been closed.
fn is_quit() -> bool {
    let mut keys = [0; 64];
    let number = retry(|| unistd::read(io::stdin(), &mut keys)).unwrap_or(0);
    number == 0 || keys[..number].iter().any(|key| b"qQ".contains(key))
}

/// Repeats a call that a signal interrupts.
fn retry<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
}

fn before() -> MutexGuard<'static, Option<Before>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminal if it is a screen. If that fails, the terminal is gone.
pub(crate) fn leave_screen() {
    let Ok(mut before) = BEFORE.try_lock() else { return };
    let Some(Before { modes }) = before.take() else { return };
    let _ = write(LEAVE);
    if let Some(modes) = modes {
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &modes);
    }
}

/// Writes without the buffer of standard output, which would cut the text in pieces.
fn write(text: &str) -> io::Result<()> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let written = retry(|| unistd::write(io::stdout(), rest))?;
        rest = &rest[written..];
    }
    Ok(())
}

/// Waits for this time, or until the reader of standard output has closed it. Returns
/// whether it is still open.
pub(crate) fn is_read_after(time: Duration) -> io::Result<bool> {
    Ok(poll(&mut [closed(&io::stdout())], Some(time))? == 0)
}
