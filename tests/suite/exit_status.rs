//! One test for each row of the manual's EXIT STATUS.

use std::fs::{self, File};

use crate::common::{Finished, Sandbox};
use semlock::sysv::{Key, Set};

const FREE: &str = "session-1";

#[test]
fn success_is_0() {
    let (sandbox, _) = Sandbox::with_block(32);
    sandbox.run(["lock", FREE, "--", "true"]).exits(0).is_silent();
}

#[test]
fn unlocking_what_is_not_locked_is_1() {
    let (sandbox, _) = Sandbox::with_block(32);
    sandbox.run(["unlock", FREE]).exits(1).complains("\"session-1\" is not locked");
}

#[test]
fn wrong_usage_is_64() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["lock"][..],
        &["lock", "--", "true"],
        &["lock", "--drain", "-x", "-s", FREE, "--", "true"],
        &["lock", "--create=4", "--nsems", "6", FREE, "--", "true"],
        &["lock", "--key", "1", "--id", "1", FREE, "--", "true"],
        &["lock", "-w", "-1", FREE, "--", "true"],
        &["lock", "-w", "nan", FREE, "--", "true"],
        &["lock", "-w", "soon", FREE, "--", "true"],
        &["lock", "-E", "256", FREE, "--", "true"],
        &["lock", "--key", "0", FREE, "--", "true"],
        &["lock", "--key", "0x100000000", FREE, "--", "true"],
        &["lock", "--id", "-1", FREE, "--", "true"],
        &["lock", "--id", "1", "--key", "1", FREE, "--", "true"],
        &["create", "--nsems", "0"],
        &["create", "--nsems", "7"],
        &["create", "--nsems", "-2"],
        &["create", "--nsems", "65536"],
        &["create", "--nsems", "99999999999999999999999999999999999999999"],
        &["create", "--mode", "1000"],
        &["create", "--mode", "9"],
        &["status", "--format", "xml"],
        &["frobnicate"],
    ] {
        assert!(!sandbox.run(arguments).exits(64).stderr().is_empty());
    }
    let table = fs::read_to_string("/proc/sysvipc/sem").unwrap();
    assert_eq!(table.lines().count(), 1, "something was made: {table}");
}

#[test]
fn a_key_in_the_environment_that_is_no_key_is_64() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.semlock(["status"]);
    command.env("SEMLOCK_KEY", "the usual");
    Finished::of(command).exits(64).complains("$SEMLOCK_KEY \"the usual\"");
}

#[test]
fn a_session_id_without_a_slot_is_65() {
    let (sandbox, _) = Sandbox::with_block(32);
    sandbox.run(["lock", "", "--", "true"]).exits(65).complains("it is empty");
    sandbox.run(["lock", &"f".repeat(300), "--", "true"]).exits(65).complains("it is too long");
    sandbox.run(["lock", "--slot", "16", "--", "true"]).exits(65).complains("16 slots, 0 to 15");
}

#[test]
fn a_missing_block_is_66_with_the_command_that_fixes_it() {
    let sandbox = Sandbox::new();
    let lock = ["lock", "--key", "0x1234", FREE, "--", "true"];
    sandbox.run(lock).exits(66).complains("ENOENT").complains("fix: semlock create --key 4660");
    sandbox.run(["create", "--key", "4660"]).exits(0);
    sandbox.run(lock).exits(0);
    sandbox.run(["status", "--id", "12345"]).exits(66);
}

#[test]
fn a_block_that_is_removed_while_it_is_waited_for_is_69() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&[FREE]);
    let waiter = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| sandbox.run(["lock", FREE, "--", "true"]));
        crate::common::until_waiting(block, 1);
        block.set().remove().unwrap();
        waiter.join().unwrap()
    });
    waiter.exits(69).complains("EIDRM");
    holder.kill();
}

#[test]
fn a_limit_of_the_system_is_71() {
    let (sandbox, _) = Sandbox::with_block(32);
    let mut command = sandbox.semlock(["status"]);
    command.stdout(File::create("/dev/full").unwrap());
    Finished::of_stderr(command)
        .exits(71)
        .complains("cannot write to standard output")
        .complains("ENOSPC");
}

#[test]
fn what_cannot_be_created_as_asked_is_73() {
    let (sandbox, block) = Sandbox::with_block(32);
    sandbox.run(["create"]).exits(73).complains("EEXIST");
    sandbox
        .run(["create", "--nsems", "34", "--exist-ok"])
        .exits(73)
        .complains("it has 32 semaphores, not 34");
    sandbox
        .run(["create", "--key", "5", "--owner", "no-such-user"])
        .exits(73)
        .complains("no user \"no-such-user\"");
    sandbox
        .run(["create", "--key", "5", "--owner", "4294967295"])
        .exits(73)
        .complains("4294967295 is not a user id");
    sandbox.run(["create", "--nsems", "32", "--exist-ok"]).exits(0);
    assert_eq!(block.set().info().unwrap().nsems, 32);
}

#[test]
fn a_set_with_an_odd_number_of_semaphores_is_no_block() {
    let sandbox = Sandbox::new();
    Set::create(Key::new(7), 3, 0o600).unwrap();
    for command in [&["status", "--key", "7", "a"][..], &["lock", "--key", "7", FREE, "--", "true"]]
    {
        sandbox.run(command).exits(73).complains("3 semaphores, so it is not a block");
    }
    sandbox.run(["remove", "--key", "7"]).exits(0);
    sandbox.run(["remove", "--key", "7"]).exits(66);
}

#[test]
fn busy_is_75_and_silent() {
    let (sandbox, _) = Sandbox::with_block(32);
    let holder = sandbox.hold(&[FREE]);
    sandbox.run(["lock", "-n", FREE, "--", "true"]).exits(75).is_silent();
    sandbox.run(["lock", "-w", "0", FREE, "--", "true"]).exits(75).is_silent();
    sandbox.run(["lock", "-w", "0.01", FREE, "--", "true"]).exits(75).is_silent();
    sandbox.run(["lock", "-n", "-E", "0", FREE, "--", "false"]).exits(0).is_silent();
    sandbox.run(["unlock", FREE]).exits(75).complains(&format!("process {}", holder.pid()));
    sandbox.run(["remove"]).exits(75).complains("a lock in it is held");
    assert_eq!(holder.finish(), 0);
}

#[test]
fn a_command_that_cannot_be_run_is_126_and_one_not_found_is_127() {
    let (sandbox, block) = Sandbox::with_block(32);
    fs::write(sandbox.directory.join("text"), "no program").unwrap();
    sandbox.run(["lock", FREE, "--", "./text"]).exits(126).complains("EACCES");
    let mut missing = sandbox.semlock(["lock", FREE, "--", "no-such-command"]);
    missing.env("PATH", "/usr/bin:/bin");
    Finished::of(missing).exits(127).complains("ENOENT");
    sandbox.run(["lock", FREE, "--", ""]).exits(127);
    crate::common::assert_free(block);
}

#[test]
fn any_other_status_is_the_commands_own() {
    let (sandbox, _) = Sandbox::with_block(32);
    sandbox.run(["lock", FREE, "--", "sh", "-c", "exit 42"]).exits(42);
    sandbox.run(["lock", FREE, "--", "sh", "-c", "kill -TERM $$"]).is_killed_by(15);
}
