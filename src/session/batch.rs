//! Operations on many slots in as few calls as SEMOPM allows.

use nix::errno::Errno;

use super::Block;
use super::lock::READ_LOCK_OPERATIONS;
use crate::sysv::{self, Error, Op, Outcome, Wait};

/// How many slots were done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// The first slots, which are done.
    pub(super) done: usize,
    /// The outcome of the others; `Done` if there are none.
    pub(super) outcome: Result<Outcome, Error>,
}

impl Block {
    /// Does the operations `of` each slot in one atomic call. If SEMOPM is too small for
    /// that, does them in batches, in order, up to the first that is not done. The
    /// operations of one slot are always in one call.
    pub(super) fn operate<const N: usize>(self, of: &[[Op; N]], wait: Wait) -> Progress {
        // semop(2) refuses an empty list.
        if of.is_empty() {
            return Progress { done: 0, outcome: Ok(Outcome::Done) };
        }
        match self.set().operate(of.as_flattened(), wait) {
            Err(too_big) if too_big.errno == Errno::E2BIG => self.in_batches(of, wait, too_big),
            Ok(Outcome::Done) => Progress { done: of.len(), outcome: Ok(Outcome::Done) },
            outcome => Progress { done: 0, outcome },
        }
    }

    fn in_batches<const N: usize>(self, of: &[[Op; N]], wait: Wait, too_big: Error) -> Progress {
        // Where SEMOPM is not known, one slot at a time: every system allows that many.
        let semopm = sysv::limits().ok().and_then(|limits| usize::try_from(limits.semopm).ok());
        let mut slots = semopm.map_or(1, |semopm| semopm / N);
        let mut done = 0;
        while done < of.len() {
            if slots == 0 {
                return Progress { done, outcome: Err(too_big) };
            }
            let batch = &of[done..of.len().min(done + slots)];
            match self.set().operate(batch.as_flattened(), wait) {
                Ok(Outcome::Done) => done += batch.len(),
                // SEMOPM was lowered while this process waited.
                Err(error) if error.errno == Errno::E2BIG => slots = batch.len() / 2,
                outcome => return Progress { done, outcome },
            }
        }
        Progress { done, outcome: Ok(Outcome::Done) }
    }

    /// Whether every read lock of some of its slots is taken in one call, as far as is known.
    pub(super) fn is_read_locked_in_one_call(self) -> bool {
        let operations = READ_LOCK_OPERATIONS * u32::from(self.slots());
        sysv::limits().is_ok_and(|limits| limits.semopm >= operations)
    }

    /// Does the operations `of` each slot where that is possible without waiting, and
    /// returns for how many slots it was.
    pub(super) fn operate_where_possible<const N: usize>(
        self,
        of: &[[Op; N]],
    ) -> Result<usize, Error> {
        let Progress { mut done, outcome } = self.operate(of, Wait::Not);
        if outcome? == Outcome::Busy {
            // One slot of a batch keeps the others from being done.
            for ops in &of[done..] {
                done += usize::from(self.set().operate(ops, Wait::Not)? == Outcome::Done);
            }
        }
        Ok(done)
    }
}
