//! The deadlocks of a block: its wait-for graph is built from what its processes do.

use super::slot::SlotUse;
use super::slot_holders::LockClaims;
use super::wait_graph::{Cycle, Graph, Needed, WaitReason, Waits, cycles};
use super::waiters::SlotWaiter;
use crate::session::{Mode, Slot};
use crate::system::{Activity, Pid, Process, Processes};
use crate::sysv::Semid;

/// What the system says about a process that another one waits for.
pub(crate) trait Observer {
    fn activity(&self, pid: Pid) -> Activity;

    /// Whether it has only one thread.
    fn is_single_threaded(&self, pid: Pid) -> bool;

    /// The slot of another block that it waits for; None if that or the holders of that
    /// slot are not all known.
    fn awaited_elsewhere(&self, pid: Pid) -> Option<AwaitedSlot>;
}

/// A slot of another block, and what is seen of it.
pub(crate) struct AwaitedSlot {
    pub semid: Semid,
    pub slot: Slot,
    /// The locks that keep the process waiting.
    pub held: Option<Mode>,
    pub slot_use: SlotUse,
}

/// The deadlocks among the holders and waiters of the slots; None if none is seen, but
/// there may be one.
pub(super) fn deadlocks(
    slots: &[SlotUse],
    claims: &LockClaims,
    processes: &Processes,
    observer: &dyn Observer,
) -> Option<Vec<Cycle>> {
    if slots.iter().all(|seen| seen.counts.waiting == 0) {
        return Some(Vec::new());
    }
    let waiters = slots.iter().flat_map(|seen| &seen.waiters).map(|waiting| waiting.pid);
    let waiters = waiters.map(|pid| (pid, ancestors(pid, processes))).collect();
    let complete = slots.iter().all(SlotUse::all_waiters);
    let graph = Graph::new();
    let mut builder = Builder { slots, claims, processes, observer, waiters, graph, complete };
    for seen in slots {
        builder.add_waiters(seen);
    }
    builder.follow();
    let found = cycles(&builder.graph);
    (builder.complete || !found.is_empty()).then_some(found)
}

fn ancestors(pid: Pid, processes: &Processes) -> Vec<Pid> {
    let process = processes.get(pid);
    let above = process.into_iter().flat_map(|process| processes.ancestors(process));
    above.map(|ancestor| ancestor.pid).collect()
}

struct Builder<'a> {
    slots: &'a [SlotUse],
    claims: &'a LockClaims,
    processes: &'a Processes,
    observer: &'a dyn Observer,
    /// The waiters, each with its ancestors, nearest first.
    waiters: Vec<(Pid, Vec<Pid>)>,
    graph: Graph,
    /// Whether everything could be looked at so far.
    complete: bool,
}

impl Builder<'_> {
    fn add_waiters(&mut self, seen: &SlotUse) {
        for &waiting in &seen.waiters {
            self.complete &= seen.all_holders || waiting.held.is_none();
            if self.waits_as_a_whole(waiting.pid) {
                self.graph.insert(waiting.pid, waits_of_waiter(waiting, seen));
            } else {
                self.complete &= !self.has_a_slot(waiting.pid);
            }
        }
    }

    /// Adds the processes that these wait for, those that they wait for, and so on.
    fn follow(&mut self) {
        let mut next: Vec<Pid> = self.others().collect();
        while let Some(pid) = next.pop() {
            if self.graph.contains_key(&pid) {
                continue;
            }
            if let Some(waits) = self.waits_of(pid) {
                next.extend(waits.edges.iter().map(|(other, _)| *other));
                self.graph.insert(pid, waits);
            }
        }
    }

    fn others(&self) -> impl Iterator<Item = Pid> {
        self.graph.values().flat_map(|waits| &waits.edges).map(|(pid, _)| *pid)
    }

    /// What a process waits for, if not for a slot of this block.
    fn waits_of(&mut self, pid: Pid) -> Option<Waits> {
        if let Some(owner) = self.claims.owner_of(pid) {
            return Some(Waits { edges: vec![(owner, WaitReason::Owner)], needed: Needed::All });
        }
        if let Some(holder) = self.holder_to_be(pid) {
            return Some(Waits { edges: vec![(holder, WaitReason::Child)], needed: Needed::All });
        }
        match self.observer.activity(pid) {
            Activity::WaitsForOneOf(children) => {
                self.complete &= children.len() < 2 || !self.is_above_a_waiter(pid);
                let edges = children.into_iter().map(|child| (child, WaitReason::Child)).collect();
                Some(Waits { edges, needed: Needed::One })
            }
            // It may wait in some other way for a descendant that waits.
            Activity::Other => {
                self.complete &= !self.is_above_a_waiter(pid);
                None
            }
            Activity::Semop => {
                let waits = self.waits_elsewhere(pid);
                self.complete &= waits.is_some();
                waits
            }
            Activity::Hidden => {
                self.complete = false;
                None
            }
        }
    }

    fn waits_elsewhere(&self, pid: Pid) -> Option<Waits> {
        let AwaitedSlot { semid, slot, held, slot_use } = self.observer.awaited_elsewhere(pid)?;
        Some(waits_for_holders(
            &slot_use,
            held,
            WaitReason::OtherBlock { semid, slot: slot.index() },
        ))
    }

    /// The holder that a `semlock lock` without COMMAND has started and waits for.
    fn holder_to_be(&self, pid: Pid) -> Option<Pid> {
        let mut waiters = self.waiters.iter().filter(|(_, above)| above.first() == Some(&pid));
        waiters.next().filter(|_| self.is_semlock(pid)).map(|(holder, _)| *holder)
    }

    fn is_above_a_waiter(&self, pid: Pid) -> bool {
        self.waiters.iter().any(|(_, above)| above.contains(&pid))
    }

    fn has_a_slot(&self, pid: Pid) -> bool {
        self.slots.iter().flat_map(|seen| &seen.holders).any(|holder| holder.pid == pid)
    }

    /// Another thread could release the lock that this one waits for. In semlock, it only
    /// watches the wait.
    fn waits_as_a_whole(&self, pid: Pid) -> bool {
        self.observer.is_single_threaded(pid) || self.is_semlock(pid)
    }

    fn is_semlock(&self, pid: Pid) -> bool {
        self.processes.get(pid).is_some_and(is_semlock)
    }
}

/// Whether a process has the name of one that waits for a lock.
pub(crate) fn is_semlock(process: &Process) -> bool {
    process.name.as_bytes() == b"semlock"
}

fn waits_of_waiter(waiting: SlotWaiter, seen: &SlotUse) -> Waits {
    waits_for_holders(seen, waiting.held, WaitReason::Slot(waiting.slot.index()))
}

fn waits_for_holders(seen: &SlotUse, held: Option<Mode>, reason: WaitReason) -> Waits {
    let awaited = seen.holders.iter().filter(|holder| Some(holder.mode) == held);
    Waits { edges: awaited.map(|holder| (holder.pid, reason)).collect(), needed: Needed::All }
}

#[cfg(test)]
mod tests;
