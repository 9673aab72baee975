//! Operations on semaphores, and how long to wait for them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::platform::abi;
use super::{Call, Error, Set, ffi, interrupt, timed_wait};

/// One operation of a semop(2) call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Op {
    semnum: u16,
    change: i16,
    undo: bool,
}

impl Op {
    /// How many bytes a `struct sembuf` has.
    pub(crate) const SIZE: usize = size_of::<abi::sembuf>();

    /// Waits until the semaphore is 0.
    pub fn zero(semnum: u16) -> Self {
        Self { semnum, change: 0, undo: false }
    }

    /// Adds `change`. The kernel undoes it when this process ends (`SEM_UNDO`).
    pub fn with_undo(semnum: u16, change: i16) -> Self {
        Self { semnum, change, undo: true }
    }

    /// Adds `change` for good.
    pub fn without_undo(semnum: u16, change: i16) -> Self {
        Self { semnum, change, undo: false }
    }

    /// The operation in a `struct sembuf` of another process.
    pub(crate) fn from_sembuf(sembuf: [u8; Self::SIZE]) -> Self {
        let [n0, n1, c0, c1, f0, f1] = sembuf;
        let flags = i32::from(i16::from_ne_bytes([f0, f1]));
        Self {
            semnum: u16::from_ne_bytes([n0, n1]),
            change: i16::from_ne_bytes([c0, c1]),
            undo: flags & abi::SEM_UNDO != 0,
        }
    }

    fn sembuf(self, wait: Wait) -> abi::sembuf {
        ffi::sembuf(self.semnum, self.change, self.undo, wait != Wait::Not)
    }

    /// The semaphore.
    pub fn semnum(self) -> u16 {
        self.semnum
    }

    /// What it adds; 0 means that it waits for zero.
    pub fn change(self) -> i16 {
        self.change
    }

    /// Whether the kernel undoes it when the process ends.
    pub fn has_undo(self) -> bool {
        self.undo
    }

    /// The first of `ops` that a process would wait for if the semaphores of a set had
    /// these values: semop(2). None if it would not wait, or if the set does not have one
    /// of these semaphores.
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

/// How long an operation may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all: `IPC_NOWAIT`.
    Not,
    /// Until this moment.
    Until(Instant),
    /// Without a limit.
    Forever,
}

impl Wait {
    /// Waits for this long from now; without a limit if that is later than a clock can tell.
    pub fn at_most(time: Duration) -> Self {
        match Instant::now().checked_add(time) {
            _ if time.is_zero() => Self::Not,
            Some(end) => Self::Until(end),
            None => Self::Forever,
        }
    }
}

/// The outcome of operations that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// All of them were done.
    Done,
    /// They could not be done within the time; nothing was done.
    Busy,
}

impl Set {
    /// Does all of `ops` atomically: semop(2). The wait is one call, because a process that
    /// comes back loses its place in the queue. Fails with E2BIG if there are more
    /// operations than SEMOPM, with EIDRM or EINVAL if the set is gone.
    ///
    /// EINTR is handled here: the call is made again with the time that is left, unless
    /// another thread has ended the wait. Linux interrupts a waiting semop(2) even for
    /// SIGCONT without a handler.
    pub fn operate(self, ops: &[Op], wait: Wait) -> Result<Outcome, Error> {
        let mut raw: Vec<_> = ops.iter().map(|op| op.sembuf(wait)).collect();
        self.wait_for(&mut raw, wait)
    }

    /// The same for a few operations. It needs no memory from the heap, which would cost a
    /// tenth of its time.
    #[inline]
    pub(crate) fn operate_few<const N: usize>(
        self,
        ops: [Op; N],
        wait: Wait,
    ) -> Result<Outcome, Error> {
        self.wait_for(&mut ops.map(|op| op.sembuf(wait)), wait)
    }

    // The processor cannot predict where a function returns to just after a system call. So
    // each return costs more than all that the library does.
    #[expect(clippy::inline_always, reason = "without it, a lock takes a twentieth longer")]
    #[inline(always)]
    fn wait_for(self, ops: &mut [abi::sembuf], wait: Wait) -> Result<Outcome, Error> {
        let semid = self.semid().raw();
        loop {
            let done = match wait {
                Wait::Until(end) => timed_wait::semop_until(semid, ops, end),
                _ => ffi::semop(semid, ops).map_err(|errno| (Call::Semop, errno)),
            };
            let Err((call, errno)) = done else { return Ok(Outcome::Done) };
            if let Some(outcome) = self.outcome_of(call, errno) {
                return outcome;
            }
        }
    }

    /// What a failed semop(2) means; None if the call must be made again.
    #[inline(never)]
    fn outcome_of(self, call: Call, errno: Errno) -> Option<Result<Outcome, Error>> {
        match (call, errno) {
            (Call::Semop | Call::Semtimedop, Errno::EAGAIN) => Some(Ok(Outcome::Busy)),
            (_, Errno::EINTR) => interrupt::is_end_requested().then_some(Ok(Outcome::Busy)),
            _ => Some(Err(self.failed(call)(errno))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_operation_that_cannot_be_done_is_the_one_that_waits() {
        let (zero, up, down) = (Op::zero(0), Op::with_undo(0, 1), Op::without_undo(0, -1));
        for (ops, values, expected) in [
            (&[zero][..], &[0][..], None),
            (&[zero], &[1], Some(zero)),
            (&[up], &[7], None),
            (&[down], &[0], Some(down)),
            (&[down], &[1], None),
            // Operations see what those before them have changed.
            (&[up, down], &[0], None),
            (&[up, zero], &[0], Some(zero)),
            (&[down, zero, up], &[1], None),
            (&[Op::zero(1), zero], &[1, 0], Some(zero)),
            (&[Op::zero(1)], &[1], None),
            (&[], &[1], None),
        ] {
            assert_eq!(Op::first_blocking(ops, values), expected, "{ops:?} {values:?}");
        }
    }

    #[test]
    fn a_sembuf_is_read_as_the_kernel_reads_it() {
        for op in [Op::zero(3), Op::with_undo(65_535, -2), Op::without_undo(0, i16::MAX)] {
            let raw = op.sembuf(Wait::Not);
            let flags = raw.sem_flg.to_ne_bytes();
            let bytes = [raw.sem_num.to_ne_bytes(), raw.sem_op.to_ne_bytes(), flags].concat();
            assert_eq!(Op::from_sembuf(bytes.try_into().unwrap()), op);
        }
    }

    #[test]
    fn a_wait_of_no_time_does_not_wait_and_one_of_all_time_has_no_limit() {
        assert_eq!(Wait::at_most(Duration::ZERO), Wait::Not);
        assert_eq!(Wait::at_most(Duration::MAX), Wait::Forever);
        assert!(matches!(Wait::at_most(Duration::from_secs(1)), Wait::Until(_)));
    }
}
