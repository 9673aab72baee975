//! Waits that another thread can end.
//!
//! Only a signal gets a thread out of semop(2). One that comes a moment before the
//! call is lost, so it is sent until the wait has ended.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::sys::pthread::{Pthread, pthread_kill, pthread_self};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

use super::ffi;

/// The signal: one whose default is to be ignored, and that nobody sends to a
/// process that has not asked for it.
const INTERRUPT: Signal = Signal::SIGURG;

/// Whether a wait is to end.
static ASKED: AtomicBool = AtomicBool::new(false);

/// A thread whose waits can be ended, as long as this lives. There is one at a time.
#[derive(Debug)]
#[must_use]
pub struct Interruptible {
    thread: Pthread,
    before: SigSet,
}

impl Interruptible {
    /// This thread, from now on.
    pub fn this_thread() -> Result<Self, Errno> {
        let signal: SigSet = [INTERRUPT].into_iter().collect();
        let before = signal.thread_swap_mask(SigmaskHow::SIG_UNBLOCK)?;
        ASKED.store(false, Ordering::Release);
        Ok(Self { thread: pthread_self(), before })
    }

    /// For another thread: ends a wait that has begun, as if its time were over. To be
    /// called again until that is seen to have happened.
    pub fn interrupt(&self) -> Result<(), Errno> {
        ASKED.store(true, Ordering::Release);
        ffi::catch_without_effect(INTERRUPT)?;
        pthread_kill(self.thread, INTERRUPT)
    }
}

impl Drop for Interruptible {
    fn drop(&mut self) {
        let restored = self.before.thread_set_mask();
        debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
        ASKED.store(false, Ordering::Release);
    }
}

/// Whether the wait that a signal has interrupted is to end.
pub(super) fn is_asked() -> bool {
    ASKED.load(Ordering::Acquire)
}
