//! The processes that wait for a slot.

use crate::session::{Block, Mode, Slot, SlotWait};
use crate::system::{BlockedThread, Pid, Tid};

/// A process that waits for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotWaiter {
    pub pid: Pid,
    /// The thread that waits.
    pub tid: Tid,
    /// The slot that keeps it waiting.
    pub slot: Slot,
    /// The locks that keep it waiting; None if no lock does.
    pub held: Option<Mode>,
    /// The lock that it wants.
    pub wants: Option<Mode>,
}

/// The `blocked` processes that wait in the block, ascending by pid. Its semaphores have
/// these values. Some may have got their lock in the meantime.
pub(crate) fn waiters(block: Block, blocked: &[BlockedThread], values: &[u16]) -> Vec<SlotWaiter> {
    let here = blocked.iter().filter(|blocked| blocked.semid == block.set().semid());
    let mut waiting: Vec<_> = here.filter_map(|blocked| waits(block, blocked, values)).collect();
    waiting.sort_unstable_by_key(|waiting| waiting.pid);
    waiting
}

fn waits(block: Block, blocked: &BlockedThread, values: &[u16]) -> Option<SlotWaiter> {
    let SlotWait { slot, held, wants } = block.slot_wait(blocked.ops.as_ref()?, values)?;
    Some(SlotWaiter { pid: blocked.pid, tid: blocked.tid, slot, held, wants })
}
