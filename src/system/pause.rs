//! Waiting before something is tried again.

use std::time::Duration;

use rustix::event::Timespec;
use rustix::thread::nanosleep;

/// Pauses for `time`, or less if a signal is caught or nanosleep(2) fails, as under a system
/// call filter: `std::thread::sleep` panics then.
pub(crate) fn pause(time: Duration) {
    if let Ok(time) = Timespec::try_from(time) {
        let _ = nanosleep(&time);
    }
}
