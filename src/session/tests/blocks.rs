//! What a block is.

use super::{block, slot, values};
use crate::session::{Block, BlockError, DEFAULT_KEY, DEFAULT_MODE, may_be_block, slot_of};
use crate::sysv::{Call, Key, Set, SetInfo, own_table};
use nix::errno::Errno;

#[test]
fn a_block_has_an_even_number_of_semaphores() {
    own_table::enter();
    for nsems in [0, 1, 7] {
        let refused = Block::create(DEFAULT_KEY, nsems, DEFAULT_MODE);
        assert_eq!(refused, Err(BlockError::NotABlock { set: None, nsems: nsems.into() }));
    }
    for (number, nsems) in [(1, 1), (2, 7)] {
        let set = Set::create(Key::new(number), nsems, DEFAULT_MODE).unwrap();
        let refused = Block::open(Key::new(number));
        assert_eq!(refused, Err(BlockError::NotABlock { set: Some(set), nsems: nsems.into() }));
    }
    let created = Block::create(DEFAULT_KEY, 2, DEFAULT_MODE).unwrap();
    let opened = Block::open(DEFAULT_KEY).unwrap();
    assert_eq!((opened.set().semid(), opened.nsems()), (created.set().semid(), 2));
}

#[test]
fn a_set_that_is_too_large_for_the_protocol_is_no_block() {
    let block = block(1);
    let info = block.set().info().unwrap();
    let with = |nsems| Block::with_info(block.set(), &SetInfo { nsems, ..info });
    assert_eq!(with(65_534).map(Block::nsems), Ok(65_534));
    for nsems in [0, 65_536] {
        assert_eq!(with(nsems), Err(BlockError::NotABlock { set: Some(block.set()), nsems }));
    }
}

#[test]
fn the_lower_half_counts_readers_and_the_upper_half_flags_writers() {
    let block = block(3);
    let semaphores = block.all_slots().map(|slot| (block.reader(slot), block.writer(slot)));
    assert_eq!(semaphores.collect::<Vec<_>>(), [(0, 3), (1, 4), (2, 5)]);
    assert_eq!((block.nsems(), block.slots()), (6, 3));
    assert_eq!(values(block).len(), 6);
    assert_eq!(block.slot_of(b"c"), slot_of(b"c", 6));
    assert_eq!(block.slot_of(b"e"), Ok(slot(2)));
}

#[test]
fn a_value_that_no_lock_has_shows_that_another_program_uses_the_set() {
    let block = block(3);
    let set = block.set();
    set.set_value(2, 5).unwrap();
    assert_eq!(Block::open(DEFAULT_KEY).map(Block::nsems), Ok(6), "five readers");
    set.set_value(5, 5).unwrap();
    let Err(BlockError::Foreign { set: found, semnum: 5, value: 5 }) = Block::open(DEFAULT_KEY)
    else {
        panic!("a writer flag cannot be 5")
    };
    assert_eq!(found.semid(), set.semid());
}

#[test]
fn a_client_that_states_another_size_is_refused() {
    let block = block(3);
    assert_eq!((block.require(None), block.require(Some(6))), (Ok(block), Ok(block)));
    let refused = BlockError::OtherSize { set: block.set(), stated: 4, nsems: 6 };
    assert_eq!(block.require(Some(4)), Err(refused));
}

#[test]
fn each_refusal_says_what_is_wrong_with_the_set() {
    let set = block(1).set();
    let missing = Block::open(Key::new(1)).unwrap_err();
    let BlockError::Sysv(error) = &missing else { panic!("{missing:?}") };
    assert_eq!((error.call, error.errno), (Call::Semget, Errno::ENOENT));
    for (error, text) in [
        (BlockError::NotABlock { set: None, nsems: 1 }, "it has 1 semaphore, so it is not a block"),
        (
            BlockError::NotABlock { set: None, nsems: 3 },
            "it has 3 semaphores, so it is not a block",
        ),
        (
            BlockError::Foreign { set, semnum: 1, value: 5 },
            "its semaphore 1 is 5, so it is not a block",
        ),
        (BlockError::OtherSize { set, stated: 4, nsems: 2 }, "it has 2 semaphores, not 4"),
        (missing.clone(), "No such file or directory (ENOENT)"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn only_a_set_that_the_module_can_open_and_halve_may_be_a_block() {
    let info = block(2).set().info().unwrap();
    let with = |key, nsems, mode| {
        let permissions = crate::sysv::Permissions { mode, ..info.permissions };
        may_be_block(&SetInfo { key, nsems, permissions, ..info })
    };
    for (name, key, nsems, mode, expected) in [
        ("a block", DEFAULT_KEY, 4, 0o700, true),
        ("the smallest block", DEFAULT_KEY, 2, 0o700, true),
        ("a block for everybody", DEFAULT_KEY, 4, 0o777, true),
        ("no semaphores", DEFAULT_KEY, 0, 0o700, false),
        ("an odd number", DEFAULT_KEY, 3, 0o700, false),
        ("no key", Key::PRIVATE, 4, 0o700, false),
        ("a mode that the module cannot open", DEFAULT_KEY, 4, 0o677, false),
    ] {
        assert_eq!(with(key, nsems, mode), expected, "{name}");
    }
}
