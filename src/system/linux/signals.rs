//! Signals that this process reads, and those that other processes ignore.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal, raise};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::proc;
use crate::system::poll::{poll, readable};
use crate::system::signals::{BlockedSignals, ReceivedSignal};
use crate::system::{Entry, Pid};

/// Blocked signals that are read instead: signalfd(2).
#[derive(Debug)]
pub(crate) struct CaughtSignals {
    signals: SignalFd,
    _blocked: BlockedSignals,
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

/// Whether SIGTERM may fail to end a process at once: it ignores or blocks it, as an
/// interactive shell does, or catches it. A process that catches it while it waits in
/// semop(2) may go on as if it had the lock. False if that cannot be read.
pub(crate) fn withstands_sigterm(pid: Pid) -> bool {
    let withstands =
        |status: Vec<u8>| is_in_mask(&status, &["SigIgn", "SigBlk", "SigCgt"], Signal::SIGTERM);
    matches!(proc::read(pid, "status").map(withstands), Entry::Is(true))
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
