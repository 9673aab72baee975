//! Causes of failed calls, provoked and told apart, and each remedy run.

use std::process::{Child, Command, Stdio};
use std::thread;

use crate::common::remedy::{failure, fixes, follow, is_fixed_by_each_fix, limited};
use crate::common::{Finished, Running, Sandbox, until_waiting};
use semlock::session::Block;
use semlock::sysv::{Key, Op, Outcome, Set, Wait};

const CREATE: [&str; 3] = ["create", "--nsems", "8"];
const LOCK: [&str; 4] = ["lock", "a", "--", "true"];

#[test]
fn a_block_that_is_there_is_described_and_can_be_taken() {
    let there = || {
        let sandbox = Sandbox::new();
        Set::create(Key::new(31818), 8, 0o700).unwrap();
        sandbox
    };
    let failed = is_fixed_by_each_fix(there, &CREATE, &["lock", "--nsems", "8", "a", "--", "true"]);
    failed
        .exits(73)
        .complains("File exists (EEXIST)\n  cause: the block exists already\n")
        .complains("  evidence: semid 0: 8 semaphores, mode 0700, owner ")
        .complains(" ago\n  evidence: no lock in it is held, and no process waits\n")
        .complains("  fix: semlock create --key 31818 --nsems 8 --exist-ok\n");
}

#[test]
fn a_smaller_set_at_the_key_is_described_with_the_commands_that_replace_it() {
    let small = || {
        let sandbox = Sandbox::new();
        Set::create(Key::new(31818), 4, 0o770).unwrap();
        sandbox
    };
    let replaced = ["lock", "--nsems", "8", "a", "--", "true"];
    for failing in [
        &CREATE[..],
        &["create", "--nsems", "8", "--exist-ok"],
        &replaced,
        &["lock", "--create=8", "a", "--", "true"],
    ] {
        let failed = is_fixed_by_each_fix(small, failing, &replaced);
        failed
            .exits(73)
            .complains("clients with a different NSems use different semaphores, so they do not exclude each other")
            .complains("semid 0: 4 semaphores, mode 0770, owner ")
            .complains("  fix: semlock create --replace --key 31818 --nsems 8  #");
    }
    let sandbox = small();
    follow(&sandbox, &fixes(&sandbox.run(replaced))[0]);
    sandbox.run(["create", "--nsems", "8", "--mode", "0770", "--exist-ok"]).exits(0);
}

#[test]
fn a_set_of_another_size_that_is_in_use_says_so_and_is_not_replaced() {
    let (sandbox, block) = Sandbox::with_block(4);
    let holder = sandbox.hold(&["--slot", "0"]);
    let mut waiter = Running::start(sandbox.semlock(["lock", "--slot", "0", "--", "cat"]));
    until_waiting(block, 1);
    let failed = sandbox.run(CREATE);
    failed.exits(73).complains("it is in use: 1 semaphore above 0, 1 waiting process\n");
    let fix = &fixes(&failed)[0];
    let commands: Vec<_> = fix.split(" && ").collect();
    let [clear, replace] = commands[..] else { panic!("{fix}") };
    let replace = replace.split("  #").next().unwrap();
    assert_eq!(clear, "semlock unlock --abandoned --all --key 31818");
    assert_eq!(replace, "semlock create --replace --key 31818 --nsems 8");
    sandbox.run(clear.split(' ').skip(1)).exits(0);
    sandbox.run(replace.split(' ').skip(1)).exits(75);
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiter.ask("got it"), "got it");
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn an_odd_set_at_the_key_is_left_alone() {
    let sandbox = Sandbox::new();
    Set::create(Key::new(31818), 3, 0o600).unwrap();
    let failed = sandbox.run(CREATE);
    failed.exits(73).complains("this set belongs to another program");
    assert!(fixes(&failed).iter().all(|fix| !fix.contains("remove")), "{failed}");
    for command in [&["status"][..], &LOCK] {
        sandbox
            .run(command)
            .exits(73)
            .complains("it has 3 semaphores, so it is not a block\n")
            .complains("  cause: in a block, half of the semaphores count readers and half are writer flags")
            .complains("  evidence: semid 0: 3 semaphores");
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_set_that_another_program_counts_in_is_named_before_anything_is_done_to_it() {
    let (sandbox, block) = Sandbox::with_block(20);
    // What PostgreSQL marks its sets with.
    let magic = [Op::without_undo(19, 537)];
    assert_eq!(block.set().operate(&magic, Wait::Not), Ok(Outcome::Done));
    let before = block.set().values().unwrap();
    for command in [&LOCK[..], &["unlock", "a"], &["unlock", "--force", "--slot", "9"], &["status"]]
    {
        sandbox
            .run(command)
            .exits(73)
            .complains("its semaphore 19 is 537, so it is not a block\n")
            .complains("  cause: no lock gives a writer flag such a value: ");
    }
    // It may go as any other set may, and this living process was the last to use it.
    let used_last = format!("process {} (", std::process::id());
    sandbox
        .run(["remove"])
        .exits(75)
        .complains(": it is in use\n")
        .complains(&format!("  evidence: {used_last}"))
        .complains(") was the last to use it, and is alive\n")
        .complains("  fix: semlock remove --id 0 --force  #");
    assert_eq!(block.set().values().unwrap(), before);
    assert!(block.set().info().is_ok());
}

#[test]
fn a_set_that_another_program_counts_in_is_no_block_that_exists_already() {
    let (sandbox, block) = Sandbox::with_block(20);
    let magic = [Op::without_undo(19, 537)];
    assert_eq!(block.set().operate(&magic, Wait::Not), Ok(Outcome::Done));
    for create in [&["create", "--nsems", "20"][..], &["create", "--nsems", "10"]] {
        let failed = sandbox.run(create);
        failed
            .exits(73)
            .complains("this set belongs to another program\n")
            .complains("  evidence: its semaphore 19 is 537");
    }
}

#[test]
fn a_flag_that_an_accident_raised_twice_is_still_a_session_block() {
    let (sandbox, block) = Sandbox::with_block(8);
    let twice = [Op::without_undo(7, 3)];
    assert_eq!(block.set().operate(&twice, Wait::Not), Ok(Outcome::Done));
    sandbox.run(["unlock", "--slot", "3"]).exits(0);
    assert_eq!(block.set().value(7), Ok(1));
}

#[test]
fn too_many_readers_are_erange() {
    let (sandbox, block) = Sandbox::with_block(8);
    let readers = [Op::without_undo(2, 32767)];
    assert_eq!(block.set().operate(&readers, Wait::Not), Ok(Outcome::Done));
    sandbox
        .run(["lock", "-s", "--slot", "2", "--", "true"])
        .exits(71)
        .complains("(ERANGE)\n  cause: the slot has as many readers as a semaphore can count\n")
        .complains("  evidence: semaphore 2 is 32767\n");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs namespaces")]
fn a_missing_block_is_enoent() {
    let failed = is_fixed_by_each_fix(Sandbox::new, &LOCK, &LOCK);
    failed
        .exits(66)
        .complains("(ENOENT)\n  cause: there is no set with this key in this IPC namespace\n");
    Sandbox::new()
        .run(["status", "--id", "77"])
        .exits(66)
        .complains("(EINVAL)\n  cause: there is no set with this semid in this IPC namespace\n");
}

#[test]
fn a_block_removed_during_the_wait_is_made_again_as_it_was() {
    let (sandbox, block) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["a"]);
    let failed = thread::scope(|scope| {
        let waiter = scope.spawn(|| sandbox.run(LOCK));
        until_waiting(block, 1);
        block.set().remove().unwrap();
        waiter.join().unwrap()
    });
    failed
        .exits(69)
        .complains("semlock: cannot lock session \"a\": Identifier removed (EIDRM)\n  cause: the set was removed in the meantime: by ipcrm, or by semlock remove or create --replace\n")
        .complains("  fix: semlock create --key 31818 --nsems 34\n");
    follow(&sandbox, &fixes(&failed)[0]);
    sandbox.run(["lock", "--nsems", "34", "a", "--", "true"]).exits(0);
    drop(holder);
}

#[test]
fn a_block_that_was_replaced_during_the_wait_is_described() {
    let (sandbox, block) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["a"]);
    let waiter = sandbox.semlock(LOCK).stderr(Stdio::piped()).spawn().unwrap();
    until_waiting(block, 1);
    // Stopped, so that it finds the new block when it wakes.
    signal(&waiter, "STOP");
    block.set().remove().unwrap();
    Block::create(Key::new(31818), 62, 0o700).unwrap();
    signal(&waiter, "CONT");
    let output = waiter.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(69), "{stderr}");
    assert!(stderr.contains("62 semaphores"), "{stderr}");
    assert!(stderr.contains("  fix: run it again"), "{stderr}");
    sandbox.run(LOCK).exits(0);
    drop(holder);
}

/// A table in which no set can be made any more.
fn no_room() -> Sandbox {
    let sandbox = limited("8 16 8 1");
    Set::create(Key::new(1), 2, 0o600).unwrap();
    sandbox
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn with_format_json_the_failure_is_one_object_on_stderr() {
    let failed = no_room().run(["create", "--nsems", "8", "--format", "json"]);
    failed.exits(71).prints("");
    let object = failure(&failed);
    assert_eq!(object["schema"], 1);
    assert_eq!(
        object["error"],
        "cannot create block 31818 (0x00007c4a): No space left on device (ENOSPC)"
    );
    assert_eq!(object["errno"], "ENOSPC");
    assert_eq!(object["status"], 71);
    assert_eq!(object["reason"], "semmni");
    assert!(object["cause"].as_str().unwrap().contains("(SEMMNI)"));
    let fix = object["fix"][0].as_str().unwrap();
    assert!(fix.starts_with("sysctl -w kernel.sem='8 16 8 2'"));
    let text = no_room().run(CREATE).stderr();
    for field in ["evidence", "fix"] {
        for line in object[field].as_array().unwrap() {
            let line = format!("  {field}: {}\n", line.as_str().unwrap());
            assert!(text.contains(&line), "{line} is not in {text}");
        }
    }
    let missing = Sandbox::new().run(["status", "--format", "json"]);
    assert_eq!(failure(missing.exits(66))["reason"], "missing");
}

#[test]
fn zero_odd_and_negative_sizes_are_told_apart_before_any_call() {
    for (nsems, said) in [
        ("0", "a block needs at least 2 semaphores"),
        ("-2", "a block needs at least 2 semaphores"),
        ("7", "must be even"),
        ("65536", "a set cannot have more than 65535"),
    ] {
        let sandbox = Sandbox::new();
        let create = ["create", "--nsems", nsems];
        let told = format!(
            "semlock: cannot create a block: --nsems cannot be \"{nsems}\"\n  cause: {said}"
        );
        sandbox.run(create).exits(64).complains(&told);
        let json = [&create[..], &["--format=json"]].concat();
        let object = failure(sandbox.run(json).exits(64));
        assert_eq!(object["reason"], "usage");
        assert_eq!(object["status"], 64);
        assert!(object["cause"].as_str().unwrap().starts_with(said), "{object}");
    }
}

#[test]
fn the_json_of_the_command_that_holds_the_lock_is_its_own_affair() {
    let sandbox = Sandbox::new();
    let lock = ["lock", "a", "--", "jq", "--format", "json"];
    sandbox.run(lock).exits(66).complains("semlock: cannot lock");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn every_subcommand_and_a_holder_too_tell_a_failure_as_json_when_asked() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    for (arguments, status) in [
        (&["lock", "--key", "5", "a"][..], 66),
        (&["lock", "a b", "--session="], 65),
        (&["unlock", "a"], 75),
        (&["remove"], 75),
    ] {
        let failed = sandbox.run([arguments, &["--format", "json"]].concat());
        let failure = failure(failed.exits(status));
        assert_eq!(failure["status"], status, "{failure}");
    }
    let mut nested =
        sandbox.semlock(["lock", "a", "--", sandbox.binary(), "lock", "--format=json", "a"]);
    assert_eq!(holder.finish(), 0);
    nested.env_remove("SEMLOCK_HELD");
    let refused = failure(Finished::of(nested).exits(75));
    assert!(refused["error"].as_str().unwrap().contains("has a write lock"), "{refused}");
}

#[test]
fn a_terminal_gets_colours_unless_no_color_says_otherwise() {
    let sandbox = Sandbox::new();
    let at_terminal = |environment: &str| {
        let mut script = Command::new("script");
        let command = format!("{environment} {} lock a -- true", sandbox.binary());
        script.args(["-qec", &command, "/dev/null"]).env("TERM", "xterm");
        script.env_remove("NO_COLOR").current_dir(&sandbox.directory);
        let seen = Finished::of(script);
        seen.exits(66).stdout()
    };
    let coloured = at_terminal("");
    assert!(coloured.contains("\x1b[1m\x1b[31msemlock:\x1b[0m cannot lock in"), "{coloured}");
    assert!(coloured.contains("\x1b[1m\x1b[32mfix:\x1b[0m semlock create"), "{coloured}");
    assert!(!at_terminal("NO_COLOR=1").contains('\x1b'));
    assert!(!at_terminal("TERM=dumb").contains('\x1b'));
    assert!(at_terminal("NO_COLOR=").contains('\x1b'));
    assert!(!sandbox.run(["status"]).stderr().contains('\x1b'));
}

fn signal(process: &Child, name: &str) {
    let mut kill = Command::new("kill");
    kill.args(["-s", name, &process.id().to_string()]);
    Finished::of(kill).exits(0);
}
