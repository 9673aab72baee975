//! What follows from one look, and from two.

#[cfg(family = "linux")]
mod real;

use std::process::{Command, Stdio};

use jiff::Timestamp;
use nix::errno::Errno;

use super::*;
use crate::judge::{Cycle, SlotHolder, SlotWaiter};
use crate::session::{Counts, Mode, Readers, Slot};
use crate::system::own_child::OwnChild;
use crate::system::{Clock, Code, Process, Tid};
use crate::sysv::{Credentials, Gid, Key, Permissions, Semid, SetInfo, Uid};

fn pid(raw: i32) -> Pid {
    Pid::new(raw).unwrap()
}

/// A slot with a writer, as seen when its process `last` lives, with a count of waiting
/// processes, none of them seen.
fn slot(last: Liveness, waiting: i32) -> SlotUse {
    let (slot, readers) = (Slot::new(3), Readers::default());
    let counts = Counts { slot, readers, flag: Flag::Live, waiting, pid: Some(pid(5)) };
    let (mode, owner, sessions) = (Mode::Write, None, Vec::new());
    let holders = vec![SlotHolder { pid: pid(5), owner, mode, sessions }];
    SlotUse { counts, last, holders, all_holders: true, waiters: Vec::new() }
}

/// The same with a process that is seen to wait.
fn seen() -> SlotUse {
    let (held, wants) = (Some(Mode::Write), Some(Mode::Write));
    let (pid, slot_of) = (pid(6), Slot::new(3));
    let waiter = SlotWaiter { pid, tid: Tid::first_of(pid), slot: slot_of, held, wants };
    SlotUse { waiters: vec![waiter], ..slot(Liveness::Alive, 1) }
}

fn look(slots: Vec<SlotUse>, deadlocks: Option<Vec<Cycle>>) -> Look<'static> {
    let info = SetInfo {
        key: Key::new(1),
        semid: Semid::new(0),
        nsems: 8,
        permissions: Permissions {
            uid: Uid::ROOT,
            gid: Gid::new(0),
            cuid: Uid::ROOT,
            cgid: Gid::new(0),
            mode: 0o700,
        },
        otime: None,
        ctime: None,
    };
    let inspection = BlockUse { info, slots, deadlocks };
    Look { inspection, processes: None, waiting: BTreeSet::new(), hides_waiters: None }
}

fn processes(all: Vec<Process>) -> Processes {
    let now = Timestamp::UNIX_EPOCH;
    Processes::of(all, Clock::steady(now), now)
}

fn with_gap(gap: Incomplete, slots: Vec<SlotUse>) -> Look<'static> {
    let mut processes = processes(Vec::new());
    processes.incomplete = Some(gap);
    let processes = Some(SurveyedProcesses::Own(processes));
    Look { processes, ..look(slots, Some(vec![])) }
}

#[test]
fn what_could_not_be_seen_is_named() {
    let known = vec![slot(Liveness::Alive, 0), slot(Liveness::Gone, 0)];
    assert_eq!(look(known.clone(), Some(vec![])).unknown(), None);
    let unnamed = slot(Liveness::Unknown, 0);
    let of_writer = "it is unknown whether the process that locked slot 3 is still alive";
    assert_eq!(look(vec![unnamed.clone()], None).unknown().unwrap(), of_writer);
    let mut free = unnamed.clone();
    free.counts.flag = Flag::Free;
    assert_eq!(look(vec![free], None).unknown(), None);
    let gap = Incomplete::Process(pid(7), Errno::EACCES);
    let expected = gap.to_string();
    assert_eq!(with_gap(gap, vec![unnamed.clone()]).unknown(), Some(expected));
    assert_eq!(with_gap(Incomplete::Endless, vec![unnamed]).unknown().unwrap(), of_writer);
    assert_eq!(with_gap(Incomplete::Endless, vec![]).unknown(), None);
}

fn gap() -> Incomplete {
    Incomplete::Process(pid(7), Errno::EACCES)
}

#[test]
fn a_deadlock_may_be_missed_only_if_a_waiter_is_hidden_and_not_seen() {
    let hidden = |slots, deadlocks| Look { hides_waiters: Some(gap()), ..look(slots, deadlocks) };
    let unseen = || vec![slot(Liveness::Alive, 1)];
    assert!(hidden(unseen(), None).is_partial());
    let unknown = "some waiting processes cannot be seen: process 7 cannot be inspected: Permission denied (EACCES)";
    assert_eq!(hidden(unseen(), None).unknown().unwrap(), unknown);
    assert!(!look(unseen(), None).is_partial());
    assert!(!hidden(vec![seen()], None).is_partial());
    assert!(!hidden(unseen(), Some(vec![])).is_partial());
}

#[test]
fn a_look_with_a_cycle_has_a_deadlock() {
    let cycle = vec![(pid(5), WaitReason::Slot(3))];
    assert!(look(vec![], Some(vec![cycle])).has_deadlock());
    assert!(!look(vec![], Some(vec![])).has_deadlock() && !look(vec![], None).has_deadlock());
}

#[test]
fn a_survey_is_outdated_if_a_waiter_or_what_it_waits_for_is_not_in_it() {
    let is_outdated = |slot| look(vec![slot], None).is_outdated();
    assert!(!is_outdated(seen()));
    assert!(is_outdated(slot(Liveness::Alive, 1)));
    assert!(is_outdated(SlotUse { all_holders: false, ..seen() }));
    assert!(!is_outdated(SlotUse { all_holders: false, ..slot(Liveness::Alive, 0) }));
}

/// `cat`, which sleeps until it gets input.
fn sleeper() -> OwnChild {
    let sleeper = OwnChild::start(Command::new("cat").stdin(Stdio::piped()));
    while system::activity(sleeper.pid()) != system::Activity::Other
        || std::fs::read_to_string(format!("/proc/{}/stat", sleeper.pid()))
            .is_ok_and(|stat| !stat.contains(") S "))
    {
        std::thread::yield_now();
    }
    sleeper
}

#[test]
fn a_deadlock_with_a_process_that_has_run_is_left_out() {
    let sleeper = sleeper();
    let cycles = || Some(vec![vec![(sleeper.pid(), WaitReason::Slot(3))]]);
    let asleep = runs(&look(vec![], cycles()));
    assert_eq!(asleep, BTreeMap::from([(sleeper.pid(), system::context_switches(sleeper.pid()))]));
    let number = asleep[&sleeper.pid()].unwrap();
    for (before, kept) in [
        (asleep, true),
        (BTreeMap::from([(sleeper.pid(), Some(number + 1))]), false),
        (BTreeMap::from([(sleeper.pid(), None)]), false),
        (BTreeMap::new(), false),
    ] {
        let mut last = look(vec![], cycles());
        assert_eq!(keep_those_asleep_since(&mut last, &before), !kept, "{before:?}");
        assert_eq!(last.has_deadlock(), kept);
    }
    assert!(!keep_those_asleep_since(&mut look(vec![], None), &BTreeMap::new()));
    let slots = vec![slot(Liveness::Alive, 1)];
    let mut partial = Look { hides_waiters: Some(gap()), ..look(slots, cycles()) };
    assert!(keep_those_asleep_since(&mut partial, &BTreeMap::new()));
    assert!(partial.is_partial(), "there may be another one");
}

#[test]
fn it_is_looked_at_again_until_nothing_is_in_doubt_but_not_forever() {
    let (one, other) = (sleeper(), sleeper());
    let deadlock =
        |sleeper: &OwnChild| look(vec![], Some(vec![vec![(sleeper.pid(), WaitReason::Slot(3))]]));
    let fine = || look(vec![seen()], Some(vec![]));
    let partial =
        || Look { hides_waiters: Some(gap()), ..look(vec![slot(Liveness::Alive, 1)], None) };
    let looks = |look: &dyn Fn(usize) -> Look<'static>| {
        let mut number = 0;
        let last = settled(|| {
            number += 1;
            Ok(look(number))
        });
        (number, last.unwrap().has_deadlock())
    };
    assert_eq!(looks(&|_| fine()), (1, false));
    assert_eq!(looks(&|_| deadlock(&one)), (2, true));
    assert_eq!(looks(&|number| if number == 1 { deadlock(&one) } else { fine() }), (2, false));
    assert_eq!(looks(&|number| if number == 1 { partial() } else { fine() }), (2, false));
    let deadlock_and_partial = |number| match number {
        1 => deadlock(&one),
        2 => partial(),
        _ => fine(),
    };
    assert_eq!(looks(&deadlock_and_partial), (3, false));
    assert_eq!(looks(&|number| deadlock(if number == 1 { &other } else { &one })), (3, true));
    let in_turns = |number| deadlock(if number % 2 == 0 { &other } else { &one });
    assert_eq!(looks(&in_turns), (1 + MAX_LOOKS, false), "none has stayed the same");
    assert_eq!(looks(&|_| partial()), (1 + MAX_LOOKS, false));
}

#[test]
fn of_a_semlock_only_the_thread_that_waits_counts_or_none() {
    let sleeper = sleeper();
    let user = Credentials::of_user(Uid::ROOT);
    let made_up = |name| {
        let now = Timestamp::UNIX_EPOCH;
        processes(vec![
            Process::made_up(sleeper.pid(), now, user.clone(), Code::none()).named(name),
        ])
    };
    let all = system::context_switches(sleeper.pid());
    let (semlock, other) = (made_up("semlock"), made_up("cat"));
    let runs = |tie, processes| runs_of(sleeper.pid(), tie, Some(processes));
    assert_eq!(runs(WaitReason::Child, &semlock), Some(0));
    assert_eq!(runs(WaitReason::Child, &other), all);
    assert_eq!(runs(WaitReason::Slot(3), &semlock), all, "it has only one thread");
    assert_ne!(all, Some(0));
}
