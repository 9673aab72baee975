//! Which process cannot go on before which other one.

use super::deadlock::{Cycle, Graph, Needed, WaitReason, Waits, cycles};
use super::holders::LockClaims;
use super::slot::SlotUse;
use super::waiters::SlotWaiter;
use crate::session::{Mode, Slot};
use crate::system::{Doing, Pid, Process, Processes};
use crate::sysv::Semid;

/// What has to be asked of the system about a process that somebody waits for.
pub(crate) trait Observer {
    /// What a process is about.
    fn doing(&self, pid: Pid) -> Doing;

    /// Whether it has no more than one thread, which then does what it does.
    fn is_single(&self, pid: Pid) -> bool;

    /// The slot of another block that it waits for; None if that cannot be told,
    /// or not everybody is known who has that slot.
    fn awaited_elsewhere(&self, pid: Pid) -> Option<AwaitedSlot>;
}

/// A slot of another block, and what is seen of it.
pub(crate) struct AwaitedSlot {
    /// The block's set.
    pub semid: Semid,
    /// The slot.
    pub slot: Slot,
    /// What it is waited for to end.
    pub held: Option<Mode>,
    /// The slot's users.
    pub seen: SlotUse,
}

/// The deadlocks among those who are seen in the slots; None if none is seen
/// and there may be some.
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
    /// Those who wait, each with its ancestors, nearest first.
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
                self.graph.insert(waiting.pid, stuck(waiting, seen));
            } else {
                self.complete &= !self.has_a_slot(waiting.pid);
            }
        }
    }

    /// Adds those whom the others wait for, and whom these wait for, and so on.
    fn follow(&mut self) {
        let mut next: Vec<Pid> = self.others().collect();
        while let Some(pid) = next.pop() {
            if self.graph.contains_key(&pid) {
                continue;
            }
            if let Some(stuck) = self.stuck(pid) {
                next.extend(stuck.edges.iter().map(|(other, _)| *other));
                self.graph.insert(pid, stuck);
            }
        }
    }

    fn others(&self) -> impl Iterator<Item = Pid> {
        self.graph.values().flat_map(|stuck| &stuck.edges).map(|(pid, _)| *pid)
    }

    /// What a process waits for that does not wait for a slot of this block.
    fn stuck(&mut self, pid: Pid) -> Option<Waits> {
        if let Some(owner) = self.claims.owner_of(pid) {
            return Some(Waits { edges: vec![(owner, WaitReason::Owner)], needed: Needed::All });
        }
        if let Some(holder) = self.holder_to_be(pid) {
            return Some(Waits { edges: vec![(holder, WaitReason::Child)], needed: Needed::All });
        }
        match self.observer.doing(pid) {
            Doing::WaitsForOneOf(children) => {
                self.complete &= children.len() < 2 || !self.is_above_a_waiter(pid);
                let edges = children.into_iter().map(|child| (child, WaitReason::Child)).collect();
                Some(Waits { edges, needed: Needed::One })
            }
            // It may wait, in some other way, for what waits below it.
            Doing::Other => {
                self.complete &= !self.is_above_a_waiter(pid);
                None
            }
            Doing::Semop => {
                let stuck = self.stuck_elsewhere(pid);
                self.complete &= stuck.is_some();
                stuck
            }
            Doing::Hidden => {
                self.complete = false;
                None
            }
        }
    }

    fn stuck_elsewhere(&self, pid: Pid) -> Option<Waits> {
        let AwaitedSlot { semid, slot, held, seen } = self.observer.awaited_elsewhere(pid)?;
        Some(tied(&seen, held, WaitReason::OtherBlock { semid, slot: slot.index() }))
    }

    /// The holder that a `semlock lock` without COMMAND has started, and waits for.
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

    /// Another thread could give back what one waits for; semlock's only tells what that is.
    fn waits_as_a_whole(&self, pid: Pid) -> bool {
        self.observer.is_single(pid) || self.is_semlock(pid)
    }

    fn is_semlock(&self, pid: Pid) -> bool {
        self.processes.get(pid).is_some_and(is_semlock)
    }
}

/// Whether a process is called semlock, as one that waits is.
pub(crate) fn is_semlock(process: &Process) -> bool {
    process.name.as_bytes() == b"semlock"
}

/// A waiter, tied to those whom it waits for.
fn stuck(waiting: SlotWaiter, seen: &SlotUse) -> Waits {
    tied(seen, waiting.held, WaitReason::Slot(waiting.slot.index()))
}

fn tied(seen: &SlotUse, held: Option<Mode>, reason: WaitReason) -> Waits {
    let awaited = seen.holders.iter().filter(|holder| Some(holder.mode) == held);
    Waits { edges: awaited.map(|holder| (holder.pid, reason)).collect(), needed: Needed::All }
}
