//! Which process to end: one of a deadlock, or one that may be a reader without a name.

use std::collections::BTreeSet;

use super::wait_graph::{Cycle, WaitReason};
use crate::system::{Pid, Process, Processes};

/// The process of a cycle to end so that the others go on. It is the youngest, which loses
/// the least work. A process that keeps a lock for its owner is not ended: its owner is.
///
/// Not an ancestor of another member, as that would live on; not an ancestor of this
/// process; and not a reaper.
pub(crate) fn process_to_end(
    cycle: &Cycle,
    processes: &Processes,
    asking: &BTreeSet<Pid>,
) -> Option<Pid> {
    let members: Vec<_> = cycle.iter().filter_map(|(pid, _)| processes.get(*pid)).collect();
    let may_end = |process: &&&Process| {
        !is_above_any(process, &members, processes)
            && !process.is_reaper()
            && !asking.contains(&process.pid)
    };
    let keeps =
        |pid: Pid| cycle.iter().any(|&(one, reason)| one == pid && reason == WaitReason::Owner);
    let members_that_work = members.iter().filter(|process| !keeps(process.pid));
    let candidates = members_that_work.filter(may_end);
    candidates.max_by_key(|process| (process.started, process.pid)).map(|process| process.pid)
}

/// Sorts the processes that may be a reader without a name, the most likely first: the one
/// that the semaphore names. An ancestor of another one, such as a server's parent, comes
/// last.
pub(crate) fn likely_first(
    mut pids: Vec<Pid>,
    named: Option<Pid>,
    processes: &Processes,
) -> Vec<Pid> {
    let all: Vec<_> = pids.iter().filter_map(|pid| processes.get(*pid)).collect();
    let is_above =
        |pid: Pid| processes.get(pid).is_some_and(|process| is_above_any(process, &all, processes));
    pids.sort_by_key(|&pid| (is_above(pid), Some(pid) != named, pid));
    pids
}

/// Whether a process is an ancestor of another one.
pub(crate) fn is_above_any(process: &Process, others: &[&Process], processes: &Processes) -> bool {
    others.iter().any(|other| {
        other.pid != process.pid
            && processes.ancestors(other).any(|ancestor| ancestor.pid == process.pid)
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::system::{Clock, Code};
    use crate::sysv::Credentials;

    use WaitReason::{Child, Owner, Slot};

    fn pid(raw: i32) -> Pid {
        Pid::new(raw).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A process by its pid, its parent and the second in which it started.
    type Line = (i32, i32, i64);

    /// The case, the processes, the cycle, the ancestors of this process, and the process to
    /// end.
    type Row<'a> = (&'a str, &'a [Line], &'a [(i32, WaitReason)], &'a [i32], Option<i32>);

    fn machine(lines: &[Line]) -> Processes {
        let process = |&(raw, parent, started): &Line| {
            let user = Credentials::of_user(crate::sysv::Uid::new(33));
            let mut process = Process::made_up(pid(raw), at(started), user, Code::none());
            (process.parent, process.first) = (Pid::new(parent), raw == 1);
            process
        };
        Processes::of(lines.iter().map(process).collect(), Clock::steady(at(0)), at(9_999))
    }

    fn cycle(lines: &[(i32, WaitReason)]) -> Cycle {
        lines.iter().map(|&(raw, reason)| (pid(raw), reason)).collect()
    }

    #[test]
    fn of_a_cycle_the_youngest_is_ended_that_is_above_no_other_and_keeps_nothing_for_another() {
        let rows: [Row; 9] = [
            (
                "the youngest",
                &[(1, 0, 1), (5, 1, 50), (6, 1, 70), (7, 1, 60)],
                &[(5, Slot(1)), (6, Slot(2)), (7, Slot(3))],
                &[],
                Some(6),
            ),
            (
                "of the same age, the one with the larger pid",
                &[(1, 0, 1), (5, 1, 50), (6, 1, 50)],
                &[(5, Slot(1)), (6, Slot(2))],
                &[],
                Some(6),
            ),
            ("the only one", &[(1, 0, 1), (5, 1, 50)], &[(5, Slot(1))], &[], Some(5)),
            (
                "not what keeps a lock for another",
                &[(1, 0, 1), (5, 1, 50), (6, 1, 40), (9, 1, 90)],
                &[(5, Slot(1)), (9, Owner), (6, Slot(2))],
                &[],
                Some(5),
            ),
            (
                "not the parent of another, however young",
                &[(1, 0, 1), (5, 1, 60), (6, 5, 60), (7, 1, 50)],
                &[(5, Child), (6, Slot(1)), (7, Slot(2))],
                &[],
                Some(6),
            ),
            (
                "not what this semlock was started by",
                &[(1, 0, 1), (5, 1, 60), (7, 1, 50)],
                &[(5, Slot(1)), (7, Slot(2))],
                &[5],
                Some(7),
            ),
            (
                "not the first process",
                &[(1, 0, 90), (7, 0, 50)],
                &[(1, Slot(1)), (7, Slot(2))],
                &[],
                Some(7),
            ),
            ("none that is not known", &[(1, 0, 1)], &[(5, Slot(1))], &[], None),
            ("nobody", &[(1, 0, 1), (5, 1, 60)], &[(5, Slot(1))], &[5], None),
        ];
        for (what, lines, members, asking, expected) in rows {
            let asking = asking.iter().map(|&raw| pid(raw)).collect();
            let ended = process_to_end(&cycle(members), &machine(lines), &asking);
            assert_eq!(ended, expected.map(pid), "{what}");
        }
    }

    #[test]
    fn the_likely_reader_is_the_one_that_the_semaphore_names_and_a_server_s_parent_comes_last() {
        let server = machine(&[(1, 0, 1), (4, 1, 10), (5, 4, 20), (6, 4, 30), (9, 1, 40)]);
        let order = |pids: &[i32], named| {
            let pids = pids.iter().map(|&raw| pid(raw)).collect();
            let sorted = likely_first(pids, Pid::new(named), &server).into_iter();
            sorted.map(Pid::raw).collect::<Vec<_>>()
        };
        assert_eq!(order(&[4, 5, 6, 9], 6), [6, 5, 9, 4]);
        assert_eq!(order(&[4, 5, 6, 9], 0), [5, 6, 9, 4]);
        assert_eq!(order(&[9, 6, 5, 4], 4), [5, 6, 9, 4], "an ancestor, although it is named");
        assert_eq!(order(&[9, 4], 0), [4, 9]);
        assert_eq!(order(&[], 5), [0; 0]);
    }
}
