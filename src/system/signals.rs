//! Signals that this process blocks or reads, and those that other processes ignore.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::poll::{poll, readable};
use super::{Entry, Pid, linux};

/// While this lives, signals do not reach this thread and those that it starts:
/// sigprocmask(2). Signals that come in the meantime take effect afterwards.
#[derive(Debug)]
#[must_use]
pub(crate) struct BlockedSignals {
    before: SigSet,
}

impl BlockedSignals {
    /// Blocks every signal but SIGKILL and SIGSTOP.
    pub(crate) fn all() -> Result<Self, Errno> {
        Self::of_set(SigSet::all())
    }

    /// Blocks these signals.
    pub(crate) fn these(signals: &[Signal]) -> Result<Self, Errno> {
        Self::of_set(signals.iter().copied().collect())
    }

    fn of_set(signals: SigSet) -> Result<Self, Errno> {
        Ok(Self { before: signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)? })
    }

    /// Lets the signals that have come take effect now.
    pub(crate) fn let_through(&self) {
        let blocked = self.before.thread_swap_mask(SigmaskHow::SIG_SETMASK);
        let restored = blocked.and_then(|blocked| blocked.thread_set_mask());
        debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
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
        let blocked = BlockedSignals::of_set(signals)?;
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
    let status = linux::read_file("/proc/self/status").unwrap_or_default();
    let is_ignored = |signal| is_in_mask(&status, &["SigIgn"], signal);
    signals.iter().copied().filter(|&signal| !is_ignored(signal)).collect()
}

/// Whether SIGTERM may fail to end a process at once: it ignores or blocks it, as an
/// interactive shell does, or catches it. A process that catches it while it waits in
/// semop(2) may go on as if it had the lock. False if that cannot be read.
pub(crate) fn withstands_sigterm(pid: Pid) -> bool {
    let withstands =
        |status: Vec<u8>| is_in_mask(&status, &["SigIgn", "SigBlk", "SigCgt"], Signal::SIGTERM);
    matches!(linux::read(pid, "status").map(withstands), Entry::Is(true))
}

/// Whether a signal is in one of these masks of a /proc/PID/status.
fn is_in_mask(status: &[u8], names: &[&str], signal: Signal) -> bool {
    let bit = 1 << (signal as i32 - 1);
    status
        .split(|&byte| byte == b'\n')
        .filter_map(signal_mask)
        .any(|(name, mask)| names.iter().any(|wanted| wanted.as_bytes() == name) && mask & bit != 0)
}

/// A line `NAME: MASK`, whose mask has bit N - 1 for signal N.
fn signal_mask(line: &[u8]) -> Option<(&[u8], u64)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let digits = str::from_utf8(&line[colon + 1..]).ok()?;
    Some((&line[..colon], u64::from_str_radix(digits.trim(), 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_looked_up_in_the_masks_that_are_named() {
        let status = b"Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000004000\n";
        assert!(is_in_mask(status, &["SigIgn"], Signal::SIGTERM));
        assert!(!is_in_mask(status, &["SigBlk", "SigCgt"], Signal::SIGTERM));
        assert!(is_in_mask(status, &["SigCgt", "SigBlk"], Signal::SIGHUP));
    }
}
