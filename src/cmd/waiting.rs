//! The line that tells a person what a wait is for.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure;
use crate::system::printable;

/// Only a wait that is longer than this is talked about, and so often.
const SECOND: Duration = Duration::from_secs(1);

/// Does `wait`. If that takes more than a second, shows what `line` says of the
/// time so far: on a terminal, again every second, until the wait ends; else
/// only if `verbose`, and once.
///
/// A thread tells, so that the wait can be one system call.
pub(super) fn told<T>(
    verbose: bool,
    line: impl Fn(Duration) -> String + Sync,
    wait: impl FnOnce() -> T,
) -> T {
    let terminal = io::stderr().is_terminal();
    if !terminal && !verbose {
        return wait();
    }
    let line = &line;
    thread::scope(|scope| {
        let (end, ended) = channel::<()>();
        let tell = move || if terminal { redraw(line, &ended) } else { tell_once(line, &ended) };
        // Where no thread can be had, nothing is told.
        let _ = thread::Builder::new().spawn_scoped(scope, tell);
        let result = wait();
        drop(end);
        result
    })
}

fn redraw(line: &impl Fn(Duration) -> String, ended: &Receiver<()>) {
    let begin = Instant::now();
    let mut shown = false;
    while ended.recv_timeout(SECOND) == Err(RecvTimeoutError::Timeout) {
        let line = format!("semlock: {}", line(begin.elapsed()));
        let line: String = printable(&line).chars().take(columns() - 1).collect();
        failure::show(&format!("\r{line}\x1b[K"));
        shown = true;
    }
    if shown {
        clear();
    }
}

/// Takes the line away, for another to be written in its place.
pub(super) fn clear() {
    failure::show("\r\x1b[K");
}

/// The width of the terminal: a line that wraps could not be taken back.
fn columns() -> usize {
    match rustix::termios::tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => 80,
    }
}

fn tell_once(line: &impl Fn(Duration) -> String, ended: &Receiver<()>) {
    if ended.recv_timeout(SECOND) == Err(RecvTimeoutError::Timeout) {
        failure::tell(&line(SECOND));
        let _ = ended.recv();
    }
}
