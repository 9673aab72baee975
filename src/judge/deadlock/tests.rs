//! Deadlocks among processes that are made up.

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
    semlocks: Vec<i32>,
    /// Those that wait for a slot of another block, which has this writer.
    elsewhere: BTreeMap<i32, i32>,
}

impl Observer for Machine {
    fn activity(&self, pid: Pid) -> Activity {
        self.doing.get(&pid.raw()).cloned().unwrap_or(Activity::Other)
    }

    fn is_single_threaded(&self, pid: Pid) -> bool {
        !self.with_threads.contains(&pid.raw())
    }

    fn awaited_elsewhere(&self, pid: Pid) -> Option<AwaitedSlot> {
        let slot_use = slot(9, *self.elsewhere.get(&pid.raw())?, &[pid.raw()]);
        let (semid, slot) = (Semid::new(70), slot_use.counts.slot);
        Some(AwaitedSlot { semid, slot, held: Some(Mode::Write), slot_use })
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
fn found(slots: &[SlotUse], parents: &[(i32, i32)], machine: &Machine) -> Option<Vec<Vec<i32>>> {
    let process = |&(raw, parent): &(i32, i32)| {
        let user = Credentials::of_user(Uid::new(33));
        let mut process = Process::made_up(pid(raw), Timestamp::UNIX_EPOCH, user, Code::none());
        process.parent = Pid::new(parent);
        if machine.semlocks.contains(&raw) { process.named("semlock") } else { process }
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

#[test]
fn a_semlock_waits_for_the_holder_that_it_has_started() {
    // The shell 6 has slot 0, and runs `semlock lock`, whose holder 7 waits for the slot.
    let parents = [(1, 0), (6, 1), (5, 6), (7, 5)];
    let doing = BTreeMap::from([(6, Activity::WaitsForOneOf(vec![pid(5)]))]);
    let mut machine = Machine { doing, semlocks: vec![5, 7], ..Machine::default() };
    let slots = [slot(0, 6, &[7])];
    assert_eq!(found(&slots, &parents, &machine), Some(vec![vec![5, 7, 6]]));
    machine.semlocks.clear();
    assert_eq!(found(&slots, &parents, &machine), None, "it may end without the other");
}

#[test]
fn a_parent_that_does_something_else_may_wait_for_its_child_in_its_own_way() {
    assert_eq!(found(&[slot(0, 5, &[7])], &PARENTS, &Machine::default()), None);
}

#[test]
fn a_parent_of_several_children_may_wait_for_the_one_that_waits() {
    let parents = [(1, 0), (5, 1), (6, 1), (7, 5), (8, 5)];
    let waits_for = |children: &[i32]| {
        let children = children.iter().map(|&child| pid(child)).collect();
        let doing = BTreeMap::from([(5, Activity::WaitsForOneOf(children))]);
        Machine { doing, ..Machine::default() }
    };
    let below = [slot(0, 5, &[7])];
    assert_eq!(found(&below, &parents, &waits_for(&[7, 8])), None, "for both, or for one");
    assert_eq!(found(&below, &parents, &waits_for(&[8])), Some(vec![]), "for the other");
    let beside = [slot(0, 5, &[6])];
    assert_eq!(found(&beside, &parents, &waits_for(&[7, 8])), Some(vec![]));
}

#[test]
fn a_cycle_may_lead_through_another_block() {
    let doing = BTreeMap::from([(6, Activity::Semop)]);
    let machine = Machine { doing, elsewhere: BTreeMap::from([(6, 5)]), ..Machine::default() };
    assert_eq!(found(&[slot(0, 6, &[5])], &PARENTS, &machine), Some(vec![vec![5, 6]]));
}

#[test]
fn a_thread_that_waits_keeps_only_a_process_with_a_lock_from_releasing_it() {
    let threads = |semlocks| Machine { with_threads: vec![5, 6], semlocks, ..Machine::default() };
    let queue = [slot(0, 5, &[6])];
    assert_eq!(found(&queue, &PARENTS, &threads(vec![])), Some(vec![]), "6 has no lock");
    let cycle = [slot(0, 5, &[6]), slot(1, 6, &[5])];
    let both = Some(vec![vec![5, 6]]);
    assert_eq!(found(&cycle, &PARENTS, &threads(vec![5, 6])), both, "a thread only watches");
}
