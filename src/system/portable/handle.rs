//! A process that is asked again and again whether it still exists.

use std::io::{self, PipeReader, PipeWriter};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};

use crate::system::poll::{self, PollFd, poll};
use crate::system::{self, Pid, exists};

/// The time between two questions.
const INTERVAL: Duration = Duration::from_millis(100);

/// How much memory the thread that asks may use.
const STACK_SIZE: usize = 1 << 16;

/// A process, by its pid. A zombie has ended only where the system shows that. If it has ended and the pid is used again within a tenth of a
/// second, the other process is taken for it.
#[derive(Debug)]
pub(crate) struct Handle {
    pid: Pid,
    /// Its other end is closed once the process has ended.
    ended: PipeReader,
}

impl Handle {
    /// The process that has `pid` now. Fails with ESRCH if there is none.
    pub(crate) fn open(pid: Pid) -> io::Result<Self> {
        if !exists(pid) {
            return Err(Errno::ESRCH.into());
        }
        let (ended, open) = io::pipe()?;
        let asking = move || close_at_end(pid, open);
        thread::Builder::new().stack_size(STACK_SIZE).spawn(asking)?;
        Ok(Self { pid, ended })
    }

    /// Whether it has ended. By then the kernel has released its locks.
    pub(crate) fn has_ended(&self) -> io::Result<bool> {
        Ok(system::has_ended(self.pid) || poll(&mut [self.readable()], Some(Duration::ZERO))? > 0)
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&self) -> io::Result<()> {
        poll(&mut [self.readable()], None)?;
        Ok(())
    }

    /// Ends it by SIGKILL and waits until it has ended. Not an error if it has already ended.
    pub(crate) fn kill(&self) -> io::Result<()> {
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

/// Returns, and so closes `open`, when the process has ended or nobody waits for that. An
/// error of poll(2) is neither.
fn close_at_end(pid: Pid, open: PipeWriter) {
    let mut reader = [poll::closed(&open)];
    while !system::has_ended(pid) {
        match poll(&mut reader, Some(INTERVAL)) {
            Ok(0) => {}
            Ok(_) => break,
            Err(_) => thread::sleep(INTERVAL),
        }
    }
    drop(open);
}
