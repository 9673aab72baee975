//! Waiting for descriptors: ppoll(2).

use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFlags, ppoll};
use nix::sys::time::TimeSpec;

pub(crate) use nix::poll::PollFd;

/// Longer waits than the kernel can count end after this time.
const MAX_TIME: Duration = Duration::from_secs(i32::MAX as u64);

/// Ready when there is something to read, or the other end is closed.
pub(crate) fn readable<F: AsFd>(file: &F) -> PollFd<'_> {
    PollFd::new(file.as_fd(), PollFlags::POLLIN)
}

/// Ready when the other end is closed.
pub(crate) fn closed<F: AsFd>(file: &F) -> PollFd<'_> {
    PollFd::new(file.as_fd(), PollFlags::empty())
}

/// Waits until one of `files` is ready, for at most `time`; None means for ever. Returns how
/// many are ready. If a signal interrupts the wait, it starts again.
pub(crate) fn poll(files: &mut [PollFd], time: Option<Duration>) -> Result<usize, Errno> {
    let time = time.map(|time| TimeSpec::from_duration(time.min(MAX_TIME)));
    loop {
        match ppoll(files, time, None) {
            Err(Errno::EINTR) => {}
            ready => return ready.map(|number| usize::try_from(number).unwrap_or(0)),
        }
    }
}

/// Whether the last [`poll`] found this one ready.
pub(crate) fn is_ready(file: &PollFd) -> bool {
    file.revents() != Some(PollFlags::empty())
}
