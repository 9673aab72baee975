//! The holders and waiters of one slot, as far as they can be proven.

use super::slot_holders::{LockClaims, SlotHolder};
use super::waiters::SlotWaiter;
use crate::session::{Counts, Flag, Mode};
use crate::system::{Pid, Processes};
use crate::sysv::SetInfo;

/// Whether a process that a semaphore names is still alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Liveness {
    /// It is, or a process that looks the same is.
    Alive,
    /// It has ended: the pid is free, a zombie's, or another process's.
    Gone,
    /// It belongs to another pid namespace, or no process is named.
    Unknown,
}

/// A slot and its users.
#[derive(Clone, Debug)]
pub(crate) struct SlotUse {
    pub counts: Counts,
    /// Whether the process that the counts name is alive.
    pub last: Liveness,
    /// The processes that provably have it. There may be more, unless `all_holders`.
    pub holders: Vec<SlotHolder>,
    pub all_holders: bool,
    /// The processes that are seen to wait for it.
    pub waiters: Vec<SlotWaiter>,
}

impl SlotUse {
    pub(crate) fn free(counts: Counts) -> Self {
        let (holders, waiters) = (Vec::new(), Vec::new());
        Self { counts, last: Liveness::Unknown, holders, all_holders: true, waiters }
    }

    /// Of the processes that are `waiting` in the block, some wait for this slot.
    pub(crate) fn of(
        counts: Counts,
        last: Liveness,
        claims: &LockClaims,
        waiting: &[SlotWaiter],
    ) -> Self {
        let holders = claims.holders(&counts, last == Liveness::Alive);
        let readers = holders.iter().filter(|holder| holder.mode == Mode::Read).count();
        let all_readers = i32::try_from(readers).is_ok_and(|seen| seen >= counts.readers.live);
        let all_holders = all_readers && !(counts.flag == Flag::Live && last == Liveness::Unknown);
        let here = waiting.iter().filter(|waiting| waiting.slot == counts.slot);
        Self { counts, last, holders, all_holders, waiters: here.copied().collect() }
    }

    /// Whether every process that waits for it is seen.
    pub(crate) fn all_waiters(&self) -> bool {
        i32::try_from(self.waiters.len()).is_ok_and(|seen| seen >= self.counts.waiting)
    }
}

/// Whether the process that had `pid` when the set was last changed is alive.
pub(crate) fn liveness(pid: Option<Pid>, info: &SetInfo, processes: &Processes) -> Liveness {
    match pid {
        None => Liveness::Unknown,
        Some(pid) if processes.lives(pid, info.last_change()) => Liveness::Alive,
        Some(pid) if processes.may_have_outside(pid) => Liveness::Unknown,
        Some(_) => Liveness::Gone,
    }
}
