//! Limits of the kernel that are reached, told apart, and raised.

use std::fs;
use std::process::Command;

use crate::common::remedy::{fixes, follow, is_fixed_by_each_fix, limited};
use crate::common::{Finished, Running, Sandbox, assert_free, until_waiting};
use semlock::sysv::{Key, Pid, Set};

const CREATE: [&str; 3] = ["create", "--nsems", "8"];
const LOCK: [&str; 4] = ["lock", "a", "--", "true"];

#[test]
fn more_semaphores_than_semmsl_are_told_with_the_limit() {
    let create = ["create", "--nsems", "10", "--mode", "0770"];
    let failed = limited("8 16 8 2").run(create);
    failed
        .exits(73)
        .complains("semlock: cannot create block 31818 (0x00007c4a): Invalid argument (EINVAL)\n")
        .complains("  cause: a set can have at most 8 semaphores here (SEMMSL), not 10\n")
        .complains("  evidence: kernel.sem = 8 16 8 2\n")
        .complains("  fix: sysctl -w kernel.sem='10 16 8 2'  #");
    let fixes = fixes(&failed);
    let (smaller, larger) = fixes.split_last().unwrap();
    for fix in larger {
        let sandbox = limited("8 16 8 2");
        follow(&sandbox, fix);
        sandbox.run(create).exits(0);
    }
    assert!(smaller.starts_with("semlock create --key 31818 --nsems 8 --mode 0770  #"));
    let sandbox = limited("8 16 8 2");
    follow(&sandbox, smaller);
    sandbox.run(LOCK).exits(0);
}

#[test]
fn semmsl_and_semmns_are_raised_together_where_both_bind() {
    let failed = is_fixed_by_each_fix(
        || limited("2 16 8 2"),
        &["create", "--nsems", "64"],
        &["lock", "--create", "a", "--", "true"],
    );
    failed.exits(73).complains("at most 2 semaphores").complains("kernel.sem='64 64 8 2'");
}

#[test]
fn where_a_set_may_have_one_semaphore_no_smaller_block_is_offered() {
    let failed = limited("1 16 8 2").run(["create"]);
    failed.exits(73).complains("at most 1 semaphore here");
    assert!(fixes(&failed).iter().all(|fix| !fix.contains("semlock create")));
}

#[test]
fn semmsl_with_a_smaller_block_in_the_way_is_told_with_both_and_fixed_by_each_fix() {
    let provoke = || {
        let sandbox = limited("8 100 8 9");
        sandbox.run(["create", "--nsems", "4", "-q"]).exits(0);
        sandbox
    };
    let failed = is_fixed_by_each_fix(provoke, &["create", "--nsems", "40"], &LOCK);
    failed
        .exits(73)
        .complains("  cause: a set can have at most 8 semaphores here (SEMMSL), not 40; and a set with this key exists: clients with a different NSems")
        .complains("  evidence: semid 0: 4 semaphores, mode 0700")
        .complains("&& semlock create --replace --key 31818 --nsems 40  #")
        .complains("  fix: semlock create --replace --key 31818 --nsems 8  #");
}

#[test]
fn a_missing_block_is_made_by_the_fix_of_the_size_that_was_stated_and_whatever_the_limits() {
    let lock = |options: &[&'static str]| [&["lock"], options, &["a", "--", "true"]].concat();
    for (limits, options) in [
        ("250 32000 32 128", &[][..]),
        ("250 32000 32 128", &["--nsems", "34"]),
        ("8 16 8 2", &[]),
        ("8 16 8 2", &["--nsems", "10"]),
    ] {
        let failing = lock(options);
        is_fixed_by_each_fix(|| limited(limits), &failing, &failing).exits(66);
    }
    let sandbox = Sandbox::new();
    let unlock = sandbox.run(["unlock", "a"]);
    assert!(!unlock.exits(66).stderr().contains("fix: "), "a new block is no remedy: {unlock}");
}

#[test]
fn a_smaller_block_is_offered_only_where_there_is_room_for_it() {
    let sandbox = limited("100 16 8 2");
    let failed = sandbox.run(["create", "--nsems", "102"]);
    failed.exits(73).complains("semlock create --key 31818 --nsems 16  #");
    for _ in 0..2 {
        Set::create_private(1, 0o600).unwrap();
    }
    let failed = sandbox.run(["create", "--nsems", "102"]);
    assert!(!failed.exits(73).stderr().contains("fix: semlock create"), "{failed}");
}

#[test]
fn what_replaces_a_block_keeps_its_owner_and_mode() {
    let provoke = || {
        let sandbox = Sandbox::new();
        sandbox.run(["create", "--nsems", "4", "--mode", "0770", "-q"]).exits(0);
        sandbox
    };
    for (asked, mode) in [(&[][..], "0770"), (&["--mode", "0700"], "0700")] {
        let failing = [&["create", "--nsems", "6"], asked].concat();
        let there = ["create", "--nsems", "6", "--exist-ok", "--mode", mode];
        is_fixed_by_each_fix(provoke, &failing, &there).exits(73);
    }
    // Such a set may be another program's, which removing it by itself finds out.
    let doubtful = || {
        let sandbox = Sandbox::new();
        sandbox.run(["create", "--nsems", "4", "--mode", "0640", "-q"]).exits(0);
        sandbox
    };
    let there = ["create", "--nsems", "6", "--exist-ok", "--mode", "0640"];
    is_fixed_by_each_fix(doubtful, &["create", "--nsems", "6"], &there).exits(73).complains(
        "  fix: semlock remove --key 31818 && semlock create --key 31818 --nsems 6 --mode 0640  #",
    );
}

#[test]
fn limits_of_any_length_are_read() {
    let sandbox = limited("2147483647 2147483647 2147483647 32000");
    let report = sandbox.run(["status", "--all", "--format", "json"]).exits(0).json();
    assert_eq!(report["limits"]["semmni"], 32000);
    assert_eq!(report["limits"]["semopm"], 2_147_483_647);
}

/// A table in which both sets are taken, by two users.
fn full() -> Sandbox {
    let sandbox = limited("8 16 8 2");
    Set::create(Key::new(1), 2, 0o600).unwrap();
    Set::create(Key::PRIVATE, 4, 0o600).unwrap();
    sandbox
}

#[test]
fn no_set_left_is_semmni_with_usage_and_owners_and_not_the_disk() {
    let failed = is_fixed_by_each_fix(full, &CREATE, &CREATE);
    failed
        .exits(71)
        .complains("No space left on device (ENOSPC)\n  cause: the limit is 2 sets (SEMMNI), and 2 exist; this has nothing to do with disk space\n")
        .complains("  evidence: 2 of 2 sets (SEMMNI) and 6 of 16 semaphores (SEMMNS) exist\n")
        .complains("(0) 2 sets with 6 semaphores\n")
        .complains("  fix: sysctl -w kernel.sem='8 16 8 4'  #");
}

#[test]
fn no_semaphore_left_is_semmns_with_usage_and_not_the_disk() {
    let nearly_full = || {
        let sandbox = limited("16 20 8 9");
        Set::create(Key::PRIVATE, 13, 0o600).unwrap();
        sandbox
    };
    let failed = is_fixed_by_each_fix(nearly_full, &CREATE, &CREATE);
    failed
        .exits(71)
        .complains("  cause: the limit is 20 semaphores in all sets together (SEMMNS), and 13 exist; this has nothing to do with disk space\n")
        .complains("  evidence: 1 of 9 sets (SEMMNI) and 13 of 20 semaphores (SEMMNS) exist\n")
        .complains("  fix: sysctl -w kernel.sem='16 40 8 9'  #");
}

#[test]
fn a_lock_that_makes_its_block_explains_the_limits_too() {
    full().run(["lock", "--create", "a", "--", "true"]).exits(73).complains("SEMMSL");
    full().run(["lock", "--create=2", "a", "--", "true"]).exits(71).complains("SEMMNI");
}

/// `semlock create` where only the start of the container can set limits.
fn create_in_container(sandbox: &Sandbox, mark: &str) -> Finished {
    let setup = "set -e
        mount -t tmpfs none /run
        mkdir -p \"/run/$1\"
        mount --bind /proc/sys /proc/sys
        mount -o remount,bind,ro /proc/sys
        exec \"$2\" create --nsems 8";
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "sh", "-c", setup, "sh", mark, sandbox.binary()]);
    Finished::of(unshare)
}

#[test]
fn in_a_container_the_limit_is_raised_where_it_is_started() {
    for (mark, start) in [
        (".containerenv", "start the container with podman run --sysctl kernel.sem='8 16 8 4'"),
        (
            "secrets/kubernetes.io/serviceaccount",
            "in the pod's spec, set securityContext: {sysctls: [{name: kernel.sem, value: '8 16 8 4'}]}; start the kubelet with --allowed-unsafe-sysctls=kernel.sem",
        ),
    ] {
        let failed = create_in_container(&full(), mark);
        failed.exits(71).complains("SEMMNI");
        assert_eq!(fixes(&failed), [start]);
        let sandbox = full();
        fs::write("/proc/sys/kernel/sem", "8 16 8 4").unwrap();
        create_in_container(&sandbox, mark).exits(0);
    }
}

#[test]
fn a_lock_in_pieces_goes_on_in_smaller_ones_if_semopm_is_lowered_while_it_waits() {
    let (sandbox, block) = Sandbox::with_block(32);
    fs::write("/proc/sys/kernel/sem", "32000 32000 30 10").unwrap();
    let first = sandbox.hold(&["--slot", "0"]);
    let lock = Running::start(sandbox.semlock(["lock", "-w", "30", "--all", "--", "true"]));
    until_waiting(block, 1);
    fs::write("/proc/sys/kernel/sem", "32000 32000 3 10").unwrap();
    assert_eq!(first.finish(), 0);
    assert_eq!(lock.finish(), 0);
    assert_free(block);
}

#[test]
fn a_lock_of_more_operations_than_semopm_is_e2big() {
    let narrow = || {
        let sandbox = limited("8 16 2 2");
        Set::create(Key::new(31818), 8, 0o700).unwrap();
        sandbox
    };
    let failed = is_fixed_by_each_fix(narrow, &LOCK, &LOCK);
    failed
        .exits(71)
        .complains("(E2BIG)\n  cause: a lock needs more operations in one call than this system allows (SEMOPM)\n")
        .complains("  evidence: kernel.sem = 8 16 2 2\n")
        .complains("  fix: sysctl -w kernel.sem='8 16 3 2'  #");
    narrow().run(["lock", "-s", "a", "--", "true"]).exits(0);
    let create = ["lock", "--create=8", "a", "--", "true"];
    is_fixed_by_each_fix(|| limited("0 0 0 0"), &create, &create)
        .exits(73)
        .complains("  fix: sysctl -w kernel.sem='8 8 3 1'  #");
}

const WIDE: &str = "250\t32000\t32\t128\n";

/// A process in a table that `full` fills, while this thread has a wide one.
fn elsewhere(full: impl Fn() -> Sandbox) -> (Running, Sandbox) {
    full();
    let mut inside = Running::start(Command::new("cat"));
    assert_eq!(inside.ask("ready"), "ready");
    let sandbox = limited(WIDE);
    sandbox.run(["create", "--nsems", "34", "-q"]).exits(0);
    (inside, sandbox)
}

#[test]
fn what_fixes_another_namespace_is_done_there() {
    let with_block = || {
        let sandbox = limited("8 16 8 2");
        sandbox.run(["create", "--nsems", "8", "-q"]).exits(0);
        sandbox
    };
    let empty = || limited("8 16 8 2");
    let taken = ["create", "--nsems", "6", "--exist-ok"];
    for (full, failing) in
        [(&full as &dyn Fn() -> Sandbox, &CREATE[..]), (&with_block, &taken), (&empty, &LOCK)]
    {
        let failed = |inside: &Running, sandbox: &Sandbox| {
            let pid = inside.pid().to_string();
            sandbox.run([&["--ipc-namespace", &pid], failing].concat())
        };
        let (inside, sandbox) = elsewhere(full);
        let count = fixes(&failed(&inside, &sandbox)).len();
        assert!(count > 0);
        inside.kill();
        for number in 0..count {
            let (inside, sandbox) = elsewhere(full);
            follow(&sandbox, &fixes(&failed(&inside, &sandbox))[number]);
            failed(&inside, &sandbox).exits(0);
            let sets = sandbox.run(["status", "--all", "--no-headers", "--columns", "key,nsems"]);
            assert_eq!(sets.exits(0).stdout().trim(), "31818  34");
            assert_eq!(fs::read_to_string("/proc/sys/kernel/sem").unwrap(), WIDE);
            inside.kill();
        }
    }
}

#[test]
fn semaphores_that_semop_does_not_reach_are_asked_and_judged_too() {
    const LAST: u32 = 65_536;
    let sandbox = limited("70000 1024000000 500 32000");
    let set = Set::create_private(LAST + 1, 0o600).unwrap();
    set.set_value(LAST, 5).unwrap();
    let own = Some(Pid::own());
    assert_eq!((set.value(LAST), set.pid(LAST), set.ncnt(LAST)), (Ok(5), Ok(own), Ok(0)));
    assert!(set.value(LAST + 1).is_err() && set.value(u32::MAX).is_err());
    let sets = sandbox.run(["status", "--all", "--format", "json"]).exits(0).json()["sets"].clone();
    assert_eq!(sets[0]["verdict"], "in-use", "this process, its last user, lives: {sets}");
}
