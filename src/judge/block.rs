//! Who has the slots of a block, and who waits for them, as far as it can be proven.
//!
//! The kernel tells counts and one pid. The rest is put together from what
//! processes are seen to do: nothing is guessed, and what could not be seen is
//! None and never "nobody".

use super::deadlock::Cycle;
use super::graph::{self, Observer};
use super::holders::LockClaims;
use super::slot::SlotUse;
use crate::session::Counts;
use crate::system::Processes;
use crate::sysv::SetInfo;

/// A block at one moment, as near as separate calls come to one.
#[derive(Clone, Debug)]
pub(crate) struct BlockUse {
    /// The set.
    pub info: SetInfo,
    /// The slots, ascending.
    pub slots: Vec<SlotUse>,
    /// The deadlocks that there are; None if that cannot be told.
    pub deadlocks: Option<Vec<Cycle>>,
}

impl BlockUse {
    /// Puts together what was seen of the slots.
    pub(crate) fn of(
        info: SetInfo,
        slots: Vec<SlotUse>,
        claims: &LockClaims,
        processes: &Processes,
        observer: &dyn Observer,
    ) -> Self {
        let deadlocks = graph::deadlocks(&slots, claims, processes, observer);
        Self { info, slots, deadlocks }
    }

    /// A block in which nobody has anything, and nobody waits.
    pub(crate) fn unused(info: SetInfo, counts: Vec<Counts>) -> Self {
        let slots = counts.into_iter().map(SlotUse::free).collect();
        Self { info, slots, deadlocks: Some(Vec::new()) }
    }
}
