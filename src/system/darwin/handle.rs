//! A process whose end a kqueue tells.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};

use super::ffi;
use crate::system::Pid;
use crate::system::poll::{self, PollFd, poll};

/// A process, by kqueue(2). The queue is for the process that had the pid when it was
/// opened, not for a later one.
#[derive(Debug)]
pub(crate) struct Handle {
    pid: Pid,
    /// Readable once the process has ended.
    ended: OwnedFd,
}

impl Handle {
    /// The process that has `pid` now. Fails with ESRCH if there is none.
    pub(crate) fn open(pid: Pid) -> io::Result<Self> {
        Ok(Self { pid, ended: ffi::end_of(pid)? })
    }

    /// Whether it has ended. By then the kernel has released its locks.
    pub(crate) fn has_ended(&self) -> io::Result<bool> {
        Ok(poll(&mut [self.readable()], Some(Duration::ZERO))? > 0)
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&self) -> io::Result<()> {
        poll(&mut [self.readable()], None)?;
        Ok(())
    }

    /// Ends it by SIGKILL and waits until it has ended. Not an error if it has already ended.
    pub(crate) fn kill(&self) -> io::Result<()> {
        if self.has_ended()? {
            return Ok(());
        }
        match kill(self.pid.into(), Signal::SIGKILL) {
            Ok(()) => self.wait(),
            Err(Errno::ESRCH) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Ready once the process has ended.
    pub(crate) fn readable(&self) -> PollFd<'_> {
        poll::readable(&self.ended)
    }
}
