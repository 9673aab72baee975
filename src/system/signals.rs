//! Signals that are blocked, and read where they are expected.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::poll::{poll, readable};

/// While this lives, signals do not reach this thread: sigprocmask(2). Signals that come
/// in the meantime take effect afterwards.
#[derive(Debug)]
#[must_use]
pub(crate) struct BlockedSignals {
    before: SigSet,
}

impl BlockedSignals {
    /// Blocks every signal but SIGKILL and SIGSTOP.
    pub(crate) fn all() -> Result<Self, Errno> {
        Self::these(SigSet::all())
    }

    fn these(signals: SigSet) -> Result<Self, Errno> {
        Ok(Self { before: signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)? })
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        let restored = self.before.thread_set_mask();
        debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
    }
}

/// Blocked signals that are read instead: signalfd(2).
#[derive(Debug)]
pub(crate) struct CaughtSignals {
    signals: SignalFd,
    _blocked: BlockedSignals,
}

/// A signal that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedSignal {
    pub signal: Signal,
    /// Whether a process sent it to this one, by kill(2) or the like. A terminal sends it to
    /// every process of its foreground job.
    pub by_process: bool,
}

impl CaughtSignals {
    /// Catches these signals while this lives.
    pub(crate) fn these(signals: &[Signal]) -> Result<Self, Errno> {
        let signals: SigSet = signals.iter().copied().collect();
        let blocked = BlockedSignals::these(signals)?;
        let signals = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC)?;
        Ok(Self { signals, _blocked: blocked })
    }

    /// Lets a signal that was read take effect on the whole process after all.
    pub(crate) fn deliver(&self, signal: Signal) {
        let only: SigSet = [signal].into_iter().collect();
        let delivered = only.thread_unblock().and_then(|()| raise(signal));
        debug_assert_eq!(delivered, Ok(()), "fails only for other arguments");
        let blocked = only.thread_block();
        debug_assert_eq!(blocked, Ok(()), "fails only for other arguments");
    }

    /// A signal that has come already.
    pub(crate) fn arrived(&self) -> Option<Signal> {
        let ready = poll(&mut [readable(self)], Some(Duration::ZERO));
        (ready == Ok(1)).then(|| self.next().ok()).flatten().map(|sent| sent.signal)
    }

    /// Waits for the next signal.
    pub(crate) fn next(&self) -> Result<ReceivedSignal, Errno> {
        loop {
            match self.signals.read_signal() {
                Ok(Some(info)) => {
                    let number = i32::try_from(info.ssi_signo).unwrap_or(0);
                    let signal = Signal::try_from(number)?;
                    return Ok(ReceivedSignal {
                        signal,
                        by_process: info.ssi_code <= libc::SI_USER,
                    });
                }
                Ok(None) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

impl AsFd for CaughtSignals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}

/// Those of the signals that this process does not ignore, as it does under nohup(1).
pub(crate) fn not_ignored(signals: &[Signal]) -> Vec<Signal> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let is_ignored = |signal: &Signal| mask >> (*signal as i32 - 1) & 1 == 1;
    signals.iter().copied().filter(|signal| !is_ignored(signal)).collect()
}
