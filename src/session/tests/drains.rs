//! Write locks that keep new readers out first.

use std::thread;

use Mode::{Read, Write};

use super::{Mode, Waiter, block, claim, lock, values};
use crate::sysv::{Outcome, Wait};

#[test]
fn a_drain_of_free_slots_is_a_write_lock() {
    let block = block(2);
    assert_eq!(claim(block, &[0, 1], Write).drain(Wait::Not), Ok(Outcome::Done));
    assert_eq!(values(block), [0, 0, 1, 1]);
}

#[test]
fn a_drain_raises_its_flag_at_once_and_has_the_lock_when_the_readers_have_left() {
    let block = block(2);
    let reader = lock(block, &[1], Read);
    thread::scope(|scope| {
        let drain = claim(block, &[1], Write);
        let waiter = Waiter::for_zero(scope, (block, 1), move |wait| drain.drain(wait));
        assert_eq!(values(block), [0, 1, 0, 1]);
        assert_eq!(claim(block, &[1], Read).acquire(Wait::Not), Ok(Outcome::Busy));
        reader.release().unwrap();
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
    assert_eq!(values(block), [0, 0, 0, 1]);
}

#[test]
fn a_drain_raises_the_flags_of_all_its_slots_before_it_waits() {
    let block = block(2);
    let reader = lock(block, &[0], Read);
    thread::scope(|scope| {
        let drain = claim(block, &[0, 1], Write);
        let waiter = Waiter::for_zero(scope, (block, 0), move |wait| drain.drain(wait));
        assert_eq!(values(block), [1, 0, 1, 1]);
        reader.release().unwrap();
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
    assert_eq!(values(block), [0, 0, 1, 1]);
}

#[test]
fn a_drain_that_gives_up_lowers_the_flags_that_it_has_raised() {
    let block = block(2);
    lock(block, &[1], Read);
    let before = values(block);
    assert_eq!(claim(block, &[0, 1], Write).drain(Wait::Not), Ok(Outcome::Busy));
    assert_eq!(values(block), before);
}

#[test]
fn a_drain_leaves_the_flag_of_another_writer_alone() {
    let block = block(2);
    lock(block, &[1], Write);
    let before = values(block);
    assert_eq!(claim(block, &[0, 1], Write).drain(Wait::Not), Ok(Outcome::Busy));
    assert_eq!(values(block), before);
}
