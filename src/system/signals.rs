//! Signals that this process blocks, and those that it reads.

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

use super::ffi;

pub(crate) use super::platform::{CaughtSignals, withstands_sigterm};

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

    pub(super) fn of_set(signals: SigSet) -> Result<Self, Errno> {
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

/// A signal that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedSignal {
    pub signal: Signal,
    /// Whether a process sent it to this one, by kill(2) or the like. A terminal sends it to
    /// every process of its foreground job.
    pub by_process: bool,
}

/// Those of the signals that this process does not ignore, as it does under nohup(1).
pub(crate) fn not_ignored(signals: &[Signal]) -> Vec<Signal> {
    signals.iter().copied().filter(|&signal| !ffi::is_ignored(signal)).collect()
}
