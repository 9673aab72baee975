//! The signal that interrupts a wait, and its action and mask.

use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nix::sys::signal::{SigAction, SigSet, SigmaskHow, Signal};

use super::ffi;

/// A signal that is ignored by default, and that the kernel sends only on request.
pub(super) const INTERRUPT: Signal = Signal::SIGURG;

/// The threads that catch the signal, whose action they share.
static CATCHERS: Mutex<Option<Catchers>> = Mutex::new(None);

struct Catchers {
    number: usize,
    /// The action before the first of them.
    before: SigAction,
}

/// While this lives, the signal reaches this thread, where it interrupts a waiting call and
/// has no other effect. Afterwards, its action and the mask are what they were.
#[derive(Debug)]
#[must_use]
pub(in crate::sysv) struct Catching {
    mask: SigSet,
    /// It cannot go to another thread: the mask is that of this one.
    _in_this_thread: PhantomData<*const ()>,
}

impl Catching {
    pub(in crate::sysv) fn in_this_thread() -> Result<Self, Errno> {
        begin()?;
        let mask = signal().thread_swap_mask(SigmaskHow::SIG_UNBLOCK);
        Ok(Self { mask: mask.inspect_err(|_| end())?, _in_this_thread: PhantomData })
    }
}

impl Drop for Catching {
    fn drop(&mut self) {
        // A signal that was sent already is delivered within this call: pthread_sigmask(3).
        let delivered = signal().thread_unblock();
        end();
        let restored = delivered.and_then(|()| self.mask.thread_set_mask());
        debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
    }
}

fn begin() -> Result<(), Errno> {
    let mut catchers = catchers();
    if let Some(catchers) = &mut *catchers {
        catchers.number += 1;
        return Ok(());
    }
    let before = ffi::catch_without_effect(INTERRUPT)?;
    *catchers = Some(Catchers { number: 1, before });
    Ok(())
}

fn end() {
    let mut catchers = catchers();
    if let Some(last) = catchers.take_if(|catchers| catchers.number == 1) {
        let restored = ffi::restore(INTERRUPT, &last.before);
        debug_assert_eq!(restored, Ok(()), "fails only for other arguments");
    } else if let Some(catchers) = &mut *catchers {
        catchers.number -= 1;
    }
}

fn signal() -> SigSet {
    [INTERRUPT].into_iter().collect()
}

fn catchers() -> MutexGuard<'static, Option<Catchers>> {
    CATCHERS.lock().unwrap_or_else(PoisonError::into_inner)
}
