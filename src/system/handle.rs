//! A process that cannot be mistaken for a later one with the same pid.

use std::io;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::Pid;

/// A process, by pidfd_open(2): Linux 5.3 and later.
#[derive(Debug)]
pub(crate) struct Handle(OwnedFd);

impl Handle {
    /// The process that has `pid` now. Fails with ESRCH if there is none.
    pub(crate) fn open(pid: Pid) -> io::Result<Self> {
        let pid = rustix::process::Pid::from_raw(pid.raw()).ok_or(rustix::io::Errno::SRCH)?;
        Ok(Self(pidfd_open(pid, PidfdFlags::empty())?))
    }

    /// Whether it has ended. By then the kernel has given back its locks.
    pub(crate) fn has_ended(&self) -> io::Result<bool> {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        Ok(retry(|| poll(&mut [self.end()], Some(&now)))? > 0)
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&self) -> io::Result<()> {
        retry(|| poll(&mut [self.end()], None)).map(drop)
    }

    /// Ends it by SIGKILL and waits until it has ended. One that has ended
    /// already is no error.
    pub(crate) fn kill(&self) -> io::Result<()> {
        match pidfd_send_signal(&self.0, Signal::KILL) {
            Ok(()) => self.wait(),
            Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// For poll(2): readable once the process has ended.
    pub(crate) fn end(&self) -> PollFd<'_> {
        PollFd::new(&self.0, PollFlags::IN)
    }
}

fn retry<T>(call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    Ok(rustix::io::retry_on_intr(call)?)
}
