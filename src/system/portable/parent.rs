//! A process that ends with its parent: a thread asks again and again which one it has.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};

use crate::system::Pid;

/// The time between two questions.
const INTERVAL: Duration = Duration::from_millis(100);

/// How much memory the thread that asks may use.
const STACK_SIZE: usize = 1 << 16;

static OUTLIVES: AtomicBool = AtomicBool::new(false);

/// Has this process killed when its parent ends.
pub(crate) fn die_with_parent() -> io::Result<()> {
    let parent = Pid::parent();
    let asking = move || {
        while Pid::parent() == parent && !OUTLIVES.load(Ordering::SeqCst) {
            thread::sleep(INTERVAL);
        }
        // It may have ended since, as it should.
        if OUTLIVES.load(Ordering::SeqCst) {
            return;
        }
        let killed = kill(Pid::own().into(), Signal::SIGKILL);
        debug_assert_eq!(killed, Ok(()), "fails only for other arguments");
    };
    thread::Builder::new().stack_size(STACK_SIZE).spawn(asking).map(drop)
}

/// Undoes [`die_with_parent`].
pub(crate) fn outlive_parent() -> io::Result<()> {
    OUTLIVES.store(true, Ordering::SeqCst);
    Ok(())
}
