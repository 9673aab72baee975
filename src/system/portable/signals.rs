//! Signals that this process reads: their handler writes them to a pipe.

use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{SigAction, Signal, raise};

use crate::system::ffi;
use crate::system::poll::{poll, readable};
use crate::system::signals::ReceivedSignal;

/// The descriptor that the handler writes to; -1 for none.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// Signals that are read instead of taking effect. There is one such set at a time, as there
/// is one handler for all.
#[derive(Debug)]
pub(crate) struct CaughtSignals {
    received: PipeReader,
    _sent: PipeWriter,
    before: Vec<(Signal, SigAction)>,
}

extern "C" fn send(signal: i32) {
    ffi::write_byte(PIPE.load(Ordering::SeqCst), u8::try_from(signal).unwrap_or(0));
}

impl CaughtSignals {
    /// Catches these signals while this lives.
    pub(crate) fn these(signals: &[Signal]) -> Result<Self, Errno> {
        let (received, sent) = io::pipe().map_err(|error| crate::system::entry::errno(&error))?;
        // A handler must not wait for room in the pipe.
        fcntl(&sent, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        PIPE.store(sent.as_raw_fd(), Ordering::SeqCst);
        let mut caught = Self { received, _sent: sent, before: Vec::new() };
        for &signal in signals {
            caught.before.push((signal, ffi::handle(signal, send)?));
        }
        Ok(caught)
    }

    /// Lets a signal that was read take effect on the whole process after all.
    pub(crate) fn deliver(&self, signal: Signal) {
        for (_, before) in self.before.iter().filter(|(caught, _)| *caught == signal) {
            let delivered = ffi::set_action(signal, before).and_then(|()| raise(signal));
            debug_assert_eq!(delivered, Ok(()), "fails only for other arguments");
            let caught = ffi::handle(signal, send);
            debug_assert!(caught.is_ok(), "fails only for other arguments");
        }
    }

    /// A signal that has come already.
    pub(crate) fn arrived(&self) -> Option<Signal> {
        let ready = poll(&mut [readable(self)], Some(Duration::ZERO));
        (ready == Ok(1)).then(|| self.next().ok()).flatten().map(|sent| sent.signal)
    }

    /// Waits for the next signal.
    pub(crate) fn next(&self) -> Result<ReceivedSignal, Errno> {
        let mut byte = [0];
        let read = (&self.received).read_exact(&mut byte);
        read.map_err(|error| crate::system::entry::errno(&error))?;
        // Who sent it is not known. One that a terminal has sent is passed on as well.
        Ok(ReceivedSignal { signal: Signal::try_from(i32::from(byte[0]))?, by_process: true })
    }
}

impl AsFd for CaughtSignals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.received.as_fd()
    }
}

impl Drop for CaughtSignals {
    fn drop(&mut self) {
        for (signal, before) in &self.before {
            let restored = ffi::set_action(*signal, before);
            debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
        }
        PIPE.store(-1, Ordering::SeqCst);
    }
}
