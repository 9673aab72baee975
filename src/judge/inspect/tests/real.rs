//! Looks at real blocks, with processes and threads that wait.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::session::{Claim, DEFAULT_KEY};
use crate::sysv::{Op, Outcome, Set, Wait, own_table};

/// Far longer than any wait here lasts.
const LONG: Duration = Duration::from_secs(60);

fn claim(block: Block) -> Claim {
    Claim::new(block, vec![Slot::new(0)], Mode::Write)
}

#[test]
fn processes_are_looked_at_only_if_a_slot_is_in_use() {
    own_table::enter();
    let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let look = inspect(block, SlotFilter::All).unwrap();
    assert!(look.processes.is_none() && look.inspection.slots.len() == 2);
    assert_eq!(claim(block).acquire(Wait::Not), Ok(Outcome::Done));
    let look = inspect(block, SlotFilter::InUse).unwrap();
    assert!(look.processes.is_some_and(|processes| processes.get(Pid::own()).is_some()));
    let [slot] = &look.inspection.slots[..] else { panic!("one slot is in use") };
    let holders: Vec<_> = slot.holders.iter().map(|holder| holder.pid).collect();
    assert_eq!((slot.last, holders), (Liveness::Alive, vec![Pid::own()]));
    assert!(look.waiting.is_empty() && look.hides_waiters.is_none());
}

fn until(seen: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !seen() {
        assert!(Instant::now() < end, "not seen within a minute");
        thread::yield_now();
    }
}

/// Until a thread of this process waits for a semaphore of this table. It is counted
/// before it sleeps, and seen once it sleeps.
fn until_asleep() {
    until(|| !system::semaphore_waits(&Processes::survey()).blocked.is_empty());
}

#[test]
fn a_shared_survey_that_lacks_the_process_that_waits_is_not_enough() {
    own_table::enter();
    let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let first = claim(block);
    assert_eq!(first.acquire(Wait::Not), Ok(Outcome::Done));
    let older = processes(Vec::new());
    let has_own_survey = || {
        let shared = Survey::of(&older);
        let look = inspect_among(block, SlotFilter::InUse, &shared).unwrap();
        matches!(look.processes, Some(SurveyedProcesses::Own(_)))
    };
    assert!(!has_own_survey(), "nothing waits");
    thread::scope(|scope| {
        let waiter = scope.spawn(|| claim(block).acquire(Wait::at_most(LONG)));
        let _guard = own_table::RemovedOnFailure(block.set());
        until_asleep();
        assert!(has_own_survey());
        first.release().unwrap();
        assert_eq!(waiter.join().unwrap(), Ok(Outcome::Done));
    });
}

/// perl, which locks the first slot of a block and waits for that of another one.
struct Locker(OwnChild);

impl Locker {
    fn start(first: Block, second: Block) -> Self {
        let write = format!("pack('s!9', 0, 0, 0, {0}, 0, 0, {0}, 1, SEM_UNDO)", first.slots());
        let script = format!(
            "use IPC::SysV 'SEM_UNDO'; my $write = {write}; semop({}, $write) or die; \
             $| = 1; print qq(x); <STDIN>; semop({}, $write)",
            first.set().semid(),
            second.set().semid()
        );
        let mut perl = Command::new("perl");
        let perl = perl.args(["-e", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut perl = OwnChild::start(perl);
        perl.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        Self(perl)
    }

    fn wait(&mut self, second: Block) {
        self.0.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        until(|| second.set().zcnt(second.slots().into()) == Ok(1));
    }

    fn pid(&self) -> Pid {
        self.0.pid()
    }
}

#[test]
fn a_deadlock_across_two_blocks_is_found_and_stays() {
    own_table::enter();
    let [one, other] = [1, 2].map(|key| Block::create(Key::new(key), 4, 0o700).unwrap());
    let mut first = Locker::start(one, other);
    let mut second = Locker::start(other, one);
    first.wait(other);
    assert!(!inspect(one, SlotFilter::InUse).unwrap().has_deadlock());
    second.wait(one);
    let members = BTreeSet::from([first.pid(), second.pid()]);
    until(|| {
        let look = inspect(one, SlotFilter::InUse).unwrap();
        let mut cycles = look.inspection.deadlocks.iter().flatten();
        cycles.any(|cycle| cycle.iter().map(|&(pid, _)| pid).collect::<BTreeSet<_>>() == members)
    });
}

#[test]
fn processes_that_wait_are_looked_up_only_if_one_waits_for_the_block() {
    own_table::enter();
    let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    assert_eq!(claim(block).acquire(Wait::Not), Ok(Outcome::Done));
    let other = Set::create_private(1, 0o600).unwrap();
    thread::scope(|scope| {
        let lower = [Op::without_undo(0, -1)];
        let waiter = scope.spawn(move || other.operate(&lower, Wait::at_most(LONG)));
        let _guard = own_table::RemovedOnFailure(other);
        until_asleep();
        assert!(inspect(block, SlotFilter::All).unwrap().waiting.is_empty());
        other.remove().unwrap();
        assert!(waiter.join().unwrap().is_err());
    });
}

#[test]
fn the_process_that_waits_is_seen_by_a_survey_of_its_own_or_a_shared_one() {
    own_table::enter();
    let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let first = claim(block);
    assert_eq!(first.acquire(Wait::Not), Ok(Outcome::Done));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| claim(block).acquire(Wait::at_most(LONG)));
        let _guard = own_table::RemovedOnFailure(block.set());
        until_asleep();
        let processes = Processes::survey();
        let shared = Survey::of(&processes);
        for look in
            [inspect(block, SlotFilter::InUse), inspect_among(block, SlotFilter::InUse, &shared)]
        {
            let look = look.unwrap();
            let [slot] = &look.inspection.slots[..] else { panic!("one slot is in use") };
            let waiters: Vec<_> = slot.waiters.iter().map(|waiter| waiter.pid).collect();
            assert_eq!((waiters, slot.all_waiters()), (vec![Pid::own()], true));
            assert_eq!(look.waiting, BTreeSet::from([Pid::own()]));
            assert!(look.processes.is_some());
            assert!(look.inspection.deadlocks.is_none(), "another thread may release it");
        }
        first.release().unwrap();
        assert_eq!(waiter.join().unwrap(), Ok(Outcome::Done));
    });
}
