//! The slots of a block as they are read.

use std::collections::BTreeSet;
use std::thread;

use Mode::{Read, Write};

use super::{Mode, Waiter, block, claim, leave_behind, lock, slot};
use crate::session::{Counts, Flag, LiveLocks, Readers, SlotFilter};
use crate::sysv::{Outcome, Pid};

#[test]
fn the_slots_in_use_are_those_that_are_locked_or_waited_for() {
    let block = block(4);
    lock(block, &[1], Read);
    lock(block, &[3], Write);
    let used = block.read_slots(SlotFilter::InUse).unwrap();
    let all = block.read_slots(SlotFilter::All).unwrap();
    let pid = Some(Pid::own());
    let reader = Readers { live: 1, persistent: 0 };
    let read = Counts { slot: slot(1), readers: reader, flag: Flag::Free, waiting: 0, pid };
    let written =
        Counts { slot: slot(3), readers: Readers::default(), flag: Flag::Live, waiting: 0, pid };
    assert_eq!(used, [read, written]);
    assert_eq!((all[1], all[3], all.len()), (read, written, 4));
    assert_eq!((all[0].is_in_use(), all[0].pid), (false, None));
    assert_eq!((block.counts(slot(1)), block.counts(slot(3))), (Ok(read), Ok(written)));
    assert_eq!(block.raised_slots(), Ok(vec![slot(1), slot(3)]));
}

#[test]
fn waiting_processes_are_counted_at_both_semaphores() {
    let block = block(2);
    let reader = lock(block, &[1], Read);
    let [by_writer, by_drain] = [(); 2].map(|()| claim(block, &[1], Write));
    thread::scope(|scope| {
        let writer = Waiter::for_zero(scope, (block, 1), move |wait| by_writer.acquire(wait));
        let counts = block.counts(slot(1)).unwrap();
        assert_eq!((counts.waiting, counts.is_locked()), (1, true));
        let drain = Waiter::for_zero(scope, (block, 1), move |wait| by_drain.drain(wait));
        let late = claim(block, &[1], Read);
        let late = Waiter::for_zero(scope, (block, 3), move |wait| late.acquire(wait));
        assert_eq!(block.read_slots(SlotFilter::InUse), block.counts(slot(1)).map(|one| vec![one]));
        assert_eq!(block.counts(slot(1)).unwrap().waiting, 3);
        reader.release().unwrap();
        assert_eq!(drain.outcome(), Ok(Outcome::Done));
        leave_behind(block, 3, -1);
        for other in [writer, late] {
            assert_eq!(other.outcome(), Ok(Outcome::Done));
            let _ = block.force_unlock_reader(slot(1)).unwrap();
            block.force_unlock_writer(slot(1)).unwrap();
        }
    });
}

#[test]
fn a_process_that_waits_for_a_higher_value_counts_too() {
    let block = block(1);
    thread::scope(|scope| {
        let waiter = Waiter::to_lower(scope, block, 1);
        let counts = block.counts(slot(0)).unwrap();
        assert_eq!((counts.waiting, counts.is_locked(), counts.is_in_use()), (1, false, true));
        assert_eq!(block.read_slots(SlotFilter::InUse), Ok(vec![counts]));
        leave_behind(block, 1, 1);
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
}

#[test]
fn persistent_locks_of_both_modes_are_counted() {
    let block = block(1);
    let persistent = |readers, writer| {
        block.set().set_value(0, readers).unwrap();
        block.set().set_value(1, writer).unwrap();
        let counts = block.counts(slot(0)).unwrap();
        (counts.persistent(), counts.is_locked())
    };
    assert_eq!(persistent(0, 0), (0, false));
    assert_eq!(persistent(1, 0), (0, true));
    assert_eq!(persistent(0, 1), (0, true));
    assert_eq!(persistent(2 * 4096, 0), (2, true));
    assert_eq!(persistent(2 * 4096 + 1, 2), (3, true));
}

#[test]
fn the_kernel_names_writers_and_only_counts_readers() {
    let block = block(4);
    let live = |slots: &[u16]| block.live_locks(slots.iter().copied().map(super::Slot::new));
    let writers =
        |pids: &[Pid]| Ok(LiveLocks::Writers(pids.iter().copied().collect::<BTreeSet<_>>()));
    lock(block, &[1, 2], Write);
    lock(block, &[3], Read);
    block.set().set_value(0, 4096).unwrap();
    assert_eq!(live(&[0]), writers(&[]), "a persistent lock is no process's");
    assert_eq!(live(&[0, 1, 2]), writers(&[Pid::own()]));
    assert_eq!(live(&[1, 3]), Ok(LiveLocks::Readers));
}
