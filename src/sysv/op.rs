//! Operations on semaphores, and how long to wait for them.

use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::{Call, Error, Set, ffi};

/// One operation of a semop(2) call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    semnum: u16,
    change: i16,
    undo: bool,
}

impl Op {
    /// Waits until the semaphore is zero.
    pub fn zero(semnum: u16) -> Self {
        Self { semnum, change: 0, undo: false }
    }

    /// Adds `change`, which the kernel takes back when this process ends (`SEM_UNDO`).
    pub fn undone(semnum: u16, change: i16) -> Self {
        Self { semnum, change, undo: true }
    }

    /// Adds `change` for good, whoever ends.
    pub fn kept(semnum: u16, change: i16) -> Self {
        Self { semnum, change, undo: false }
    }
}

/// How long an operation may wait for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all: `IPC_NOWAIT`.
    Not,
    /// Until this moment.
    Until(Instant),
    /// For ever.
    Forever,
}

impl Wait {
    /// Waits this long from now; for ever where that is past what a clock can tell.
    pub fn at_most(time: Duration) -> Self {
        match Instant::now().checked_add(time) {
            _ if time.is_zero() => Self::Not,
            Some(end) => Self::Until(end),
            None => Self::Forever,
        }
    }

    fn timeout(self) -> Option<libc::timespec> {
        let Self::Until(end) = self else { return None };
        Some(timespec(end.saturating_duration_since(Instant::now())))
    }
}

fn timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

/// What became of an operation that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// All of it was done.
    Done,
    /// It was not its turn in the time allowed; nothing was done.
    Busy,
}

impl Set {
    /// Does all of `ops` atomically, in one semtimedop(2) that is never sliced:
    /// a waiter that comes back loses its place in the queue.
    ///
    /// EINTR is handled here and nowhere else: the call is made again with the
    /// time that is left. Linux interrupts a waiting semop(2) even for SIGCONT
    /// without a handler.
    pub fn operate(self, ops: &[Op], wait: Wait) -> Result<Outcome, Error> {
        let mut raw: Vec<_> = ops
            .iter()
            .map(|op| ffi::sembuf(op.semnum, op.change, op.undo, wait != Wait::Not))
            .collect();
        loop {
            match ffi::operate(self.semid, &mut raw, wait.timeout().as_ref()) {
                Ok(()) => return Ok(Outcome::Done),
                Err(Errno::EAGAIN) => return Ok(Outcome::Busy),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(self.failed(Call::Semop)(errno)),
            }
        }
    }
}
