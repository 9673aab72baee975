//! `create --replace`: a block of another size, owner or mode in the place of the one
//! that is there.

use std::fs;
use std::process::Command;

use crate::common::remedy::{failure, fixes, follow, is_fixed_by_each_fix, limited};
use crate::common::{Finished, Running, Sandbox, abandon, assert_free, perl, until_waiting};
use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::{Key, Op, Outcome, Set, SetInfo, Wait, all_sets};
use serde_json::json;

const TO_34: [&str; 4] = ["create", "--replace", "--nsems", "34"];

/// The only set that there is.
fn only_set() -> SetInfo {
    let sets = all_sets().unwrap();
    assert_eq!(sets.len(), 1, "{sets:?}");
    sets[0]
}

/// Fails unless the block is the one that was there, with every value.
#[track_caller]
fn is_untouched(block: Block, values: &[u16]) {
    assert_eq!(only_set().semid, block.set().semid());
    assert_eq!(block.set().values().unwrap(), values);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_block_is_replaced_by_a_larger_one_and_a_smaller_one_that_perl_locks_in() {
    let (sandbox, _) = Sandbox::with_block(32);
    for nsems in [34, 8, 32] {
        let before = only_set();
        let number = nsems.to_string();
        let mut old = perl(&sandbox, before.nsems.try_into().unwrap());
        let session = old.ask("new");
        assert_eq!(old.ask(&format!("tie {session}")), "held");
        let replace = ["create", "--replace", "--nsems", &number];
        sandbox.run(replace).exits(75);
        assert_eq!(old.ask("untie"), "released");
        let replaced = sandbox.run(replace).exits(0).stdout();
        let block = Block::open(DEFAULT_KEY).unwrap();
        assert_free(block);
        let (semid, slots) = (block.set().semid(), nsems / 2);
        let created =
            format!("block 31818 (0x00007c4a): semid {semid}, {nsems} semaphores, {slots} slots\n");
        let was =
            format!("replaced semid {}: {} semaphores, mode 0700, ", before.semid, before.nsems);
        let (first, second) = replaced.split_at(created.len());
        assert_eq!(first, created);
        assert!(second.starts_with(&was), "{replaced}");
        assert!(
            second.contains(&format!(" -> {nsems} semaphores, mode 0700, owner ")),
            "{replaced}"
        );
        assert_eq!(only_set().nsems, nsems);
        let mut new = perl(&sandbox, nsems.try_into().unwrap());
        assert_eq!(new.ask(&format!("tie {session}")), "held");
        sandbox.run(["lock", "-n", &session, "--", "true"]).exits(75);
        assert_eq!(new.ask("untie"), "released");
        sandbox.run(["lock", "-n", &session, "--", "true"]).exits(0);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn living_processes_that_may_have_the_old_block_open_are_named() {
    let (sandbox, _) = Sandbox::with_block(32);
    let mut client = perl(&sandbox, 32);
    assert_eq!(client.ask("new").len(), 32);
    let named = format!("process {} (perl)", client.pid());
    let what =
        "may have the old block open, and continues without a lock until it opens the new one";
    let warned = sandbox.run(TO_34).exits(0).stderr();
    let is_warning = |line: &str| {
        line.starts_with(&format!("semlock: warning: {named}")) && line.ends_with(what)
    };
    assert!(warned.lines().any(is_warning), "{warned}");
    let to_38 = ["create", "--replace", "--nsems", "38", "--format", "json"];
    let report = sandbox.run(to_38).exits(0).json();
    let notes = report["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().starts_with(&named)), "{report}");
    sandbox.run(["create", "--replace", "--nsems", "34", "--quiet"]).exits(0).is_said("");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn what_is_not_asked_for_stays_as_it_was_and_json_says_both() {
    let sandbox = Sandbox::new();
    sandbox.run(["create", "--nsems", "10", "--mode", "0770"]).exits(0);
    let replace = |options: &[&str]| {
        let options = [&["create", "--replace", "--format", "json"], options].concat();
        sandbox.run(options).exits(0).json()
    };
    let first = replace(&["--nsems", "14"]);
    let (from, to) = (&first["replaced"]["from"], &first["replaced"]["to"]);
    assert_eq!((&from["nsems"], &from["mode"]), (&json!(10), &json!("0770")));
    assert_eq!((&to["nsems"], &to["mode"]), (&json!(14), &json!("0770")));
    assert_eq!((&first["created"], &first["block"]["nsems"]), (&json!(true), &json!(14)));
    let names = ["uid", "user", "gid", "group"];
    assert!(names.iter().all(|name| from.get(name).is_some() && from[name] == to[name]));
    let second = replace(&["--mode", "0700"]);
    assert_eq!(second["replaced"]["semid"], first["block"]["semid"]);
    assert_eq!((only_set().nsems, only_set().permissions.mode), (14, 0o700));
    let semid = only_set().semid;
    for as_it_is in [&[][..], &["--nsems", "14"], &["--mode", "0700", "--nsems", "14"]] {
        let same = replace(as_it_is);
        assert_eq!((&same["created"], &same["replaced"]), (&json!(false), &json!(null)));
        assert_eq!(only_set().semid, semid);
    }
    sandbox.run(["create", "--replace"]).exits(0).prints(&format!(
        "block 31818 (0x00007c4a): semid {semid}, 14 semaphores, 7 slots\nnothing to replace: it is already as requested\n"
    ));
}

#[test]
fn a_missing_block_is_created() {
    let sandbox = Sandbox::new();
    let created = sandbox.run(["create", "--replace", "--nsems", "34"]);
    created
        .exits(0)
        .prints("block 31818 (0x00007c4a): semid 0, 34 semaphores, 17 slots\n")
        .is_said("");
    let other = ["create", "--replace", "--key", "5", "--mode", "0600"];
    sandbox.run(other).exits(0).complains("keeps the Perl module out");
    sandbox.run(["create", "--replace", "--exist-ok"]).exits(64);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_set_that_is_no_block_is_left_alone() {
    let kinds: [(u16, u16, &[Op]); 3] = [
        (3, 0o700, &[]),
        (20, 0o700, &[Op::without_undo(19, 537)]),
        (4, 0o600, &[Op::without_undo(0, 1)]),
    ];
    for (nsems, mode, ops) in kinds {
        let sandbox = Sandbox::new();
        let set = Set::create(DEFAULT_KEY, nsems, mode).unwrap();
        if !ops.is_empty() {
            assert_eq!(set.operate(ops, Wait::Not), Ok(Outcome::Done));
        }
        let before = set.values().unwrap();
        sandbox.run(TO_34).exits(73).complains("to another program");
        assert_eq!(set.values().unwrap(), before);
        assert_eq!(only_set().semid, set.semid());
    }
}

#[test]
fn a_set_that_may_be_no_block_and_was_never_used_is_replaced_by_the_fix() {
    let typo = || {
        let sandbox = Sandbox::new();
        Set::create(DEFAULT_KEY, 8, 0o600).unwrap();
        sandbox
    };
    let replace = ["create", "--replace", "--mode", "0700"];
    is_fixed_by_each_fix(
        typo,
        &replace,
        &["create", "--nsems", "8", "--exist-ok", "--mode", "0700"],
    )
    .exits(73)
    .complains("cannot replace block 31818 (0x00007c4a): its mode is 0600\n");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_block_is_not_replaced_while_perl_has_or_waits_for_a_lock_of_it() {
    let (sandbox, block) = Sandbox::with_block(32);
    let (mut holder, mut waiter) = (perl(&sandbox, 32), perl(&sandbox, 32));
    for request in ["read a", "write a"] {
        assert_eq!(holder.ask(request), "held");
        waiter.tell("write a");
        until_waiting(block, 1);
        let before = block.set().values().unwrap();
        let refused = sandbox.run(TO_34);
        refused
            .exits(75)
            .complains("cannot replace block 31818 (0x00007c4a): a lock in it is held\n")
            .complains(&format!("  evidence: process {} (perl ", waiter.pid()))
            .complains(") waits for slot 1\n");
        // The kernel does not name readers.
        refused.complains(&match request {
            "write a" => format!("  evidence: process {} (perl ", holder.pid()),
            _ => "  evidence: slot 1 has 1 reader\n".into(),
        });
        assert!(fixes(&refused).is_empty(), "{refused}");
        is_untouched(block, &before);
        let refused = sandbox.run([&TO_34[..], &["--format", "json"]].concat());
        assert_eq!(failure(refused.exits(75))["status"], 75);
        assert_eq!(holder.ask("release"), "released");
        assert_eq!(waiter.line(), "held");
        assert_eq!(waiter.ask("release"), "released");
    }
    assert_free(block);
    sandbox.run(TO_34).exits(0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_block_is_not_replaced_while_somebody_waits_in_it_though_nobody_has_a_lock() {
    let (sandbox, block) = Sandbox::with_block(32);
    let mut waiter = Command::new("perl");
    waiter.args(["-e", "semop(semget(31818, 0, 0), pack 's!3', 5, -1, 0)"]);
    let waiter = Running::start(waiter);
    until_waiting(block, 1);
    sandbox
        .run(TO_34)
        .exits(75)
        .complains("a process waits for a lock in it\n")
        .complains(&format!("  evidence: process {} (perl ", waiter.pid()))
        .complains(") waits for slot 5\n");
    assert_free(block);
    drop(waiter);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn locks_that_no_process_has_are_named_with_the_commands_that_replace_the_block() {
    let persistent: fn(&Sandbox) = |sandbox| {
        sandbox.run(["lock", "--persist", "--slot", "1"]).exits(0);
        sandbox.run(["lock", "--persist", "--shared", "--slot", "2"]).exits(0);
    };
    let abandoned: fn(&Sandbox) = |_| abandon(16 + 5);
    let both: fn(&Sandbox) = |sandbox| {
        sandbox.run(["lock", "--persist", "--slot", "1"]).exits(0);
        abandon(16 + 5);
    };
    for (leave, why, found) in [
        (persistent, "it has persistent locks", "slot 2 has 1 persistent lock"),
        (abandoned, "it has abandoned locks", "which has ended, left the write lock of slot 5"),
        (both, "it has persistent locks", "which has ended, left the write lock of slot 5"),
    ] {
        let left = || {
            let (sandbox, _) = Sandbox::with_block(32);
            leave(&sandbox);
            sandbox
        };
        let there = ["create", "--nsems", "34", "--exist-ok", "--mode", "0770"];
        let replace = [&TO_34[..], &["--mode", "0770"]].concat();
        let refused = is_fixed_by_each_fix(left, &replace, &there);
        refused.exits(75).complains(why).complains(found);
        let sandbox = left();
        let block = Block::open(DEFAULT_KEY).unwrap();
        let before = block.set().values().unwrap();
        sandbox.run(&replace).exits(75);
        is_untouched(block, &before);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_block_that_fills_the_table_is_replaced_all_the_same() {
    let sandbox = limited("100 34 8 1");
    sandbox.run(["create", "--nsems", "32", "-q"]).exits(0);
    sandbox.run(TO_34).exits(0);
    assert_eq!(only_set().nsems, 34);
    sandbox.run(["create", "--replace", "--nsems", "6"]).exits(0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_block_for_which_there_is_no_room_leaves_the_old_one_untouched() {
    for (limits, nsems, status, cause) in [
        ("36 100 8 3", 38, 73, "a set can have at most 36 semaphores here (SEMMSL), not 38\n"),
        (
            "100 40 8 3",
            38,
            71,
            "the limit is 40 semaphores in all sets together (SEMMNS), and 4 exist without this set\n",
        ),
    ] {
        let crowded = || {
            let sandbox = limited(limits);
            Set::create(Key::new(5), 4, 0o600).unwrap();
            Block::create(DEFAULT_KEY, 32, 0o770).unwrap();
            sandbox
        };
        let nsems = nsems.to_string();
        let replace = ["create", "--replace", "--nsems", &nsems];
        let failed = crowded().run(replace);
        failed
            .exits(status)
            .complains(
                "cannot replace block 31818 (0x00007c4a): there is no room for 38 semaphores\n",
            )
            .complains(cause);
        for fix in fixes(&failed) {
            let sandbox = crowded();
            let old = all_sets().unwrap();
            sandbox.run(replace).exits(status);
            assert_eq!(all_sets().unwrap(), old);
            follow(&sandbox, &fix);
            let new = Block::open(DEFAULT_KEY).unwrap();
            assert_eq!(new.set().info().unwrap().permissions.mode, 0o770);
            assert!([36, 38].contains(&new.nsems()), "{fix}");
        }
        assert_eq!(fixes(&failed).len(), 2, "{failed}");
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn where_limits_were_lowered_since_the_old_block_is_not_given_up() {
    let sandbox = limited("100 100 8 3");
    Set::create(Key::new(5), 4, 0o600).unwrap();
    Block::create(DEFAULT_KEY, 32, 0o700).unwrap();
    let before = all_sets().unwrap();
    for (limits, reason) in
        [("100 100 8 1", "SEMMNI"), ("100 20 8 3", "SEMMNS"), ("30 100 8 3", "SEMMSL")]
    {
        fs::write("/proc/sys/kernel/sem", limits).unwrap();
        let failed = sandbox.run(["create", "--replace", "--mode", "0770"]);
        assert!(failed.stderr().contains(reason), "{failed}");
        assert_eq!(all_sets().unwrap(), before);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs namespaces")]
fn an_owner_that_no_set_can_be_given_to_is_refused_before_anything_is_removed() {
    let sandbox = Sandbox::for_every_user();
    let block = Block::create(DEFAULT_KEY, 32, 0o700).unwrap();
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", sandbox.binary()]);
    unshare.args(TO_34).args(["--owner", "4242"]);
    Finished::of(unshare)
        .exits(73)
        .complains("  cause: there is no such user or group id in this user namespace\n");
    is_untouched(block, &[0; 32]);
    sandbox.run([&TO_34[..], &["--owner", "no such user"]].concat()).exits(73);
    is_untouched(block, &[0; 32]);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_block_whose_locks_take_several_operations_is_replaced_as_a_whole() {
    let (sandbox, block) = Sandbox::with_block(2000);
    for options in [&["-s", "--slot", "999"][..], &["--slot", "0"]] {
        let holder = sandbox.hold(options);
        let before = block.set().values().unwrap();
        sandbox.run(TO_34).exits(75);
        is_untouched(block, &before);
        assert_eq!(holder.finish(), 0);
    }
    sandbox.run(TO_34).exits(0);
    assert_eq!(only_set().nsems, 34);
}

#[test]
fn a_set_of_another_mode_is_refused_also_where_it_is_as_asked_for() {
    let sandbox = Sandbox::new();
    let set = semlock::sysv::Set::create(semlock::session::DEFAULT_KEY, 4, 0o600).unwrap();
    for asked in [&[][..], &["--nsems", "4"], &["--nsems", "6"]] {
        sandbox.run([&["create", "--replace"], asked].concat()).exits(73);
    }
    assert_eq!(set.info().unwrap().nsems, 4);
}
