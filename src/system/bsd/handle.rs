//! A process whose end is waited for: kqueue(2), `EVFILT_PROC`.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::event::{EvFlags, EventFilter, FilterFlag, KEvent, Kqueue};
use nix::sys::signal::Signal;

use crate::system::poll::{self, PollFd, poll};
use crate::system::{Entry, Pid, portable};

/// A process. A later one with the same pid is not taken for it, except by
/// [`kill`](Self::kill) if it ends and the pid is used again just before the signal.
#[derive(Debug)]
pub(crate) enum Handle {
    /// The queue has an event once the process has ended.
    Queue(Pid, Kqueue),
    /// The kernel does not let this process watch it.
    Polled(portable::Handle),
}

impl Handle {
    /// The process that has `pid` now. Fails with ESRCH if there is none.
    ///
    /// NetBSD lets only root watch another user's process (EACCES). OpenBSD does not find one
    /// that has begun to end, and may still have its locks.
    pub(crate) fn open(pid: Pid) -> io::Result<Self> {
        let lives = || matches!(super::record(pid), Entry::Is(record) if !record.ended);
        match watch(pid) {
            Ok(queue) => Ok(Self::Queue(pid, queue)),
            Err(Errno::ESRCH) if !lives() => Err(Errno::ESRCH.into()),
            Err(Errno::EACCES | Errno::ESRCH) => portable::Handle::open(pid).map(Self::Polled),
            Err(errno) => Err(errno.into()),
        }
    }

    /// How its end is noticed.
    pub(crate) fn mechanism(&self) -> &'static str {
        match self {
            Self::Queue(..) => "kqueue",
            Self::Polled(process) => process.mechanism(),
        }
    }

    /// Whether it has ended. By then the kernel has released its locks.
    pub(crate) fn has_ended(&self) -> io::Result<bool> {
        match self {
            Self::Queue(..) => Ok(poll(&mut [self.readable()], Some(Duration::ZERO))? > 0),
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
            Self::Polled(process) => process.terminate(),
            Self::Queue(pid, _) if !self.has_ended()? => portable::send(*pid, Signal::SIGTERM),
            Self::Queue(..) => Ok(()),
        }
    }

    /// Ends it by SIGKILL and waits until it has ended. Not an error if it has already ended.
    pub(crate) fn kill(&self) -> io::Result<()> {
        match self {
            Self::Polled(process) => return process.kill(),
            Self::Queue(pid, _) if !self.has_ended()? => portable::send(*pid, Signal::SIGKILL)?,
            Self::Queue(..) => {}
        }
        self.wait()
    }

    /// Ready once the process has ended.
    pub(crate) fn readable(&self) -> PollFd<'_> {
        match self {
            Self::Queue(_, queue) => poll::readable(queue),
            Self::Polled(process) => process.readable(),
        }
    }
}

fn watch(pid: Pid) -> Result<Kqueue, Errno> {
    let queue = Kqueue::new()?;
    fcntl(queue.as_fd(), FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    let ident = usize::try_from(pid.raw()).map_err(|_| Errno::ESRCH)?;
    let (filter, exit) = (EventFilter::EVFILT_PROC, FilterFlag::NOTE_EXIT);
    let event = KEvent::new(ident, filter, EvFlags::EV_ADD, exit, 0, 0);
    queue.kevent(&[event], &mut [], None)?;
    Ok(queue)
}
