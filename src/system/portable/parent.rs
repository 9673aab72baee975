//! A process that ends with its parent, which a thread polls.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{Signal, kill};

use super::{INTERVAL, spawn};
use crate::system::{Pid, pause};

/// Whether [`die_with_parent`] is undone.
static OUTLIVES: AtomicBool = AtomicBool::new(false);

/// Has this process killed when its parent ends.
pub(crate) fn die_with_parent() -> io::Result<()> {
    let parent = Pid::parent();
    let polling = move || {
        while Pid::parent() == parent && !OUTLIVES.load(Ordering::SeqCst) {
            pause(INTERVAL);
        }
        // The parent may have ended after that, as it may then.
        if OUTLIVES.load(Ordering::SeqCst) {
            return;
        }
        let killed = kill(Pid::own().into(), Signal::SIGKILL);
        debug_assert_eq!(killed, Ok(()), "fails only for other arguments");
    };
    spawn(polling)
}

/// Undoes [`die_with_parent`].
pub(crate) fn outlive_parent() -> io::Result<()> {
    OUTLIVES.store(true, Ordering::SeqCst);
    Ok(())
}
