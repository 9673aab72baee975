//! Removing and replacing blocks that nobody uses.

use std::thread;

use Mode::{Read, Write};
use nix::errno::Errno;

use super::{Mode, Waiter, block, claim, lock, values};
use crate::session::{Block, BlockSpec, DEFAULT_KEY, NotVacant, ReplaceOutcome};
use crate::sysv::{Gid, Key, Outcome, Uid};

fn spec(block: Block) -> BlockSpec {
    BlockSpec::of(block, &block.set().info().unwrap())
}

#[test]
fn a_vacant_block_is_removed() {
    let block = block(2);
    assert_eq!(block.is_vacant(), Ok(()));
    assert_eq!(block.remove_if_vacant(), Ok(()));
    assert!(Block::open(DEFAULT_KEY).is_err());
}

#[test]
fn a_block_with_a_lock_stays() {
    let block = block(2);
    for mode in [Read, Write] {
        let held = lock(block, &[1], mode);
        let before = values(block);
        assert_eq!(block.is_vacant(), Err(NotVacant::Locked));
        assert_eq!(block.remove_if_vacant(), Err(NotVacant::Locked));
        assert_eq!(values(block), before, "none of its locks was kept");
        held.release().unwrap();
    }
}

#[test]
fn a_block_that_a_process_waits_for_stays() {
    let block = block(2);
    thread::scope(|scope| {
        let waiter = Waiter::to_lower(scope, block, 3);
        assert_eq!(block.is_vacant(), Err(NotVacant::WaitedOn));
        // Taking the lock of a slot raises the flag that this process waits for.
        super::leave_behind(block, 3, 1);
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
    assert_eq!(values(block), [0; 4]);
    let held = lock(block, &[1], Read);
    thread::scope(|scope| {
        let claim = claim(block, &[1], Write);
        let waiter = Waiter::for_zero(scope, (block, 1), move |wait| claim.acquire(wait));
        assert_eq!(block.is_vacant(), Err(NotVacant::Locked));
        held.release().unwrap();
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
}

#[test]
fn a_process_that_waits_for_a_lock_of_this_process_is_seen_before_the_removal() {
    let block = block(2);
    let held = lock(block, &[0, 1], Write);
    assert_eq!(block.has_waiters(), Ok(false));
    thread::scope(|scope| {
        let claim = claim(block, &[1], Read);
        let waiter = Waiter::for_zero(scope, (block, 3), move |wait| claim.acquire(wait));
        assert_eq!(block.has_waiters(), Ok(true));
        assert_eq!(block.remove_unless_waited_on(), Err(NotVacant::WaitedOn));
        held.release().unwrap();
        assert_eq!(waiter.outcome(), Ok(Outcome::Done));
    });
}

#[test]
fn a_key_that_another_set_has_by_now_is_left_to_it() {
    let block = block(2);
    let old = spec(block);
    let key = Key::new(7);
    let other = Block::create(key, 2, 0o700).unwrap();
    assert_eq!(block.replace(key, old, old), Ok(ReplaceOutcome::KeyTaken));
    assert_eq!(Block::open(key).map(|block| block.set().semid()), Ok(other.set().semid()));
}

#[test]
fn a_block_is_replaced_by_one_with_other_properties() {
    let block = block(2);
    let old = spec(block);
    assert_eq!((old.nsems, old.mode), (4, 0o700));
    let new = BlockSpec { nsems: 6, uid: Uid::new(0), gid: Gid::new(0), mode: 0o770 };
    let replaced = block.replace(DEFAULT_KEY, old, new);
    let Ok(ReplaceOutcome::Created(created)) = replaced else { panic!("{replaced:?}") };
    assert_eq!(spec(created), new);
    assert_eq!(Block::open(DEFAULT_KEY).map(Block::nsems), Ok(6));
    assert_eq!(values(created), [0; 6]);
    lock(created, &[0], Read);
    assert_eq!(created.replace(DEFAULT_KEY, new, old), Err(NotVacant::Locked));
}

#[test]
fn a_block_that_cannot_be_replaced_is_restored() {
    let block = block(2);
    let old = spec(block);
    let too_large = BlockSpec { nsems: u16::MAX - 1, ..old };
    let replaced = block.replace(DEFAULT_KEY, old, too_large);
    let Ok(ReplaceOutcome::Restored(restored, error)) = replaced else { panic!("{replaced:?}") };
    assert_eq!((spec(restored), error.errno), (old, Errno::EINVAL));
    let replaced = restored.replace(DEFAULT_KEY, too_large, too_large);
    let Ok(ReplaceOutcome::Missing(first, second)) = replaced else { panic!("{replaced:?}") };
    assert_eq!([first.errno, second.errno], [Errno::EINVAL; 2]);
    assert!(Block::open(DEFAULT_KEY).is_err());
}
