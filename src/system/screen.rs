//! A terminal as a screen: the alternate buffer, no cursor, and keys as they are
//! pressed. However the process ends, short of SIGKILL, the terminal is as before.

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

/// Those that change what is to be done with the terminal.
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

/// What the terminal was like before, as long as it is a screen. A panic ends the
/// process from another place than the screen's owner, and has to restore it too.
static SHOWN: Mutex<Option<Before>> = Mutex::new(None);

struct Before {
    /// None where keys do not come from a terminal.
    modes: Option<Termios>,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The time is over.
    Time,
    /// The screen has another size, or was used for something else in between.
    Redraw,
    /// The user has seen enough, or is gone.
    Quit,
}

/// Standard output as a screen, as long as this lives.
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
    /// From now on, signals are handled here; the terminal is taken with the first frame.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { signals: CaughtSignals::these(&SIGNALS)?, has_keys: io::stdin().is_terminal() })
    }

    /// Whether the terminal belongs to this job: another one draws nothing, and would be
    /// stopped if it did.
    pub(crate) fn is_in_foreground(&self) -> bool {
        tcgetpgrp(io::stdout()).map_or(true, |group| group == getpgrp())
    }

    /// How many columns and rows there are.
    pub(crate) fn size(&self) -> (u16, u16) {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
        let size = size.filter(|size| size.ws_col > 0 && size.ws_row > 0);
        size.map_or((80, 24), |size| (size.ws_col, size.ws_row))
    }

    /// Draws a frame over the last one, in one call, so that nothing flickers. Its lines
    /// have to fit. Nothing, where the terminal is another job's.
    pub(crate) fn draw(&self, lines: &[String]) -> io::Result<()> {
        if !self.is_in_foreground() {
            return Ok(());
        }
        let mut frame = if self.enter()? { ENTER.to_owned() } else { String::new() };
        frame.push_str("\x1b[H");
        let columns = usize::from(self.size().0.max(1));
        for (at, line) in lines.iter().enumerate() {
            frame.push_str(if at == 0 { "" } else { "\r\n" });
            // Behind a line that fills its row, the cursor is still on the last character,
            // which would be erased: what stands below goes before.
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

    /// Waits until `end`, or for what comes before.
    pub(crate) fn next(&self, end: Instant) -> io::Result<Event> {
        let stdin = io::stdin();
        loop {
            let mut all = vec![readable(&self.signals)];
            // To read another job's terminal would stop this one.
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

    /// The terminal is given back before a signal ends or stops this process. Where it
    /// is ignored, that does nothing.
    fn signal(&self) -> io::Result<Event> {
        match self.signals.next()?.signal {
            Signal::SIGWINCH => {}
            // The shell, or whoever else had the terminal, has changed it.
            Signal::SIGCONT => leave_screen(),
            signal => {
                leave_screen();
                self.signals.deliver(signal);
            }
        }
        Ok(Event::Redraw)
    }

    /// Whether the terminal was none before.
    fn enter(&self) -> io::Result<bool> {
        let mut shown = shown();
        if shown.is_some() {
            return Ok(false);
        }
        let modes = self.has_keys.then(|| tcgetattr(io::stdin())).transpose()?;
        if let Some(modes) = &modes {
            let mut raw = modes.clone();
            raw.local_flags -= LocalFlags::ICANON | LocalFlags::ECHO;
            tcsetattr(io::stdin(), SetArg::TCSANOW, &raw)?;
        }
        *shown = Some(Before { modes });
        Ok(true)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave_screen();
    }
}

/// Whether the keys that were pressed say so; or whether there are none any more.
fn is_quit() -> bool {
    let mut keys = [0; 64];
    let number = retry(|| unistd::read(io::stdin(), &mut keys)).unwrap_or(0);
    number == 0 || keys[..number].iter().any(|key| b"qQ".contains(key))
}

/// Makes a call again that a signal has interrupted.
fn retry<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
}

fn shown() -> MutexGuard<'static, Option<Before>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the terminal what it was before, if it is a screen. If that fails, the
/// terminal is gone.
pub(crate) fn leave_screen() {
    let Ok(mut shown) = SHOWN.try_lock() else { return };
    let Some(Before { modes }) = shown.take() else { return };
    let _ = write(LEAVE);
    if let Some(modes) = modes {
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &modes);
    }
}

/// Writes past the buffer of standard output, which would cut it in pieces.
fn write(text: &str) -> io::Result<()> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let written = retry(|| unistd::write(io::stdout(), rest))?;
        rest = &rest[written..];
    }
    Ok(())
}

/// Sleeps for this time; whether somebody still reads standard output.
pub(crate) fn is_read_after(time: Duration) -> io::Result<bool> {
    Ok(poll(&mut [closed(&io::stdout())], Some(time))? == 0)
}
