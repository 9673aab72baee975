//! What goes on beside a wait: it is found out whether the wait is in vain, and a
//! person is told what it is for.
//!
//! None of that comes before the wait has begun, which then is one system call that
//! keeps its place in the queue.

use std::io::{self, PipeWriter};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::progress::{Line, SECOND, Voice};
use crate::failure::Failure;
use crate::system::poll::{self, PollFd, poll};
use crate::system::signals::CaughtSignals;
use crate::sysv::{Interrupter, Interruptible};

/// A wait of less than this is not looked at.
const SOON: Duration = Duration::from_millis(50);

/// A wait that lasts is looked at again after at most this time.
const MAX_INTERVAL: Duration = Duration::from_mins(1);

/// How often a thread is interrupted until its wait has ended.
const AGAIN: Duration = Duration::from_millis(10);

/// Enough for what the thread does. The kernel may give a larger stack a huge page,
/// which takes longer to clear than all the rest of its start.
const STACK: usize = 256 * 1024;

/// Signals that would leave a line on the terminal.
const ENDINGS: [Signal; 8] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGTSTP,
    Signal::SIGALRM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
];

/// Looks after a wait.
pub(super) struct Watch<'a> {
    voice: Voice,
    line: Box<dyn Fn(Duration) -> String + Send + Sync + 'a>,
    vain: Box<dyn Fn() -> Option<Failure> + Send + Sync + 'a>,
    /// Those that would leave a line behind, held back from this thread and those
    /// that it starts.
    signals: Option<Arc<CaughtSignals>>,
}

/// What came first.
enum Event {
    End,
    Signal(Signal),
    Time,
}

impl<'a> Watch<'a> {
    /// Of a wait of which `line` tells after some time what it is for, and `vain` why
    /// it has no end.
    pub(super) fn new(
        voice: Voice,
        line: impl Fn(Duration) -> String + Send + Sync + 'a,
        vain: impl Fn() -> Option<Failure> + Send + Sync + 'a,
    ) -> Self {
        let draws = voice == Voice::Redrawn;
        let signals = draws.then(|| CaughtSignals::these(&ENDINGS).ok()).flatten().map(Arc::new);
        Self { voice, line: Box::new(line), vain: Box::new(vain), signals }
    }

    /// Watches until one of `ends` is ready for poll(2). Returns earlier if the wait
    /// is in vain, with the reason.
    pub(super) fn until(&self, ends: &[PollFd]) -> Option<Failure> {
        let begin = Instant::now();
        let mut line = Line::new(self.voice);
        let mut next = SOON;
        loop {
            match self.next_event(ends, next.saturating_sub(begin.elapsed())) {
                Event::End => return None,
                Event::Signal(signal) => {
                    line.clear();
                    self.signals.iter().for_each(|signals| signals.deliver(signal));
                }
                Event::Time => {
                    if let Some(vain) = (self.vain)() {
                        return Some(vain);
                    }
                    line.tell(begin.elapsed(), &*self.line);
                    // What was missed, as in a stopped job, is not made up for.
                    next = begin.elapsed();
                    next += self.interval(next);
                }
            }
        }
    }

    /// How long after a look the next one comes.
    fn interval(&self, time: Duration) -> Duration {
        match self.voice {
            _ if time < SECOND => SECOND.saturating_sub(time),
            Voice::Redrawn => SECOND,
            Voice::Silent | Voice::Once => time.min(MAX_INTERVAL),
        }
    }

    fn next_event(&self, ends: &[PollFd], within: Duration) -> Event {
        let signals = self.signals.iter().map(|signals| poll::readable(&**signals));
        let mut all: Vec<_> = ends.iter().cloned().chain(signals).collect();
        // It fails for no reason of its own but a lack of memory: then nothing was seen.
        let ready = poll(&mut all, Some(within));
        if ready.is_err() {
            thread::sleep(within.max(AGAIN));
        }
        let is_ready = |at: &PollFd| ready.is_ok() && poll::is_ready(at);
        if all[..ends.len()].iter().any(is_ready) {
            return Event::End;
        }
        match &self.signals {
            Some(signals) if all[ends.len()..].iter().any(is_ready) => {
                signals.next().map_or(Event::Time, |sent| Event::Signal(sent.signal))
            }
            _ => Event::Time,
        }
    }
}

/// A thread that watches a wait. It is ended when this is dropped, or with the process:
/// the lock is not held back for it.
#[derive(Default)]
pub(super) struct Watcher {
    thread: Option<JoinHandle<Option<Failure>>>,
    end: Option<PipeWriter>,
}

impl Watcher {
    /// None where no thread can be had.
    fn start(watch: Watch<'static>, waiter: Interrupter) -> Option<Self> {
        let (end, writer) = io::pipe().ok()?;
        let watching = move || {
            let mut end = [poll::readable(&end)];
            let vain = watch.until(&end)?;
            let mut has_ended = || poll(&mut end, Some(AGAIN)) != Ok(0);
            while waiter.interrupt() == Ok(true) && !has_ended() {}
            Some(vain)
        };
        let thread = thread::Builder::new().stack_size(STACK).spawn(watching).ok()?;
        Some(Self { thread: Some(thread), end: Some(writer) })
    }

    /// Ends it. The reason, if it has found the wait to be in vain.
    fn end(&mut self) -> Option<Failure> {
        drop(self.end.take());
        self.thread.take()?.join().ok()?
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.end();
    }
}

/// Does `wait`, which a thread watches and ends if it is in vain: then it returns as if
/// its time were over, and the reason with it. Without a thread, where none can be had.
///
/// The thread may live on, in silence, until what is returned is dropped.
pub(super) fn beside<T>(
    watch: Watch<'static>,
    wait: impl FnOnce() -> T,
) -> (T, Option<Failure>, Watcher) {
    let Ok((interruptible, interrupter)) = Interruptible::this_thread() else {
        return (wait(), None, Watcher::default());
    };
    let may_speak = watch.voice != Voice::Silent;
    // The last that has them lets signals through again, which has to be this thread.
    let signals = watch.signals.clone();
    let mut watcher = Watcher::start(watch, interrupter).unwrap_or_default();
    let result = wait();
    let vain = if interruptible.finish() || may_speak { watcher.end() } else { None };
    drop(signals);
    (result, vain, watcher)
}

/// Does `work`. If that takes more than a second, a terminal shows what `line` says of
/// it, until it is done. What signals do to it is its own business.
pub(super) fn told<T>(
    line: impl Fn(Duration) -> String + Send + Sync,
    work: impl FnOnce() -> T,
) -> T {
    let (Voice::Redrawn, Ok((end, writer))) = (Voice::of(false, false), io::pipe()) else {
        return work();
    };
    let (line, vain) = (Box::new(line), Box::new(|| None));
    let watch = Watch { voice: Voice::Redrawn, line, vain, signals: None };
    thread::scope(|scope| {
        let watching = || watch.until(&[poll::readable(&end)]);
        // Where no thread can be had, nothing is told.
        let _ = thread::Builder::new().spawn_scoped(scope, watching);
        let result = work();
        drop(writer);
        result
    })
}
