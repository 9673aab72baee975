//! No set at the key: what there is instead is named.

use crate::common::Sandbox;
use crate::common::remedy::{failure, fixes};
use semlock::session::Block;
use semlock::sysv::{Key, Op, Outcome, Set, Wait};

fn block(key: i32) -> Block {
    Block::create(Key::new(key), 34, 0o700).unwrap()
}

/// Every subcommand that opens the block at a key, here one that nothing has.
const OPENING: [&[&str]; 4] =
    [&["status"], &["status", "a"], &["unlock", "a"], &["lock", "a", "--", "true"]];

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn the_set_that_looks_like_the_block_is_named_with_its_key() {
    let sandbox = Sandbox::new();
    let semid = block(77).set().semid();
    Set::create(Key::new(5), 3, 0o700).unwrap();
    Set::create(Key::new(6), 4, 0o600).unwrap();
    Set::create_private(4, 0o700).unwrap();
    for arguments in OPENING {
        let told = sandbox.run(arguments);
        told.exits(66)
            .complains("  cause: there is no set with this key in this IPC namespace\n")
            .complains(&format!(
                "  evidence: the set at key 77 (0x0000004d) looks like a block: semid {semid}: 34 semaphores, mode 0700, "
            ));
        assert_eq!(fixes(&told)[0], "use --key 77");
        let is_other = |fix: &String| fix.contains("--key 5") || fix.contains("status");
        assert!(!fixes(&told).iter().any(is_other), "{told}");
        let (first, rest) = arguments.split_at(1);
        let with_key = [first, &["--key", "77"], rest].concat();
        let again = sandbox.run(with_key);
        assert!(!again.stderr().contains("there is no set"), "{again}");
    }
    let json = failure(&sandbox.run(["status", "--format", "json"]));
    assert_eq!(json["fix"], serde_json::json!(["use --key 77"]));
    assert_eq!(json["reason"], "missing");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn where_no_set_looks_like_a_block_all_of_them_are_shown() {
    let sandbox = Sandbox::new();
    Set::create(Key::new(5), 3, 0o600).unwrap();
    // Another program counts in this one.
    let foreign = Block::create(Key::new(6), 8, 0o700).unwrap();
    assert_eq!(foreign.set().operate(&[Op::without_undo(7, 537)], Wait::Not), Ok(Outcome::Done));
    let all = "semlock status --all  # lists the sets that exist";
    for arguments in OPENING {
        assert_eq!(fixes(sandbox.run(arguments).exits(66))[0], all);
    }
    sandbox.run(["status", "--all"]).exits(0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn of_many_blocks_some_are_named_and_all_are_shown() {
    let sandbox = Sandbox::new();
    for key in 1..=5 {
        block(key);
    }
    let told = sandbox.run(["status"]);
    let keys = ["use --key 1", "use --key 2", "use --key 3"];
    let all = "semlock status --all  # lists the sets that exist";
    assert_eq!(fixes(told.exits(66)), [&keys[..], &[all]].concat());
}

#[test]
fn where_there_is_no_set_at_all_nothing_else_is_offered() {
    let sandbox = Sandbox::new();
    assert_eq!(fixes(sandbox.run(["status"]).exits(66)), [""; 0]);
    let lock = fixes(sandbox.run(["lock", "a", "--", "true"]).exits(66));
    assert_eq!(lock, ["semlock create --key 31818"]);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn what_is_to_be_removed_is_not_guessed() {
    let sandbox = Sandbox::new();
    block(77);
    let told = sandbox.run(["remove"]);
    let all = "semlock status --all  # lists the sets that exist";
    assert_eq!(fixes(told.exits(66)), [all]);
    told.complains("  evidence: the set at key 77 (0x0000004d) looks like a block: ");
}
