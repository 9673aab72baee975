//! semlock and the real Apache::Session::Lock::Semaphore exclude each other.

use std::process::Command;

use crate::common::{Running, Sandbox, assert_free, encode, perl, until_waiting};
use semlock::session::Block;

/// A block, a Perl application on it, and the id of a session of its.
fn application() -> (Sandbox, Block, Running, String) {
    let (sandbox, block) = Sandbox::with_block(32);
    let mut perl = perl(&sandbox, 32);
    let session = perl.ask("new");
    assert_eq!(session.len(), 32, "no session: {session}");
    (sandbox, block, perl, session)
}

/// Runs `command`, an `echo in` that has to wait, and lets it in by `release`.
fn waits(command: Command, block: Block, release: impl FnOnce()) {
    let mut waiter = Running::start(command);
    until_waiting(block, 1);
    assert!(!waiter.has_spoken(), "it did not wait");
    release();
    assert_eq!(waiter.line(), "in");
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn a_perl_session_open_for_writing_keeps_semlock_out_until_it_is_closed() {
    let (sandbox, block, mut perl, session) = application();
    assert_eq!(perl.ask(&format!("tie {session}")), "held");
    for mode in ["-s", "-x"] {
        sandbox.run(["lock", "-n", mode, &session, "--", "true"]).exits(75).is_silent();
        let lock = sandbox.semlock(["lock", "-w", "60", mode, &session, "--", "echo", "in"]);
        waits(lock, block, || assert_eq!(perl.ask("untie"), "released"));
        assert_eq!(perl.ask(&format!("tie {session}")), "held");
    }
    assert_eq!(perl.ask("untie"), "released");
    assert_free(block);
}

#[test]
fn a_perl_session_open_for_reading_lets_readers_in_and_keeps_writers_out() {
    let (sandbox, block, mut perl, session) = application();
    assert_eq!(perl.ask(&format!("look {session}")), "held");
    sandbox.run(["lock", "-n", "-s", &session, "--", "true"]).exits(0);
    sandbox.run(["lock", "-n", &session, "--", "true"]).exits(75);
    let lock = sandbox.semlock(["lock", &session, "--", "echo", "in"]);
    waits(lock, block, || assert_eq!(perl.ask("untie"), "released"));
    assert_free(block);
}

#[test]
fn a_writer_of_semlocks_makes_perl_wait() {
    let (sandbox, block, mut perl, session) = application();
    for request in ["tie", "look"] {
        let holder = sandbox.hold(&[&session]);
        perl.tell(&format!("{request} {session}"));
        until_waiting(block, 1);
        assert_eq!(holder.finish(), 0);
        assert_eq!(perl.line(), "held");
        assert_eq!(perl.ask("untie"), "released");
    }
    assert_free(block);
}

#[test]
fn a_reader_of_semlocks_lets_perl_read_and_makes_it_wait_to_write() {
    let (sandbox, block, mut perl, session) = application();
    let holder = sandbox.hold(&["-s", &session]);
    assert_eq!(perl.ask(&format!("look {session}")), "held");
    assert_eq!(perl.ask("untie"), "released");
    perl.tell(&format!("tie {session}"));
    until_waiting(block, 1);
    assert_eq!(holder.finish(), 0);
    assert_eq!(perl.line(), "held");
}

#[test]
fn a_killed_perl_process_frees_its_lock_at_once() {
    for request in ["tie", "look"] {
        let (sandbox, block, mut perl, session) = application();
        assert_eq!(perl.ask(&format!("{request} {session}")), "held");
        sandbox.run(["lock", "-n", &session, "--", "true"]).exits(75);
        perl.kill();
        assert_free(block);
        sandbox.run(["lock", "-n", &session, "--", "true"]).exits(0);
    }
}

#[test]
fn a_killed_semlock_command_frees_its_lock_at_once() {
    for mode in ["-s", "-x"] {
        let (sandbox, block, mut perl, session) = application();
        let holder = sandbox.hold(&[mode, &session]);
        perl.tell(&format!("tie {session}"));
        until_waiting(block, 1);
        holder.kill();
        assert_eq!(perl.line(), "held");
    }
}

#[test]
fn any_session_id_of_perls_excludes_the_same_one_of_semlocks() {
    let (sandbox, _block, mut perl, _) = application();
    for id in ["a", "é", "a b%", "0123456789abcdef0123456789abcdef", &"z".repeat(200)] {
        let request = format!("write {}", encode(id.as_bytes()));
        assert_eq!(perl.ask(&request), "held");
        sandbox.run(["lock", "-n", id, "--", "true"]).exits(75);
        assert_eq!(perl.ask("release"), "released");
        sandbox.run(["lock", "-n", id, "--", "true"]).exits(0);
    }
}

#[test]
fn a_session_on_another_slot_does_not_wait() {
    let (sandbox, _block, mut perl, _) = application();
    assert_eq!(perl.ask("write a"), "held");
    sandbox.run(["lock", "-n", "a", "--", "true"]).exits(75);
    sandbox.run(["lock", "-n", "b", "--", "true"]).exits(0);
    sandbox.run(["lock", "-n", "b", "a", "--", "true"]).exits(75);
}

#[test]
fn a_block_that_perl_makes_is_taken_as_it_is() {
    let sandbox = Sandbox::new();
    let mut perl = perl(&sandbox, 34);
    let session = perl.ask("new");
    assert_eq!(perl.ask(&format!("tie {session}")), "held");
    sandbox.run(["lock", "--create", "-n", &session, "--", "true"]).exits(75);
    assert_eq!(perl.ask("untie"), "released");
    sandbox.run(["lock", "--create", "-n", &session, "--", "true"]).exits(0);
    assert_eq!(sandbox.run(["status", "--format", "json"]).json()["block"]["nsems"], 34);
}

#[test]
fn an_nsems_other_than_the_sets_is_refused() {
    let (sandbox, block, mut perl, session) = application();
    for arguments in
        [["lock", "--nsems", "16"], ["lock", "--create=16", "-n"], ["unlock", "--nsems", "16"]]
    {
        let command = if arguments[0] == "lock" { &["--", "true"][..] } else { &[] };
        let arguments = [&arguments[..], &[session.as_str()], command].concat();
        sandbox.run(arguments).exits(73).complains("32 semaphores, not 16");
    }
    sandbox.run(["lock", "--nsems", "32", &session, "--", "true"]).exits(0);
    assert_eq!(perl.ask(&format!("tie {session}")), "held");
    assert_eq!(block.set().info().unwrap().nsems, 32);
}
