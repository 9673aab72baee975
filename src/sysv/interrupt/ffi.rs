//! Threads and actions of signals, for which nix asks for `unsafe`.

#![allow(unsafe_code)]

use std::ffi::c_int;

use nix::errno::Errno;
use nix::sys::pthread::{Pthread, pthread_kill, pthread_self};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// A thread of this process. A `Pthread` is a pointer on some systems (musl,
/// Cygwin).
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread(Pthread);

// SAFETY: POSIX lets every thread of the process name another one by its pthread_t. Only
// pthread_kill(3) follows the pointer, and only while the thread lives: `Thread::kill`.
unsafe impl Send for Thread {}

impl Thread {
    pub(super) fn this() -> Self {
        Self(pthread_self())
    }

    /// pthread_kill(3). The thread must not have ended: its [`Catching`](super::Catching)
    /// lives, which cannot leave it.
    pub(super) fn kill(self, signal: Signal) -> Result<(), Errno> {
        pthread_kill(self.0, signal)
    }
}

/// sigaction(2): the signal interrupts a waiting call and has no other effect. Returns the
/// action before.
pub(super) fn catch_without_effect(signal: Signal) -> Result<SigAction, Errno> {
    extern "C" fn nothing(_: c_int) {}
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(signal, &action) }
}

/// sigaction(2): the action that [`catch_without_effect`] returned.
pub(super) fn restore(signal: Signal, before: &SigAction) -> Result<(), Errno> {
    // SAFETY: the action was in force before, so its handler may run again.
    unsafe { sigaction(signal, before) }.map(drop)
}
