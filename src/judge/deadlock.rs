//! Cycles of processes that wait for each other: plain arithmetic on a graph.

use std::collections::{BTreeMap, BTreeSet};

use crate::system::Pid;
use crate::sysv::Semid;

/// Why a process cannot go on before another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitReason {
    /// It waits for this slot, which the other has.
    Slot(u16),
    /// The same in another block.
    OtherBlock {
        /// The block's set.
        semid: Semid,
        /// The slot.
        slot: u16,
    },
    /// It keeps locks until the other ends.
    Owner,
    /// The other is its child, whose end it waits for.
    Child,
}

/// What has to happen for a process to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    /// All the others must.
    All,
    /// One of them is enough.
    One,
}

/// A process that cannot go on by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// The others.
    pub edges: Vec<(Pid, WaitReason)>,
    /// How many of these it needs.
    pub needed: Needed,
}

/// Processes by pid that cannot go on by themselves; any other can.
pub(crate) type Graph = BTreeMap<Pid, Waits>;

/// A cycle: each process cannot go on, for the reason with it, before the next
/// one does, and the last one not before the first. The smallest pid is first.
pub(crate) type Cycle = Vec<(Pid, WaitReason)>;

/// The cycles of a graph that nobody can leave. Of those that share a process,
/// one may stand for others.
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

/// Those that can never go on: all are suspected, and cleared that need only
/// what can happen, until nothing changes.
fn dead(graph: &Graph) -> BTreeSet<Pid> {
    let mut dead: BTreeSet<Pid> = graph.keys().copied().collect();
    loop {
        let still = |pid: &Pid| {
            let stuck = &graph[pid];
            let mut others = stuck.edges.iter().map(|(other, _)| dead.contains(other));
            match stuck.needed {
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
        let stuck = |&(process, needed, edges): &Line| {
            let edges = edges.iter().map(|&(other, reason)| (pid(other), reason)).collect();
            (pid(process), Waits { edges, needed })
        };
        lines.iter().map(stuck).collect()
    }

    fn cycles(graph: &Graph) -> Vec<Vec<(i32, WaitReason)>> {
        let raw =
            |cycle: Cycle| cycle.into_iter().map(|(pid, reason)| (pid.raw(), reason)).collect();
        super::cycles(graph).into_iter().map(raw).collect()
    }

    #[test]
    fn two_that_wait_for_each_other_are_a_cycle_from_the_smallest_pid_on() {
        let two = graph(&[(15, All, &[(12, Slot(4))]), (12, All, &[(15, Slot(3))])]);
        assert_eq!(cycles(&two), [vec![(12, Slot(3)), (15, Slot(4))]]);
    }

    #[test]
    fn one_that_waits_for_what_it_has_itself_is_a_cycle() {
        assert_eq!(cycles(&graph(&[(12, All, &[(12, Slot(3))])])), [vec![(12, Slot(3))]]);
    }

    #[test]
    fn a_queue_behind_somebody_who_can_go_on_is_none() {
        let queue = graph(&[(1, All, &[(2, Slot(0))]), (2, All, &[(3, Slot(0))])]);
        assert!(cycles(&queue).is_empty());
    }

    #[test]
    fn those_who_wait_for_a_cycle_are_not_in_it() {
        let tail = graph(&[
            (1, All, &[(2, Slot(0))]),
            (2, All, &[(3, Slot(1))]),
            (3, All, &[(2, Slot(2))]),
        ]);
        assert_eq!(cycles(&tail), [vec![(2, Slot(1)), (3, Slot(2))]]);
    }

    #[test]
    fn a_writer_needs_every_reader_and_one_that_is_dead_is_enough() {
        let readers = graph(&[(1, All, &[(7, Slot(0)), (2, Slot(0))]), (2, All, &[(1, Slot(1))])]);
        assert_eq!(cycles(&readers), [vec![(1, Slot(0)), (2, Slot(1))]]);
    }

    #[test]
    fn a_parent_needs_any_child_and_one_that_can_go_on_is_enough() {
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
    fn cycles_apart_are_all_found() {
        let apart = graph(&[
            (1, All, &[(2, Slot(0))]),
            (2, All, &[(1, Slot(1))]),
            (3, All, &[(3, Slot(2))]),
        ]);
        assert_eq!(cycles(&apart).len(), 2);
    }
}
