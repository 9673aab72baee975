//! Monitors a wait: finds out whether it can ever end, and shows what it is for.
//!
//! The wait begins first. It is one system call, so it keeps its place in the queue.

use std::io::{self, PipeWriter};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::cmd::shared::progress::{Line, ProgressStyle, SECOND};
use crate::failure::Failure;
use crate::system;
use crate::system::poll::{self, PollFd, poll};
use crate::system::signals::CaughtSignals;
use crate::sysv::{Interrupter, Interruptible};

/// A shorter wait is not examined.
const FIRST_LOOK: Duration = Duration::from_millis(50);

/// The longest time between two looks at a wait.
const MAX_INTERVAL: Duration = Duration::from_secs(60);

/// How often a thread is interrupted until its wait has ended.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// Enough for the thread. The kernel may back a larger stack with a huge page, and
/// clearing that takes longer than the rest of the thread's start.
const STACK_SIZE: usize = 256 * 1024;

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

/// What is done while a process waits.
pub(super) struct WaitMonitor<'a> {
    style: ProgressStyle,
    line: Box<dyn Fn(Duration) -> String + Send + Sync + 'a>,
    endless: Box<dyn Fn() -> Option<Failure> + Send + Sync + 'a>,
    /// Signals that would leave a line on the terminal: blocked in this thread and in
    /// those that it starts.
    signals: Option<Arc<CaughtSignals>>,
}

/// What came first.
enum Event {
    End,
    Signal(Signal),
    Time,
}

impl<'a> WaitMonitor<'a> {
    /// `line` says what is waited for, by the time so far; `endless` says why the wait
    /// can never end, if that is so.
    pub(super) fn new(
        style: ProgressStyle,
        line: impl Fn(Duration) -> String + Send + Sync + 'a,
        endless: impl Fn() -> Option<Failure> + Send + Sync + 'a,
    ) -> Self {
        let draws = style == ProgressStyle::Redrawn;
        let signals = draws.then(|| CaughtSignals::these(&ENDINGS).ok()).flatten().map(Arc::new);
        Self { style, line: Box::new(line), endless: Box::new(endless), signals }
    }

    /// Monitors the wait until one of `ends` is ready for poll(2). Returns earlier, with
    /// the reason, if the wait can never end.
    pub(super) fn until(&self, ends: &[PollFd]) -> Option<Failure> {
        let begin = Instant::now();
        let mut line = Line::new(self.style);
        let mut next = FIRST_LOOK;
        loop {
            match self.next_event(ends, next.saturating_sub(begin.elapsed())) {
                Event::End => return None,
                Event::Signal(signal) => {
                    line.clear();
                    self.signals.iter().for_each(|signals| signals.deliver(signal));
                }
                Event::Time => {
                    if let Some(failure) = (self.endless)() {
                        return Some(failure);
                    }
                    line.show(begin.elapsed(), &*self.line);
                    // Looks that were missed, as in a stopped job, are not made up for.
                    next = begin.elapsed();
                    next += self.interval(next);
                }
            }
        }
    }

    /// The time from one look to the next.
    fn interval(&self, time: Duration) -> Duration {
        match self.style {
            _ if time < SECOND => SECOND.saturating_sub(time),
            ProgressStyle::Redrawn => SECOND,
            ProgressStyle::Silent | ProgressStyle::Once => time.min(MAX_INTERVAL),
        }
    }

    fn next_event(&self, ends: &[PollFd], within: Duration) -> Event {
        let signals = self.signals.iter().map(|signals| poll::readable(&**signals));
        let mut all: Vec<_> = ends.iter().cloned().chain(signals).collect();
        // poll(2) fails only for lack of memory here: then nothing has happened yet.
        let ready = poll(&mut all, Some(within));
        if ready.is_err() {
            system::pause(within.max(RETRY_INTERVAL));
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

/// A thread that monitors a wait. It ends when this is dropped, or with the process:
/// nothing waits for it once the lock is taken.
#[derive(Default)]
pub(super) struct MonitorThread {
    thread: Option<JoinHandle<Option<Failure>>>,
    end: Option<PipeWriter>,
}

impl MonitorThread {
    /// None if no thread can be started.
    fn start(monitor: WaitMonitor<'static>, waiter: Interrupter) -> Option<Self> {
        let (end, writer) = io::pipe().ok()?;
        let monitoring = move || {
            let mut end = [poll::readable(&end)];
            let failure = monitor.until(&end)?;
            let mut has_ended = || poll(&mut end, Some(RETRY_INTERVAL)) != Ok(0);
            while waiter.interrupt() == Ok(true) && !has_ended() {}
            Some(failure)
        };
        let thread = thread::Builder::new().stack_size(STACK_SIZE).spawn(monitoring).ok()?;
        Some(Self { thread: Some(thread), end: Some(writer) })
    }

    /// Ends it. Returns the reason if it has found that the wait can never end.
    fn end(&mut self) -> Option<Failure> {
        drop(self.end.take());
        self.thread.take()?.join().ok()?
    }
}

impl Drop for MonitorThread {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs `wait` while a thread monitors it. If the wait can never end, the thread ends it
/// as if its time were up, and the reason is returned, too. If no thread can be started,
/// `wait` runs without one.
///
/// The thread may live on, in silence, until it is dropped.
pub(super) fn monitored<T>(
    monitor: WaitMonitor<'static>,
    wait: impl FnOnce() -> T,
) -> (T, Option<Failure>, MonitorThread) {
    let Ok((interruptible, interrupter)) = Interruptible::this_thread() else {
        return (wait(), None, MonitorThread::default());
    };
    let may_speak = monitor.style != ProgressStyle::Silent;
    // The last owner unblocks the signals, and that has to be this thread.
    let signals = monitor.signals.clone();
    let mut thread = MonitorThread::start(monitor, interrupter).unwrap_or_default();
    let result = wait();
    let endless = if interruptible.finish() || may_speak { thread.end() } else { None };
    // In this order: each puts back the signal mask that it found.
    drop(interruptible);
    drop(signals);
    (result, endless, thread)
}
