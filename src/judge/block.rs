//! The holders and waiters of a block's slots, and its deadlocks, as far as they can be
//! proven.
//!
//! The kernel gives counts and one pid. The rest is inferred from what processes are seen
//! to do: nothing is guessed, and what could not be seen is None, never "nobody".

use super::deadlock::{self, Observer};
use super::slot::SlotUse;
use super::slot_holders::LockClaims;
use super::wait_graph::Cycle;
use crate::session::Counts;
use crate::system::Processes;
use crate::sysv::SetInfo;

/// A block at one moment, as near as separate calls come to one.
#[derive(Clone, Debug)]
pub(crate) struct BlockUse {
    pub info: SetInfo,
    /// The slots, ascending.
    pub slots: Vec<SlotUse>,
    /// None if it is not known whether there is one.
    pub deadlocks: Option<Vec<Cycle>>,
}

impl BlockUse {
    pub(crate) fn of(
        info: SetInfo,
        slots: Vec<SlotUse>,
        claims: &LockClaims,
        processes: &Processes,
        observer: &dyn Observer,
    ) -> Self {
        let deadlocks = deadlock::deadlocks(&slots, claims, processes, observer);
        Self { info, slots, deadlocks }
    }

    /// A block that no process uses.
    pub(crate) fn unused(info: SetInfo, counts: Vec<Counts>) -> Self {
        let slots = counts.into_iter().map(SlotUse::free).collect();
        Self { info, slots, deadlocks: Some(Vec::new()) }
    }
}
