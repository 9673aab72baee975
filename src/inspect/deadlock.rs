//! Circles of processes that wait for each other: plain arithmetic on a graph.

use std::collections::{BTreeMap, BTreeSet};

/// Why a process cannot go on before another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// It waits for this slot, which the other has.
    Slot(u16),
    /// The same in another block.
    Elsewhere {
        /// The block's set.
        semid: i32,
        /// The slot.
        slot: u16,
    },
    /// It keeps locks until the other ends.
    Keeps,
    /// The other is its child, whose end it waits for.
    Child,
}

/// What has to happen for a process to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// All the others must.
    All,
    /// One of them is enough.
    One,
}

/// A process that cannot go on by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The others.
    pub ties: Vec<(i32, Tie)>,
    /// How many of these it needs.
    pub needs: Needs,
}

/// Processes by pid that cannot go on by themselves; any other can.
pub type Graph = BTreeMap<i32, Stuck>;

/// A circle: each process cannot go on, for the reason with it, before the next
/// one does, and the last one not before the first. The smallest pid is first.
pub type Circle = Vec<(i32, Tie)>;

/// The circles of a graph that nobody can leave. Of those that share a process,
/// one may stand for others.
pub fn circles(graph: &Graph) -> Vec<Circle> {
    let dead = dead(graph);
    let mut found: Vec<Circle> = Vec::new();
    let mut seen = BTreeSet::new();
    for &start in &dead {
        let mut path: Circle = Vec::new();
        let mut pid = start;
        while seen.insert(pid) {
            let Some(&(next, tie)) = graph[&pid].ties.iter().find(|(next, _)| dead.contains(next))
            else {
                break;
            };
            path.push((pid, tie));
            pid = next;
        }
        if let Some(begin) = path.iter().position(|&(passed, _)| passed == pid) {
            found.push(smallest_first(path.split_off(begin)));
        }
    }
    found
}

fn smallest_first(mut circle: Circle) -> Circle {
    let smallest = (0..circle.len()).min_by_key(|&at| circle[at].0).unwrap_or(0);
    circle.rotate_left(smallest);
    circle
}

/// Those that can never go on: all are suspected, and cleared that need only
/// what can happen, until nothing changes.
fn dead(graph: &Graph) -> BTreeSet<i32> {
    let mut dead: BTreeSet<i32> = graph.keys().copied().collect();
    loop {
        let still = |pid: &i32| {
            let stuck = &graph[pid];
            let mut others = stuck.ties.iter().map(|(other, _)| dead.contains(other));
            match stuck.needs {
                Needs::All => others.any(|dead| dead),
                Needs::One => others.len() > 0 && others.all(|dead| dead),
            }
        };
        let left: BTreeSet<i32> = dead.iter().copied().filter(still).collect();
        if left.len() == dead.len() {
            return left;
        }
        dead = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Needs::{All, One};
    use Tie::{Child, Keeps, Slot};

    type Line<'a> = (i32, Needs, &'a [(i32, Tie)]);

    fn graph(lines: &[Line]) -> Graph {
        let stuck = |&(pid, needs, ties): &Line| (pid, Stuck { ties: ties.to_vec(), needs });
        lines.iter().map(stuck).collect()
    }

    #[test]
    fn two_that_wait_for_each_other_are_a_circle_from_the_smallest_pid_on() {
        let two = graph(&[(15, All, &[(12, Slot(4))]), (12, All, &[(15, Slot(3))])]);
        assert_eq!(circles(&two), [vec![(12, Slot(3)), (15, Slot(4))]]);
    }

    #[test]
    fn one_that_waits_for_what_it_has_itself_is_a_circle() {
        assert_eq!(circles(&graph(&[(12, All, &[(12, Slot(3))])])), [vec![(12, Slot(3))]]);
    }

    #[test]
    fn a_queue_behind_somebody_who_can_go_on_is_none() {
        let queue = graph(&[(1, All, &[(2, Slot(0))]), (2, All, &[(3, Slot(0))])]);
        assert!(circles(&queue).is_empty());
    }

    #[test]
    fn those_who_wait_for_a_circle_are_not_in_it() {
        let tail = graph(&[
            (1, All, &[(2, Slot(0))]),
            (2, All, &[(3, Slot(1))]),
            (3, All, &[(2, Slot(2))]),
        ]);
        assert_eq!(circles(&tail), [vec![(2, Slot(1)), (3, Slot(2))]]);
    }

    #[test]
    fn a_writer_needs_every_reader_and_one_that_is_dead_is_enough() {
        let readers = graph(&[(1, All, &[(7, Slot(0)), (2, Slot(0))]), (2, All, &[(1, Slot(1))])]);
        assert_eq!(circles(&readers), [vec![(1, Slot(0)), (2, Slot(1))]]);
    }

    #[test]
    fn a_parent_needs_any_child_and_one_that_can_go_on_is_enough() {
        let waits = |children| {
            graph(&[(1, All, &[(2, Slot(0))]), (2, One, children), (3, All, &[(1, Slot(1))])])
        };
        assert_eq!(circles(&waits(&[(3, Child)])), [vec![(1, Slot(0)), (2, Child), (3, Slot(1))]]);
        assert!(circles(&waits(&[(3, Child), (4, Child)])).is_empty());
        assert!(circles(&waits(&[])).is_empty());
    }

    #[test]
    fn a_holder_goes_on_when_its_owner_does() {
        let kept = graph(&[(1, All, &[(9, Slot(0))]), (9, All, &[(1, Keeps)])]);
        assert_eq!(circles(&kept), [vec![(1, Slot(0)), (9, Keeps)]]);
    }

    #[test]
    fn circles_apart_are_all_found() {
        let apart = graph(&[
            (1, All, &[(2, Slot(0))]),
            (2, All, &[(1, Slot(1))]),
            (3, All, &[(3, Slot(2))]),
        ]);
        assert_eq!(circles(&apart).len(), 2);
    }
}
