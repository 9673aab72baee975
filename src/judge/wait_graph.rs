//! The wait-for graph and its cycles: processes that wait for each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::system::Pid;
use crate::sysv::Semid;

/// Why a process cannot go on before another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitReason {
    /// It waits for this slot, which the other process has.
    Slot(u16),
    /// The same in another block.
    OtherBlock { semid: Semid, slot: u16 },
    /// It keeps locks for the other process until that ends.
    Owner,
    /// It waits for the other process, its child, to end.
    Child,
}

/// How many of the processes that it waits for must go on before a process can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    All,
    One,
}

/// What a process waits for: its edges in the wait-for graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    pub edges: Vec<(Pid, WaitReason)>,
    pub needed: Needed,
}

/// The wait-for graph. A process that is not in it can go on.
pub(crate) type Graph = BTreeMap<Pid, Waits>;

/// Processes that wait for each other: each for the next one, for the reason beside it, and
/// the last for the first. The smallest pid is first.
pub(crate) type Cycle = Vec<(Pid, WaitReason)>;

/// The cycles whose processes can never go on. Where cycles share a process, one may stand
/// for the others.
pub(crate) fn cycles(graph: &Graph) -> Vec<Cycle> {
    let dead = dead(graph);
    let mut found: Vec<Cycle> = Vec::new();
    let mut seen = BTreeSet::new();
    for &start in &dead {
        let mut path: Cycle = Vec::new();
        let mut pid = start;
        while seen.insert(pid) {
            let Some(&(next, reason)) =
                graph[&pid].edges.iter().find(|(next, _)| dead.contains(next))
            else {
                break;
            };
            path.push((pid, reason));
            pid = next;
        }
        if let Some(begin) = path.iter().position(|&(passed, _)| passed == pid) {
            found.push(smallest_first(path.split_off(begin)));
        }
    }
    found
}

fn smallest_first(mut cycle: Cycle) -> Cycle {
    let smallest = (0..cycle.len()).min_by_key(|&at| cycle[at].0).unwrap_or(0);
    cycle.rotate_left(smallest);
    cycle
}

/// The processes that can never go on: all at first, without those that need only
/// processes that can, until nothing changes.
fn dead(graph: &Graph) -> BTreeSet<Pid> {
    let mut dead: BTreeSet<Pid> = graph.keys().copied().collect();
    loop {
        let still = |pid: &Pid| {
            let waits = &graph[pid];
            let mut others = waits.edges.iter().map(|(other, _)| dead.contains(other));
            match waits.needed {
                Needed::All => others.any(|dead| dead),
                Needed::One => others.len() > 0 && others.all(|dead| dead),
            }
        };
        let left: BTreeSet<Pid> = dead.iter().copied().filter(still).collect();
        if left.len() == dead.len() {
            return left;
        }
        dead = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Needed::{All, One};
    use WaitReason::{Child, Owner, Slot};

    type Line<'a> = (i32, Needed, &'a [(i32, WaitReason)]);

    fn pid(raw: i32) -> Pid {
        Pid::new(raw).unwrap()
    }

    fn graph(lines: &[Line]) -> Graph {
        let waits = |&(process, needed, edges): &Line| {
            let edges = edges.iter().map(|&(other, reason)| (pid(other), reason)).collect();
            (pid(process), Waits { edges, needed })
        };
        lines.iter().map(waits).collect()
    }

    fn cycles(graph: &Graph) -> Vec<Vec<(i32, WaitReason)>> {
        let raw =
            |cycle: Cycle| cycle.into_iter().map(|(pid, reason)| (pid.raw(), reason)).collect();
        super::cycles(graph).into_iter().map(raw).collect()
    }

    #[test]
    fn two_processes_that_wait_for_each_other_are_a_cycle_that_starts_with_the_smallest_pid() {
        let two = graph(&[(15, All, &[(12, Slot(4))]), (12, All, &[(15, Slot(3))])]);
        assert_eq!(cycles(&two), [vec![(12, Slot(3)), (15, Slot(4))]]);
    }

    #[test]
    fn a_process_that_waits_for_itself_is_a_cycle() {
        assert_eq!(cycles(&graph(&[(12, All, &[(12, Slot(3))])])), [vec![(12, Slot(3))]]);
    }

    #[test]
    fn a_queue_behind_a_process_that_can_go_on_is_no_cycle() {
        let queue = graph(&[(1, All, &[(2, Slot(0))]), (2, All, &[(3, Slot(0))])]);
        assert!(cycles(&queue).is_empty());
    }

    #[test]
    fn processes_that_wait_for_a_cycle_are_not_in_it() {
        let tail = graph(&[
            (1, All, &[(2, Slot(0))]),
            (2, All, &[(3, Slot(1))]),
            (3, All, &[(2, Slot(2))]),
        ]);
        assert_eq!(cycles(&tail), [vec![(2, Slot(1)), (3, Slot(2))]]);
    }

    #[test]
    fn a_writer_that_waits_for_several_readers_is_stuck_if_one_of_them_is() {
        let readers = graph(&[(1, All, &[(7, Slot(0)), (2, Slot(0))]), (2, All, &[(1, Slot(1))])]);
        assert_eq!(cycles(&readers), [vec![(1, Slot(0)), (2, Slot(1))]]);
    }

    #[test]
    fn a_parent_that_waits_for_any_child_is_stuck_if_all_of_them_are() {
        let waits = |children| {
            graph(&[(1, All, &[(2, Slot(0))]), (2, One, children), (3, All, &[(1, Slot(1))])])
        };
        assert_eq!(cycles(&waits(&[(3, Child)])), [vec![(1, Slot(0)), (2, Child), (3, Slot(1))]]);
        assert!(cycles(&waits(&[(3, Child), (4, Child)])).is_empty());
        assert!(cycles(&waits(&[])).is_empty());
    }

    #[test]
    fn a_holder_goes_on_when_its_owner_does() {
        let kept = graph(&[(1, All, &[(9, Slot(0))]), (9, All, &[(1, Owner)])]);
        assert_eq!(cycles(&kept), [vec![(1, Slot(0)), (9, Owner)]]);
    }

    #[test]
    fn separate_cycles_are_all_found() {
        let apart = graph(&[
            (1, All, &[(2, Slot(0))]),
            (2, All, &[(1, Slot(1))]),
            (3, All, &[(3, Slot(2))]),
        ]);
        assert_eq!(cycles(&apart).len(), 2);
    }

    #[test]
    fn a_process_that_waits_for_no_other_can_go_on() {
        let both = &[(12, Child), (16, Slot(3))];
        let graph = graph(&[(12, One, &[]), (15, All, both), (16, All, &[(15, Slot(4))])]);
        assert_eq!(cycles(&graph), [vec![(15, Slot(3)), (16, Slot(4))]]);
    }
}
