//! Taking and releasing locks.

use Mode::{Read, Write};

use super::{Mode, Waiter, block, claim, leave_behind, lock, slot, values};
use crate::sysv::{Outcome, Wait, own_table};
use std::thread;

#[test]
fn a_read_lock_raises_the_counts_of_its_slots_and_a_write_lock_their_flags() {
    let block = block(4);
    for (mode, raised) in [(Read, [0, 1, 1, 0, 0, 0, 0, 0]), (Write, [0, 0, 0, 0, 0, 1, 1, 0])] {
        let claim = lock(block, &[2, 1, 2], mode);
        assert_eq!((claim.block(), claim.mode()), (block, mode));
        assert_eq!(claim.slots(), [slot(1), slot(2)]);
        assert_eq!(values(block), raised, "{}", mode.name());
        claim.release().unwrap();
        assert_eq!(values(block), [0; 8]);
    }
    assert_eq!([Read, Write].map(Mode::name), ["read", "write"]);
}

#[test]
fn readers_share_a_slot_and_a_writer_has_it_alone() {
    let block = block(2);
    for (held, wanted, expected) in [
        (Read, Read, Outcome::Done),
        (Read, Write, Outcome::Busy),
        (Write, Read, Outcome::Busy),
        (Write, Write, Outcome::Busy),
    ] {
        let first = lock(block, &[1], held);
        let before = values(block);
        let second = claim(block, &[1], wanted);
        assert_eq!(second.acquire(Wait::Not), Ok(expected), "{held:?}, {wanted:?}");
        if expected == Outcome::Done {
            second.release().unwrap();
        }
        assert_eq!(values(block), before);
        first.release().unwrap();
    }
}

#[test]
fn a_claim_on_several_slots_gets_all_or_none() {
    let block = block(4);
    lock(block, &[2], Read);
    let before = values(block);
    assert_eq!(claim(block, &[0, 1, 2, 3], Write).acquire(Wait::Not), Ok(Outcome::Busy));
    assert_eq!(values(block), before);
    assert_eq!(claim(block, &[], Write).acquire(Wait::Not), Ok(Outcome::Done));
    assert_eq!(values(block), before);
}

#[test]
fn a_lock_ends_with_its_process_unless_it_was_taken_without_undo() {
    let block = block(2);
    lock(block, &[0], Read);
    lock(block, &[1], Write);
    let without = claim(block, &[0], Read).without_undo();
    assert_eq!(without.acquire(Wait::Not), Ok(Outcome::Done));
    own_table::undo();
    assert_eq!(values(block), [1, 0, 0, 0]);
    without.release().unwrap();
    own_table::undo();
    assert_eq!(values(block), [0; 4]);
}

#[test]
fn the_slots_in_use_are_those_of_the_claim_that_are_locked() {
    let block = block(4);
    lock(block, &[0, 2], Read);
    let in_use = |slots| -> Vec<_> {
        let counts = claim(block, slots, Write).in_use().unwrap();
        counts.iter().map(|counts| counts.slot.index()).collect()
    };
    assert_eq!(in_use(&[0, 1, 2]), [0, 2]);
    assert_eq!(in_use(&[1, 2, 3]), [2]);
    assert_eq!((in_use(&[0]), in_use(&[1])), (vec![0], vec![]));
}

#[test]
fn a_lock_that_was_forced_away_is_not_waited_for_when_it_is_released() {
    let block = block(3);
    let claim = lock(block, &[0, 1, 2], Write);
    block.force_unlock_writer(slot(1)).unwrap();
    claim.release().unwrap();
    assert_eq!(values(block), [0; 6]);
}

#[test]
fn a_writer_waits_for_the_last_reader() {
    let block = block(1);
    leave_behind(block, 0, 1);
    let second = lock(block, &[0], Read);
    thread::scope(|scope| {
        let claim = claim(block, &[0], Write);
        let waiter = Waiter::for_zero(scope, (block, 0), move |wait| claim.acquire(wait));
        second.release().unwrap();
        assert_eq!(values(block), [1, 0]);
        leave_behind(block, 0, -1);
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
    assert_eq!(values(block), [0, 1]);
}
