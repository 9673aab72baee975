//! Locks that stay until they are unlocked.

use Mode::{Read, Write};

use super::{Mode, block, lock, slot, values};
use crate::session::{PersistentUnlock, ReaderUnlock, Tag};
use crate::sysv::{Outcome, own_table};

#[test]
fn a_persistent_lock_does_not_end_with_its_process() {
    let block = block(2);
    let tag = Tag::of_sessions([&b"a"[..]]);
    for (claim, tag) in [(lock(block, &[0], Read), Tag::BY_SLOT), (lock(block, &[1], Write), tag)] {
        assert_eq!(claim.persist(|_| tag), Ok(Outcome::Done));
    }
    own_table::undo();
    assert_eq!(values(block), [4096, 0, 0, tag.amount().cast_unsigned()]);
}

#[test]
fn a_lock_that_was_forced_away_does_not_become_persistent() {
    let block = block(2);
    let claim = lock(block, &[0, 1], Write);
    block.force_unlock_writer(slot(1)).unwrap();
    assert_eq!(claim.persist(|_| Tag::BY_SLOT), Ok(Outcome::Busy));
    own_table::undo();
    assert_eq!(values(block), [0; 4]);
}

#[test]
fn only_the_persistent_write_lock_that_is_meant_is_removed() {
    let block = block(1);
    let [a, b] = [&b"a"[..], b"b"].map(|id| Tag::of_sessions([id]));
    let unlock = |meant| block.unlock_persistent_writer(slot(0), |tag| tag == meant);
    assert_eq!(unlock(a), Ok(PersistentUnlock::NotThere), "free");
    let claim = lock(block, &[0], Write);
    assert_eq!(unlock(a), Ok(PersistentUnlock::NotThere), "of a process");
    assert_eq!(claim.persist(|_| a), Ok(Outcome::Done));
    let before = values(block);
    assert_eq!(unlock(b), Ok(PersistentUnlock::OtherTag(a)));
    assert_eq!(values(block), before);
    assert_eq!(unlock(a), Ok(PersistentUnlock::Removed));
    assert_eq!(values(block), [0; 2]);
}

#[test]
fn a_count_that_came_back_stays_when_the_persistent_lock_beside_it_is_removed() {
    let block = block(1);
    block.set().set_value(1, 3).unwrap();
    let removed = block.unlock_persistent_writer(slot(0), |tag| !tag.is_of_sessions());
    assert_eq!(removed, Ok(PersistentUnlock::Removed));
    assert_eq!(values(block), [0, 1]);
}

#[test]
fn one_persistent_read_lock_is_removed_and_readers_stay() {
    let block = block(1);
    assert_eq!(block.unlock_persistent_reader(slot(0)), Ok(ReaderUnlock::NotThere));
    block.set().set_value(0, 2 * 4096 + 1).unwrap();
    assert_eq!(block.unlock_persistent_reader(slot(0)), Ok(ReaderUnlock::Removed));
    assert_eq!(values(block), [4097, 0]);
}

#[test]
fn all_persistent_locks_are_removed_and_those_of_processes_stay() {
    let block = block(4);
    let tag = Tag::of_sessions([&b"a"[..]]).amount();
    for (semnum, value) in
        [(0, 2 * 4096), (1, 3), (2, 4096 + 1), (4 + 1, 2), (4 + 2, tag), (4 + 3, 1)]
    {
        block.set().set_value(semnum, value.into()).unwrap();
    }
    assert_eq!(block.unlock_all_persistent(), Ok(5));
    assert_eq!(values(block), [0, 3, 1, 0, 0, 0, 0, 1]);
    assert_eq!(block.unlock_all_persistent(), Ok(0));
}
