//! Locks on more slots than one semop(2) can lock. A small SEMOPM needs root.

use std::fs;
use std::thread;

use Mode::{Read, Write};
use nix::errno::Errno;

use super::{Mode, Waiter, block, claim, leave_behind, lock, slot, values};
use crate::session::{Block, Tag};
use crate::sysv::{Op, Outcome, Wait, own_table};

/// A new block with five slots, where semop(2) takes this many operations.
fn block_with_semopm(semopm: u32) -> Block {
    let block = block(5);
    set_semopm(semopm);
    block
}

fn set_semopm(semopm: u32) {
    fs::write("/proc/sys/kernel/sem", format!("32000 1024000 {semopm} 32000")).unwrap();
}

#[test]
#[ignore = "needs root"]
fn many_slots_are_locked_and_released_in_batches() {
    for semopm in [3, 7, 14] {
        let block = block_with_semopm(semopm);
        let claim = lock(block, &[0, 1, 2, 3, 4], Write);
        assert_eq!(values(block), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1], "{semopm}");
        claim.release().unwrap();
        assert_eq!(values(block), [0; 10], "{semopm}");
    }
}

#[test]
#[ignore = "needs root"]
fn batches_that_are_done_are_given_back_if_a_later_one_is_busy() {
    for busy in 0..5 {
        let block = block_with_semopm(6);
        lock(block, &[busy], Read);
        let before = values(block);
        let claim = claim(block, &[0, 1, 2, 3, 4], Write);
        assert_eq!(claim.acquire(Wait::Not), Ok(Outcome::Busy));
        assert_eq!(claim.drain(Wait::Not), Ok(Outcome::Busy));
        assert_eq!(values(block), before, "{busy}");
        own_table::undo();
        assert_eq!(values(block), [0; 10], "{busy}");
    }
}

#[test]
#[ignore = "needs root"]
fn a_semopm_below_the_operations_of_one_lock_is_an_error() {
    let block = block_with_semopm(2);
    let failed = claim(block, &[0, 1], Write).acquire(Wait::Not).unwrap_err();
    assert_eq!(failed.errno, Errno::E2BIG);
    assert_eq!(values(block), [0; 10]);
    lock(block, &[0, 1], Read);
    assert_eq!(values(block), [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
#[ignore = "needs root"]
fn locks_are_made_persistent_in_batches_all_or_none() {
    let block = block_with_semopm(4);
    let claim = lock(block, &[0, 1, 2, 3, 4], Read);
    assert_eq!(claim.persist(|_| Tag::BY_SLOT), Ok(Outcome::Done));
    assert_eq!(values(block)[..5], [4096; 5]);
    assert_eq!(block.unlock_all_persistent(), Ok(5));
    let claim = lock(block, &[0, 1, 2, 3, 4], Read);
    block.set().reset(4).unwrap();
    assert_eq!(claim.persist(|_| Tag::BY_SLOT), Ok(Outcome::Busy));
    assert_eq!(values(block)[..5], [0; 5]);
}

#[test]
#[ignore = "needs root"]
fn a_slot_that_cannot_be_released_keeps_no_other_from_it() {
    let block = block_with_semopm(3);
    let claim = lock(block, &[0, 1, 2, 3, 4], Read);
    block.set().reset(1).unwrap();
    leave_behind(block, 3, 1);
    claim.release().unwrap();
    assert_eq!(values(block), [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(block.counts(slot(3)).unwrap().readers.live, 1);
}

#[test]
fn operations_that_are_possible_are_done_and_counted() {
    let block = block(5);
    let lower = |slot| [Op::without_undo(slot, -1)];
    for (slot, count) in [(0, 1), (2, 2), (3, 1)] {
        leave_behind(block, slot, count);
    }
    assert_eq!(block.operate_where_possible(&[0, 1, 2, 3].map(lower)), Ok(3));
    assert_eq!(values(block)[..5], [0, 0, 1, 0, 0]);
    assert_eq!(block.operate_where_possible(&[1].map(lower)), Ok(0));
    assert_eq!(block.operate_where_possible(&[2].map(lower)), Ok(1));
}

#[test]
#[ignore = "needs root"]
fn a_batch_is_as_large_as_semopm_allows() {
    let block = block_with_semopm(14);
    let reader = lock(block, &[3], Read);
    thread::scope(|scope| {
        let all = claim(block, &[0, 1, 2, 3, 4], Write);
        let waiter = Waiter::for_zero(scope, (block, 3), move |wait| all.acquire(wait));
        assert_eq!(values(block)[5..], [0; 5], "four slots are locked at once or not at all");
        reader.release().unwrap();
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
}

#[test]
#[ignore = "needs root"]
fn batches_become_smaller_if_semopm_is_lowered_while_one_waits() {
    let block = block_with_semopm(6);
    let reader = lock(block, &[1], Read);
    thread::scope(|scope| {
        let all = claim(block, &[0, 1, 2, 3, 4], Write);
        let waiter = Waiter::for_zero(scope, (block, 1), move |wait| all.acquire(wait));
        set_semopm(3);
        reader.release().unwrap();
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
    assert_eq!(values(block), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
}

#[test]
#[ignore = "needs root"]
fn the_removal_of_the_block_ends_a_wait_with_its_own_error() {
    for semopm in [6, 100] {
        let block = block_with_semopm(semopm);
        lock(block, &[1], Read);
        thread::scope(|scope| {
            let all = claim(block, &[0, 1, 2], Write);
            let waiter = Waiter::for_zero(scope, (block, 1), move |wait| all.acquire(wait));
            block.set().remove().unwrap();
            assert_eq!(waiter.outcome().map_err(|error| error.errno), Err(Errno::EIDRM));
        });
    }
}

#[test]
#[ignore = "needs root"]
fn where_readers_come_in_batches_a_drain_takes_one_slot_after_the_other() {
    // Ten operations lock all slots for reading.
    let block = block_with_semopm(9);
    let reader = lock(block, &[0], Read);
    thread::scope(|scope| {
        let drain = claim(block, &[0, 1], Write);
        let waiter = Waiter::for_zero(scope, (block, 0), move |wait| drain.drain(wait));
        assert_eq!(values(block), [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
        reader.release().unwrap();
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
    assert_eq!(values(block), [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]);
}
