//! A process that is polled: does it still exist?

use std::io::{self, PipeReader, PipeWriter};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};

use super::{INTERVAL, spawn};
use crate::system::poll::{self, PollFd, poll};
use crate::system::{self, Entry, Pid, pause};

/// When a process started, in any unit, which tells it from a later one with the same pid.
/// Gone if it has ended.
pub(crate) type Started = fn(Pid) -> Entry<u64>;

/// A process, by its pid. If nothing tells when processes started, and the pid is used again
/// within a tenth of a second, the other process is taken for it.
#[derive(Debug)]
pub(crate) struct Handle {
    process: Instance,
    /// Its other end is closed once the process has ended.
    ended: PipeReader,
}

impl Handle {
    /// The process that has `pid` now. Fails with ESRCH if there is none.
    pub(crate) fn open(pid: Pid) -> io::Result<Self> {
        Self::with(pid, |_| Entry::Unreadable(Errno::ENOSYS))
    }

    /// The same on a system that tells when processes started.
    pub(crate) fn with(pid: Pid, started: Started) -> io::Result<Self> {
        let process = Instance { pid, started, first: started(pid).ok() };
        if !process.lives() {
            return Err(Errno::ESRCH.into());
        }
        let (ended, open) = io::pipe()?;
        let polling = move || close_at_end(process, open);
        spawn(polling)?;
        Ok(Self { process, ended })
    }

    /// How its end is noticed.
    pub(crate) fn mechanism(&self) -> &'static str {
        "polled"
    }

    /// Whether it has ended. By then the kernel has released its locks.
    pub(crate) fn has_ended(&self) -> io::Result<bool> {
        Ok(!self.process.lives() || poll(&mut [self.readable()], Some(Duration::ZERO))? > 0)
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&self) -> io::Result<()> {
        poll(&mut [self.readable()], None)?;
        Ok(())
    }

    /// Asks it to end, by SIGTERM. Not an error if it has already ended.
    pub(crate) fn terminate(&self) -> io::Result<()> {
        if self.has_ended()? { Ok(()) } else { send(self.process.pid, Signal::SIGTERM) }
    }

    /// Ends it by SIGKILL and waits until it has ended. Not an error if it has already ended.
    pub(crate) fn kill(&self) -> io::Result<()> {
        if !self.has_ended()? {
            send(self.process.pid, Signal::SIGKILL)?;
        }
        self.wait()
    }

    /// Ready once the process has ended.
    pub(crate) fn readable(&self) -> PollFd<'_> {
        poll::readable(&self.ended)
    }
}

/// kill(2). Not an error if the process has already ended.
pub(crate) fn send(pid: Pid, signal: Signal) -> io::Result<()> {
    match kill(pid.into(), signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// A process that is polled.
#[derive(Clone, Copy, Debug)]
struct Instance {
    pid: Pid,
    started: Started,
    /// What `started` said at first; None if it could not say.
    first: Option<u64>,
}

impl Instance {
    fn lives(self) -> bool {
        let is_same = |first| match (self.started)(self.pid) {
            Entry::Is(now) => now == first,
            Entry::Gone => false,
            Entry::Unreadable(_) => true,
        };
        !system::has_ended(self.pid) && self.first.is_none_or(is_same)
    }
}

/// Returns, and so closes `open`, when the process has ended or nobody waits for that. An
/// error of poll(2) is neither.
fn close_at_end(process: Instance, open: PipeWriter) {
    let mut reader = [poll::closed(&open)];
    while process.lives() {
        match poll(&mut reader, Some(INTERVAL)) {
            Ok(0) => {}
            Ok(_) => break,
            Err(_) => pause(INTERVAL),
        }
    }
    drop(open);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn a_later_process_with_the_same_pid_is_another_one() {
        static NOW: AtomicU64 = AtomicU64::new(7);
        let started: Started = |_| Entry::Is(NOW.load(Ordering::SeqCst));
        let first = Handle::with(Pid::own(), started).unwrap();
        let later = || NOW.store(8, Ordering::SeqCst);
        assert!(!first.has_ended().unwrap());
        later();
        assert!(first.has_ended().unwrap());
        first.wait().unwrap();
        // It would end this process.
        first.kill().unwrap();
    }

    #[test]
    fn a_zombie_has_ended_and_a_process_of_unknown_age_lives() {
        let zombie: Started = |_| Entry::Gone;
        let ended = Instance { pid: Pid::own(), started: zombie, first: Some(7) };
        assert!(!ended.lives());
        let unknown: Started = |_| Entry::Unreadable(Errno::ENOSYS);
        for first in [None, Some(7)] {
            assert!(Instance { pid: Pid::own(), started: unknown, first }.lives());
        }
    }
}
