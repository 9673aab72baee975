//! Operations on many slots, in as few calls as SEMOPM allows.

use nix::errno::Errno;

use super::Block;
use crate::sysv::{self, Error, Op, Outcome, Wait};

/// How far operations on many slots came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// How many of the slots are done, from the first on.
    pub(super) done: usize,
    /// What became of the others; `Done` if there are none.
    pub(super) outcome: Result<Outcome, Error>,
}

impl Block {
    /// Does the operations `of` each slot: all in one call, which is atomic, or where
    /// SEMOPM is too small for that, in pieces, in order, up to the first that is not
    /// done. The operations of one slot are always in one call.
    pub(super) fn operate<const N: usize>(self, of: &[[Op; N]], wait: Wait) -> Progress {
        // semop(2) takes no list without an operation.
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
        let most = sysv::limits().map_or(0, |limits| limits.semopm);
        let slots = usize::try_from(most).unwrap_or(usize::MAX) / N;
        if slots == 0 {
            return Progress { done: 0, outcome: Err(too_big) };
        }
        for (before, batch) in of.chunks(slots).enumerate() {
            let outcome = self.set().operate(batch.as_flattened(), wait);
            if outcome != Ok(Outcome::Done) {
                return Progress { done: before * slots, outcome };
            }
        }
        Progress { done: of.len(), outcome: Ok(Outcome::Done) }
    }

    /// Does the operations `of` those slots on which they can be done without waiting,
    /// and leaves the others as they are. How many there were of the former.
    pub(super) fn operate_where_possible<const N: usize>(
        self,
        of: &[[Op; N]],
    ) -> Result<usize, Error> {
        let Progress { mut done, outcome } = self.operate(of, Wait::Not);
        if outcome? == Outcome::Busy {
            // One of a batch keeps the others from being done with it.
            for ops in &of[done..] {
                done += usize::from(self.set().operate(ops, Wait::Not)? == Outcome::Done);
            }
        }
        Ok(done)
    }
}
