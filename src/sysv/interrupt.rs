//! Waits that another thread can end.
//!
//! Only a signal gets a thread out of semop(2). One that comes a moment before the
//! call is lost, so it is sent until the wait has ended.

use std::sync::atomic::{AtomicU8, Ordering};

use nix::errno::Errno;
use nix::sys::pthread::{Pthread, pthread_kill, pthread_self};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

use super::ffi;

/// The signal: one whose default is to be ignored, and that nobody sends to a
/// process that has not asked for it.
const INTERRUPT: Signal = Signal::SIGURG;

/// What becomes of the wait of this process.
static STATE: AtomicU8 = AtomicU8::new(NONE);
/// There is none that can be ended.
const NONE: u8 = 0;
/// Nobody has asked for its end.
const WAITS: u8 = 1;
/// It is to end.
const ASKED: u8 = 2;

/// A thread whose waits can be ended, as long as this lives. There is one at a time.
#[derive(Debug)]
#[must_use]
pub(crate) struct Interruptible {
    before: SigSet,
}

/// What another thread ends them with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupter(Pthread);

impl Interruptible {
    /// This thread, from now on.
    pub(crate) fn this_thread() -> Result<(Self, Interrupter), Errno> {
        let signal: SigSet = [INTERRUPT].into_iter().collect();
        let before = signal.thread_swap_mask(SigmaskHow::SIG_UNBLOCK)?;
        STATE.store(WAITS, Ordering::SeqCst);
        Ok((Self { before }, Interrupter(pthread_self())))
    }

    /// Ends it, and says whether somebody has asked for that: then a signal may still
    /// be on its way.
    pub(crate) fn finish(self) -> bool {
        STATE.swap(NONE, Ordering::SeqCst) == ASKED
    }
}

impl Drop for Interruptible {
    fn drop(&mut self) {
        STATE.store(NONE, Ordering::SeqCst);
        let restored = self.before.thread_set_mask();
        debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
    }
}

impl Interrupter {
    /// Ends a wait that has begun, as if its time were over; false if there is none
    /// any more. To be called again until that is seen to have happened.
    pub(crate) fn interrupt(self) -> Result<bool, Errno> {
        let asked = STATE.compare_exchange(WAITS, ASKED, Ordering::SeqCst, Ordering::SeqCst);
        if asked.is_err_and(|state| state != ASKED) {
            return Ok(false);
        }
        ffi::catch_without_effect(INTERRUPT)?;
        pthread_kill(self.0, INTERRUPT)?;
        Ok(true)
    }
}

/// Whether the wait that a signal has interrupted is to end.
pub(super) fn is_asked() -> bool {
    STATE.load(Ordering::SeqCst) == ASKED
}
