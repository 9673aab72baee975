//! Operations on semaphores, and how long to wait for them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::{Call, Error, Set, ffi, filter, interrupt};

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
    pub fn with_undo(semnum: u16, change: i16) -> Self {
        Self { semnum, change, undo: true }
    }

    /// Adds `change` for good, whoever ends.
    pub fn without_undo(semnum: u16, change: i16) -> Self {
        Self { semnum, change, undo: false }
    }

    /// What a `struct sembuf` in the memory of a process of this machine says.
    pub fn from_sembuf(sembuf: [u8; size_of::<libc::sembuf>()]) -> Self {
        let [n0, n1, c0, c1, f0, f1] = sembuf;
        let flags = i32::from(i16::from_ne_bytes([f0, f1]));
        Self {
            semnum: u16::from_ne_bytes([n0, n1]),
            change: i16::from_ne_bytes([c0, c1]),
            undo: flags & libc::SEM_UNDO != 0,
        }
    }

    /// The semaphore that it is about.
    pub fn semnum(self) -> u16 {
        self.semnum
    }

    /// What it adds; 0 waits for zero.
    pub fn change(self) -> i16 {
        self.change
    }

    /// Whether the kernel takes it back when the process ends.
    pub fn has_undo(self) -> bool {
        self.undo
    }

    /// The first of `ops` that a process would wait in, were the semaphores of a
    /// set to have these values; semop(2). None if it would not wait, or if the
    /// set has no such semaphore.
    pub fn first_blocking(ops: &[Self], values: &[u16]) -> Option<Self> {
        let mut changed = BTreeMap::new();
        for &op in ops {
            let value = i32::from(*values.get(usize::from(op.semnum))?);
            let now = changed.entry(op.semnum).or_insert(value);
            if *now + i32::from(op.change) < 0 || (op.change == 0 && *now != 0) {
                return Some(op);
            }
            *now += i32::from(op.change);
        }
        None
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

    /// The time that is left, where there is a limit.
    fn left(self) -> Option<libc::timespec> {
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
    /// Does all of `ops` atomically, in one semop(2) that is never sliced: a waiter
    /// that comes back loses its place in the queue. Only a wait with a limit takes
    /// semtimedop(2), which some systems lack: ENOSYS then.
    ///
    /// EINTR is handled here and nowhere else: the call is made again with the
    /// time that is left, unless another thread has [asked](super::Interruptible) for
    /// the wait's end. Linux interrupts a waiting semop(2) even for SIGCONT without a
    /// handler.
    pub fn operate(self, ops: &[Op], wait: Wait) -> Result<Outcome, Error> {
        let mut raw: Vec<_> = ops
            .iter()
            .map(|op| ffi::sembuf(op.semnum, op.change, op.undo, wait != Wait::Not))
            .collect();
        loop {
            let (call, done) = match wait.left() {
                None => (Call::Semop, ffi::semop(self.semid.raw(), &mut raw)),
                Some(left) => (Call::Semtimedop, self.operate_within(&mut raw, &left)),
            };
            match done {
                Ok(()) => return Ok(Outcome::Done),
                Err(Errno::EAGAIN) => return Ok(Outcome::Busy),
                Err(Errno::EINTR) if interrupt::is_asked() => return Ok(Outcome::Busy),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(self.failed(call)(errno)),
            }
        }
    }

    fn operate_within(self, ops: &mut [libc::sembuf], time: &libc::timespec) -> Result<(), Errno> {
        filter::check_timed_wait()?;
        ffi::operate_within(self.semid.raw(), ops, time)
    }
}
