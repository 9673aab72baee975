//! Waits that another thread can end.
//!
//! Only a signal ends a semop(2). A signal that comes just before the call is lost, so it
//! is sent again until the wait has ended.

mod catching;
mod ffi;

use std::sync::atomic::{AtomicU8, Ordering};

use nix::errno::Errno;

use self::catching::INTERRUPT;
use self::ffi::Thread;

pub(super) use self::catching::Catching;

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
    _catching: Catching,
}

/// Ends the waits of an [`Interruptible`] from another thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupter(WaitingThread);

/// A thread that can be interrupted while its [`Catching`] lives.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitingThread(Thread);

impl Interruptible {
    /// This thread, from now on.
    pub(crate) fn this_thread() -> Result<(Self, Interrupter), Errno> {
        let catching = Catching::in_this_thread()?;
        STATE.store(WAITING, Ordering::SeqCst);
        Ok((Self { _catching: catching }, Interrupter(WaitingThread::this())))
    }

    /// From now on, no thread can ask for the end of the wait. Returns whether one has: it
    /// may still send a signal, and must have ended before this is dropped.
    pub(crate) fn finish(&self) -> bool {
        STATE.swap(IDLE, Ordering::SeqCst) == ENDING
    }
}

impl Drop for Interruptible {
    fn drop(&mut self) {
        STATE.store(IDLE, Ordering::SeqCst);
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
        self.0.interrupt().map(|()| true)
    }
}

impl WaitingThread {
    /// The calling thread.
    pub(super) fn this() -> Self {
        Self(Thread::this())
    }

    /// Interrupts the call that it waits in. Has no effect if it does not wait yet.
    pub(super) fn interrupt(self) -> Result<(), Errno> {
        self.0.kill(INTERRUPT)
    }
}

/// Whether a thread has asked for the end of the wait.
pub(super) fn is_end_requested() -> bool {
    STATE.load(Ordering::SeqCst) == ENDING
}
