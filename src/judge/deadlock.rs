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
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::judge::{Liveness, SlotHolder, SlotWaiter};
    use crate::session::{Counts, Flag, Readers};
    use crate::system::Tid;
    use crate::system::{Clock, Code};
    use crate::sysv::{Credentials, Uid};

    /// What processes do that wait for no slot; they have one thread unless named here.
    #[derive(Default)]
    struct Machine {
        doing: BTreeMap<i32, Activity>,
        with_threads: Vec<i32>,
    }

    impl Observer for Machine {
        fn activity(&self, pid: Pid) -> Activity {
            self.doing.get(&pid.raw()).cloned().unwrap_or(Activity::Other)
        }

        fn is_single_threaded(&self, pid: Pid) -> bool {
            !self.with_threads.contains(&pid.raw())
        }

        fn awaited_elsewhere(&self, _: Pid) -> Option<AwaitedSlot> {
            None
        }
    }

    fn pid(raw: i32) -> Pid {
        Pid::new(raw).unwrap()
    }

    /// A slot with a writer, and the processes that wait for it.
    fn slot(index: u16, writer: i32, waiting: &[i32]) -> SlotUse {
        let slot = Slot::new(index);
        let counts = Counts {
            slot,
            readers: Readers { live: 0, persistent: 0 },
            flag: Flag::Live,
            waiting: i32::try_from(waiting.len()).unwrap(),
            pid: Pid::new(writer),
        };
        let (mode, owner) = (Mode::Write, None);
        let holder = SlotHolder { pid: pid(writer), owner, mode, sessions: Vec::new() };
        let waiter = |&raw: &i32| {
            let (held, wants) = (Some(Mode::Write), Some(Mode::Write));
            SlotWaiter { pid: pid(raw), tid: Tid::first_of(pid(raw)), slot, held, wants }
        };
        let waiters = waiting.iter().map(waiter).collect();
        let (last, holders) = (Liveness::Alive, vec![holder]);
        SlotUse { counts, last, holders, all_holders: true, waiters }
    }

    /// The deadlocks in these slots, by pid. Processes are children of their parents.
    fn found(
        slots: &[SlotUse],
        parents: &[(i32, i32)],
        machine: &Machine,
    ) -> Option<Vec<Vec<i32>>> {
        let process = |&(raw, parent): &(i32, i32)| {
            let user = Credentials::of_user(Uid::new(33));
            let mut process = Process::made_up(pid(raw), Timestamp::UNIX_EPOCH, user, Code::none());
            process.parent = Pid::new(parent);
            process
        };
        let processes = parents.iter().map(process).collect();
        let now = Timestamp::UNIX_EPOCH;
        let processes = Processes::of(processes, Clock::steady(now), now);
        let cycles = deadlocks(slots, &LockClaims::default(), &processes, machine)?;
        let pids = |cycle: Cycle| cycle.into_iter().map(|(pid, _)| pid.raw()).collect();
        Some(cycles.into_iter().map(pids).collect())
    }

    const PARENTS: [(i32, i32); 4] = [(1, 0), (5, 1), (6, 1), (7, 5)];

    #[test]
    fn processes_that_wait_for_each_others_slots_are_a_deadlock() {
        let slots = [slot(0, 5, &[6]), slot(1, 6, &[5])];
        assert_eq!(found(&slots, &PARENTS, &Machine::default()), Some(vec![vec![5, 6]]));
    }

    #[test]
    fn a_queue_is_no_deadlock_and_neither_is_a_block_without_waiters() {
        let none = Some(Vec::new());
        assert_eq!(found(&[slot(0, 5, &[6])], &PARENTS, &Machine::default()), none);
        assert_eq!(found(&[slot(0, 5, &[])], &PARENTS, &Machine::default()), none);
    }

    #[test]
    fn a_parent_that_waits_for_its_child_is_part_of_the_cycle() {
        let doing = BTreeMap::from([(5, Activity::WaitsForOneOf(vec![pid(7)]))]);
        let machine = Machine { doing, ..Machine::default() };
        assert_eq!(found(&[slot(0, 5, &[7])], &PARENTS, &machine), Some(vec![vec![5, 7]]));
    }

    #[test]
    fn what_cannot_be_seen_leaves_it_unknown() {
        let hidden = BTreeMap::from([(5, Activity::Hidden)]);
        let hidden = Machine { doing: hidden, ..Machine::default() };
        assert_eq!(found(&[slot(0, 5, &[6])], &PARENTS, &hidden), None);
        let elsewhere = BTreeMap::from([(5, Activity::Semop)]);
        let elsewhere = Machine { doing: elsewhere, ..Machine::default() };
        assert_eq!(found(&[slot(0, 5, &[6])], &PARENTS, &elsewhere), None);
        let threads = Machine { with_threads: vec![5, 6], ..Machine::default() };
        let slots = [slot(0, 5, &[6]), slot(1, 6, &[5])];
        assert_eq!(found(&slots, &PARENTS, &threads), None, "another thread may release it");
        let mut unseen = slot(0, 5, &[6]);
        unseen.counts.waiting = 2;
        assert_eq!(found(&[unseen], &PARENTS, &Machine::default()), None);
    }
}
