//! Waiting for descriptors: poll(2).

use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use rustix::event::{self, PollFlags, Timespec};

pub(crate) use rustix::event::PollFd;

/// Longer waits than the kernel can count end after this time.
const MAX_TIME: Duration = Duration::from_secs(i32::MAX as u64);

/// Ready when there is something to read, or the other end is closed.
pub(crate) fn readable<F: AsFd>(file: &F) -> PollFd<'_> {
    PollFd::from_borrowed_fd(file.as_fd(), PollFlags::IN)
}

/// Ready when the other end is closed.
pub(crate) fn closed<F: AsFd>(file: &F) -> PollFd<'_> {
    PollFd::from_borrowed_fd(file.as_fd(), PollFlags::empty())
}

/// Waits until one of `files` is ready, for at most `time`; None means for ever. Returns how
/// many are ready. If a signal interrupts the wait, it starts again.
pub(crate) fn poll(files: &mut [PollFd], time: Option<Duration>) -> Result<usize, Errno> {
    let time = time.and_then(|time| Timespec::try_from(time.min(MAX_TIME)).ok());
    let ready = rustix::io::retry_on_intr(|| event::poll(files, time.as_ref()));
    ready.map_err(|errno| Errno::from_raw(errno.raw_os_error()))
}

/// Whether the last [`poll`] found this one ready.
pub(crate) fn is_ready(file: &PollFd) -> bool {
    !file.revents().is_empty()
}
