//! A key that has a set already: what it is, and what is done about it.

use crate::common::remedy::{fixes, follow, is_fixed_by_each_fix, limited};
use crate::common::{Sandbox, abandon};
use semlock::sysv::{Key, Op, Outcome, Set, Wait};

const CREATE: [&str; 3] = ["create", "--nsems", "8"];
const LOCK: [&str; 4] = ["lock", "a", "--", "true"];

/// A set of four semaphores, where there may be no more than eight in one.
fn small() -> Sandbox {
    let sandbox = limited("8 16 8 2");
    Set::create(Key::new(31818), 4, 0o700).unwrap();
    sandbox
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_size_above_semmsl_at_a_key_that_is_taken_is_told_with_both_facts() {
    let create = ["create", "--nsems", "40"];
    let failed = is_fixed_by_each_fix(small, &create, &LOCK);
    failed
        .exits(73)
        .complains("(EINVAL)\n  cause: a set can have at most 8 semaphores here (SEMMSL), not 40; and a set with this key exists: clients with a different NSems")
        .complains("  evidence: semid 0: 4 semaphores, mode 0700, ")
        .complains("  fix: sysctl -w kernel.sem='40 40 8 2' && semlock create --replace --key 31818 --nsems 40  #");
    let fixes = fixes(&failed);
    let sandbox = small();
    follow(&sandbox, &fixes[0]);
    sandbox.run(["lock", "--nsems", "40", "a", "--", "true"]).exits(0);
    let smaller = fixes.last().unwrap();
    assert!(smaller.starts_with("semlock create --replace --key 31818 --nsems 8  #"));
    for fix in &fixes {
        follow(&sandbox, fix);
    }
    sandbox.run(["lock", "--nsems", "8", "a", "--", "true"]).exits(0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_lock_that_states_a_size_above_semmsl_is_mended_with_the_limit() {
    let lock = ["lock", "--nsems", "40", "a", "--", "true"];
    is_fixed_by_each_fix(small, &lock, &lock)
        .exits(73)
        .complains("sysctl -w kernel.sem='40 40 8 2' && ");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_block_is_not_removed_for_one_that_there_is_no_room_for() {
    let crowded = || {
        let sandbox = limited("16 20 8 3");
        Set::create(Key::new(1), 8, 0o600).unwrap();
        Set::create(Key::new(31818), 4, 0o700).unwrap();
        sandbox
    };
    let create = ["create", "--nsems", "14"];
    is_fixed_by_each_fix(crowded, &create, &["lock", "--nsems", "14", "a", "--", "true"])
        .exits(73)
        .complains("  fix: sysctl -w kernel.sem='16 40 8 3' && semlock create --replace --key 31818 --nsems 14  #");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_block_that_is_larger_than_semmsl_has_become_is_there_all_the_same() {
    let there = || {
        let sandbox = limited("16 16 8 2");
        Set::create(Key::new(31818), 12, 0o700).unwrap();
        std::fs::write("/proc/sys/kernel/sem", "8 16 8 2").unwrap();
        sandbox
    };
    let create = ["create", "--nsems", "12"];
    is_fixed_by_each_fix(there, &create, &LOCK)
        .exits(73)
        .complains("  cause: the block exists already\n")
        .complains("  fix: semlock create --key 31818 --nsems 12 --exist-ok\n");
}

/// A set that another program counts in.
fn foreign(nsems: u16, limits: &str) -> Sandbox {
    let sandbox = limited(limits);
    let set = Set::create(Key::new(31818), nsems, 0o700).unwrap();
    let magic = [Op::without_undo(nsems - 1, 537)];
    assert_eq!(set.operate(&magic, Wait::Not), Ok(Outcome::Done));
    sandbox
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_set_of_another_program_is_no_block_and_the_next_key_is_offered() {
    let lock = ["lock", "--key", "31819", "a", "--", "true"];
    for (nsems, cause) in [
        (8, "no lock gives a writer flag such a value: this set belongs to another program"),
        (6, "no lock gives a writer flag such a value: this set belongs to another program"),
        (
            7,
            "in a block, half of the semaphores count readers and half are writer flags: this set belongs to another program",
        ),
    ] {
        let there = || foreign(nsems, "8 32 8 3");
        is_fixed_by_each_fix(there, &CREATE, &lock)
            .exits(73)
            .complains(&format!("(EEXIST)\n  cause: {cause}\n"))
            .complains(&format!("  evidence: semid 0: {nsems} semaphores, "))
            .complains("  fix: semlock create --key 31819 --nsems 8  # and let the application use this key\n");
    }
    foreign(8, "8 32 8 3").run(CREATE).complains("  evidence: its semaphore 7 is 537");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn the_key_that_is_offered_is_free_and_the_limits_allow_the_block() {
    let there = || {
        let sandbox = foreign(8, "8 32 8 3");
        Set::create(Key::new(31819), 2, 0o600).unwrap();
        sandbox
    };
    let lock = ["lock", "--key", "31820", "a", "--", "true"];
    let failed = is_fixed_by_each_fix(there, &["create", "--nsems", "20"], &lock);
    failed
        .exits(73)
        .complains("at most 8 semaphores here (SEMMSL), not 20; and a set with this key exists: no lock gives")
        .complains("  fix: sysctl -w kernel.sem='20 32 8 3' && semlock create --key 31820 --nsems 20  #");
}

#[test]
fn locks_that_are_left_in_a_block_are_taken_back_before_it_is_replaced() {
    let left = |persistent: bool| {
        let (sandbox, _) = Sandbox::with_block(6);
        abandon(3);
        if persistent {
            sandbox.run(["lock", "--persist", "--shared", "--slot", "1"]).exits(0);
        }
        sandbox
    };
    let create = ["create", "--nsems", "8", "--exist-ok"];
    for persistent in [false, true] {
        let failed = is_fixed_by_each_fix(|| left(persistent), &create, &create);
        failed.exits(73).complains("  evidence: locks are held or were left in it: ");
    }
    let failed = is_fixed_by_each_fix(persistent_only, &["remove"], &["create"]);
    failed.exits(75).complains("it has persistent locks");
}

fn persistent_only() -> Sandbox {
    let (sandbox, _) = Sandbox::with_block(6);
    sandbox.run(["lock", "--persist", "a"]).exits(0);
    sandbox
}

#[test]
fn a_block_with_another_owner_or_mode_is_refused_and_each_fix_makes_it_as_asked() {
    let there = || {
        let (sandbox, _) = Sandbox::with_block(34);
        sandbox
    };
    for (exist_ok, said) in [(&[][..], "(EEXIST)"), (&["--exist-ok"][..], "31818 (0x00007c4a)")] {
        let create = [&["create", "--nsems", "34", "--mode", "0770"], exist_ok].concat();
        let as_asked = ["create", "--nsems", "34", "--mode", "0770", "--exist-ok"];
        is_fixed_by_each_fix(there, &create, &as_asked)
            .exits(73)
            .complains(said)
            .complains("the block exists, but its owner or mode is not as requested\n")
            .complains("  evidence: its mode is 0700, but 0770 was requested\n")
            .complains("  fix: semlock create --replace --key 31818 --nsems 34 --mode 0770  #");
    }
}

#[test]
fn a_block_that_is_as_asked_is_fine_with_exist_ok_whatever_was_not_asked_for() {
    let (sandbox, _) = Sandbox::with_block(34);
    for asked in [&[][..], &["--mode", "0700"], &["--owner", "0"], &["--owner", "0:0"]] {
        sandbox.run([&["create", "--nsems", "34", "--exist-ok"], asked].concat()).exits(0);
    }
    for asked in [["--mode", "0600"], ["--owner", "1"], ["--owner", ":1"]] {
        sandbox.run([&["create", "--nsems", "34", "--exist-ok"][..], &asked].concat()).exits(73);
    }
}
