//! Who waits for which slot.

use crate::session::{Awaited, Block, Mode, Slot};
use crate::system::{Blocked, Pid};

/// A process that waits for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotWaiter {
    /// Its pid.
    pub pid: Pid,
    /// The thread that waits.
    pub tid: i32,
    /// The slot that keeps it waiting.
    pub slot: Slot,
    /// Whom it waits for; None if that is nobody who has the slot.
    pub held: Option<Mode>,
    /// What it wants.
    pub wants: Option<Mode>,
}

/// Those of `blocked` that wait in the block, whose semaphores have these values;
/// ascending by pid. Some may have got what they waited for by now.
pub(crate) fn waiters(block: Block, blocked: &[Blocked], values: &[u16]) -> Vec<SlotWaiter> {
    let here = blocked.iter().filter(|blocked| blocked.semid == block.set().semid());
    let mut waiting: Vec<_> = here.filter_map(|blocked| waits(block, blocked, values)).collect();
    waiting.sort_unstable_by_key(|waiting| waiting.pid);
    waiting
}

fn waits(block: Block, blocked: &Blocked, values: &[u16]) -> Option<SlotWaiter> {
    let Awaited { slot, held, wants } = block.awaited(blocked.ops.as_ref()?, values)?;
    Some(SlotWaiter { pid: blocked.pid, tid: blocked.tid, slot, held, wants })
}
