//! Waits with a limit.
//!
//! Not every system has semtimedop(2), and a filter may refuse it. There, a thread
//! interrupts a plain semop(2) when the time is up. The wait is still one call, so it keeps
//! its place in the queue.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use libc::c_int;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow};
use nix::sys::time::TimeSpec;

use super::interrupt::{self, Catching, WaitingThread};
use super::platform::{self, abi::sembuf};
use super::{Call, ffi};

/// The call that failed, and how.
pub(super) type Failed = (Call, Errno);

/// Longer waits than a system can count end after this time.
const MAX_TIME: Duration = Duration::from_secs(i32::MAX as u64);

/// How often a wait is interrupted until it has ended.
const RETRY_INTERVAL: Duration = Duration::from_millis(1);

/// Enough for the thread, and above every system's minimum.
const STACK_SIZE: usize = 64 * 1024;

/// semop(2) that waits until `end` at most. Fails with EAGAIN from semop(2) or semtimedop(2)
/// if the time is up, and with EINTR as semtimedop(2) does.
///
/// Not inlined: a lock without a limit need not carry this.
#[inline(never)]
pub(super) fn semop_until(semid: c_int, ops: &mut [sembuf], end: Instant) -> Result<(), Failed> {
    let time = end.saturating_duration_since(Instant::now());
    let limit = TimeSpec::from_duration(time.min(MAX_TIME));
    match platform::semtimedop_within(semid, ops, limit.as_ref()) {
        // The kernel itself never says EPERM here.
        Err(Errno::ENOSYS | Errno::EPERM) => emulated(semid, ops, time),
        done => done.map_err(|errno| (Call::Semtimedop, errno)),
    }
}

/// Whether this system has semtimedop(2), and lets this process use it. Asks for a set that
/// cannot exist.
pub(crate) fn timed_wait_is_native() -> bool {
    let mut ops = [ffi::sembuf(0, 0, false, false)];
    let none = TimeSpec::from_duration(Duration::ZERO);
    let answer = platform::semtimedop_within(-1, &mut ops, none.as_ref());
    !matches!(answer, Err(Errno::ENOSYS | Errno::EPERM))
}

/// The same without semtimedop(2). Fails with EINTR only if another thread has asked for
/// the end of the wait.
fn emulated(semid: c_int, ops: &mut [sembuf], time: Duration) -> Result<(), Failed> {
    let end = Instant::now().checked_add(time);
    // No thread is started for operations that need not wait.
    match at_once(semid, ops) {
        Err(Errno::EAGAIN) if !time.is_zero() => {}
        done => return done.map_err(semop),
    }
    let alarm = Alarm::set(end).map_err(|errno| (Call::PthreadCreate, errno))?;
    loop {
        match ffi::semop(semid, ops) {
            Err(Errno::EINTR) if alarm.has_rung() => return Err(semop(Errno::EAGAIN)),
            Err(Errno::EINTR) if !interrupt::is_end_requested() => {}
            done => return done.map_err(semop),
        }
    }
}

fn semop(errno: Errno) -> Failed {
    (Call::Semop, errno)
}

/// Does the operations unless they would have to wait.
fn at_once(semid: c_int, ops: &[sembuf]) -> Result<(), Errno> {
    let no_wait = ffi::sembuf(0, 0, false, false).sem_flg;
    let mut ops: Vec<_> =
        ops.iter().map(|&op| sembuf { sem_flg: op.sem_flg | no_wait, ..op }).collect();
    ffi::semop(semid, &mut ops)
}

/// A thread that interrupts the waits of the thread that has set it, from a moment on. It
/// ends when this is dropped.
struct Alarm {
    has_rung: Arc<AtomicBool>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Dropped last: the thread must not send a signal that nothing catches.
    _catching: Catching,
}

impl Alarm {
    /// Rings at `end`; never if that is None.
    fn set(end: Option<Instant>) -> Result<Self, Errno> {
        let catching = Catching::in_this_thread()?;
        let has_rung = Arc::new(AtomicBool::new(false));
        let (stop, stopped) = channel();
        let (rings, waiter) = (has_rung.clone(), WaitingThread::this());
        let thread = without_signals(move || ring(end, &stopped, &rings, waiter))?;
        Ok(Self { has_rung, stop: Some(stop), thread: Some(thread), _catching: catching })
    }

    fn has_rung(&self) -> bool {
        self.has_rung.load(Ordering::SeqCst)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        debug_assert!(matches!(ended, Some(Ok(()))), "the thread does not panic");
    }
}

/// Interrupts `waiter` from `end` on, until it has `stopped` the alarm.
fn ring(
    end: Option<Instant>,
    stopped: &Receiver<()>,
    has_rung: &AtomicBool,
    waiter: WaitingThread,
) {
    let mut pause = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        has_rung.store(true, Ordering::SeqCst);
        let sent = waiter.interrupt();
        debug_assert_eq!(sent, Ok(()), "the thread lives");
        pause = RETRY_INTERVAL;
    }
}

/// Starts a thread that takes no signal from the other threads of this process.
fn without_signals(work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Errno> {
    let mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let thread = thread::Builder::new().stack_size(STACK_SIZE).spawn(work);
    mask.thread_set_mask()?;
    thread.map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EAGAIN)))
}
