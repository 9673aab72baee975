//! A process that cannot be mistaken for a later one with the same pid.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::errno::Errno;
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::proc;
use super::process::has_ended_by;
use crate::system::poll::{self, PollFd, poll};
use crate::system::{Entry, Pid, portable};

/// A process, by pidfd_open(2): Linux 5.3 and later. Where the kernel is older or a filter
/// refuses the call, the process is polled.
#[derive(Debug)]
pub(crate) enum Handle {
    Pidfd(OwnedFd),
    Polled(portable::Handle),
}

impl Handle {
    /// The process that has `pid` now. Fails with ESRCH if there is none.
    pub(crate) fn open(pid: Pid) -> io::Result<Self> {
        let raw = rustix::process::Pid::from_raw(pid.raw()).ok_or(Errno::ESRCH)?;
        match pidfd_open(raw, PidfdFlags::empty()) {
            Ok(process) => Ok(Self::Pidfd(process)),
            // The kernel itself never says EPERM here.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
                portable::Handle::with(pid, started).map(Self::Polled)
            }
            Err(errno) => Err(errno.into()),
        }
    }

    /// How its end is noticed.
    pub(crate) fn mechanism(&self) -> &'static str {
        match self {
            Self::Pidfd(_) => "pidfd",
            Self::Polled(process) => process.mechanism(),
        }
    }

    /// Whether it has ended. By then the kernel has released its locks.
    pub(crate) fn has_ended(&self) -> io::Result<bool> {
        match self {
            Self::Pidfd(_) => Ok(poll(&mut [self.readable()], Some(Duration::ZERO))? > 0),
            Self::Polled(process) => process.has_ended(),
        }
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&self) -> io::Result<()> {
        poll(&mut [self.readable()], None)?;
        Ok(())
    }

    /// Asks it to end, by SIGTERM. Not an error if it has already ended.
    pub(crate) fn terminate(&self) -> io::Result<()> {
        match self {
            Self::Pidfd(process) => send(process, Signal::TERM),
            Self::Polled(process) => process.terminate(),
        }
    }

    /// Ends it by SIGKILL and waits until it has ended. Not an error if it has already ended.
    pub(crate) fn kill(&self) -> io::Result<()> {
        match self {
            Self::Pidfd(process) => send(process, Signal::KILL)?,
            Self::Polled(process) => return process.kill(),
        }
        self.wait()
    }

    /// Ready once the process has ended.
    pub(crate) fn readable(&self) -> PollFd<'_> {
        match self {
            Self::Pidfd(process) => poll::readable(process),
            Self::Polled(process) => process.readable(),
        }
    }
}

fn send(process: &OwnedFd, signal: Signal) -> io::Result<()> {
    match pidfd_send_signal(process, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// When a process started, in clock ticks after the kernel; gone if it has ended.
fn started(pid: Pid) -> Entry<u64> {
    proc::stat(pid)
        .and_then(|stat| if has_ended_by(&stat) { Entry::Gone } else { Entry::Is(stat.started) })
}
