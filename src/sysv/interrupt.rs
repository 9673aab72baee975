//! Waits that another thread can end.
//!
//! Only a signal ends a semop(2). A signal that comes just before the call is lost, so it
//! is sent again until the wait has ended.

use std::sync::atomic::{AtomicU8, Ordering};

use nix::errno::Errno;
use nix::sys::pthread::{Pthread, pthread_kill, pthread_self};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

use super::ffi;

/// A signal that is ignored by default, and that the kernel sends only on request.
const INTERRUPT: Signal = Signal::SIGURG;

/// The state of this process's wait.
static STATE: AtomicU8 = AtomicU8::new(IDLE);
/// No wait can be ended.
const IDLE: u8 = 0;
/// No thread has asked for its end.
const WAITING: u8 = 1;
/// A thread has asked for its end.
const ENDING: u8 = 2;

/// While this lives, other threads can end this thread's waits. There is one at a time.
#[derive(Debug)]
#[must_use]
pub(crate) struct Interruptible {
    before: SigSet,
}

/// Ends the waits of an [`Interruptible`] from another thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupter(Pthread);

impl Interruptible {
    /// This thread, from now on.
    pub(crate) fn this_thread() -> Result<(Self, Interrupter), Errno> {
        let signal: SigSet = [INTERRUPT].into_iter().collect();
        let before = signal.thread_swap_mask(SigmaskHow::SIG_UNBLOCK)?;
        STATE.store(WAITING, Ordering::SeqCst);
        Ok((Self { before }, Interrupter(pthread_self())))
    }

    /// Whether a thread has asked for the end of the wait. Then a signal may still be on
    /// its way.
    pub(crate) fn finish(self) -> bool {
        STATE.swap(IDLE, Ordering::SeqCst) == ENDING
    }
}

impl Drop for Interruptible {
    fn drop(&mut self) {
        STATE.store(IDLE, Ordering::SeqCst);
        let restored = self.before.thread_set_mask();
        debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
    }
}

impl Interrupter {
    /// Ends a wait that has begun, as if its time were up. Must be called again until it
    /// returns false: the wait has ended.
    pub(crate) fn interrupt(self) -> Result<bool, Errno> {
        let asked = STATE.compare_exchange(WAITING, ENDING, Ordering::SeqCst, Ordering::SeqCst);
        if asked.is_err_and(|state| state != ENDING) {
            return Ok(false);
        }
        ffi::catch_without_effect(INTERRUPT)?;
        pthread_kill(self.0, INTERRUPT)?;
        Ok(true)
    }
}

/// Whether a thread has asked for the end of the wait.
pub(super) fn is_end_requested() -> bool {
    STATE.load(Ordering::SeqCst) == ENDING
}
