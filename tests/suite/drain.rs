//! `--drain` gets in where a stream of readers keeps a plain writer out.

use std::fs;
use std::process::Command;

use crate::common::{Running, Sandbox, assert_free, perl, until_waiting};
use semlock::session::slot_of;

#[test]
fn readers_that_overlap_keep_a_plain_writer_out_and_let_a_draining_one_in() {
    let (sandbox, block) = Sandbox::with_block(32);
    let writer = block.writer(slot_of(b"a", 32).unwrap());
    let mut reader = perl(&sandbox, 32);
    assert_eq!(reader.ask("read a"), "held");
    let plain = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block, 1);
    for _ in 0..50 {
        let mut next = perl(&sandbox, 32);
        assert_eq!(next.ask("read a"), "held");
        assert_eq!(reader.ask("release"), "released");
        reader = next;
        until_waiting(block, 1);
    }
    plain.kill();
    let mut draining = Running::start(sandbox.semlock(["lock", "--drain", "a", "--", "cat"]));
    until_waiting(block, 1);
    assert_eq!(block.set().value(writer.into()), Ok(1), "the flag is up while it waits");
    let states = sandbox.run(["status", "--format", "json"]).json()["slots"].clone();
    assert_eq!(states[0]["state"], "draining");
    let mut late = perl(&sandbox, 32);
    late.tell("read a");
    until_waiting(block, 2);
    assert_eq!(reader.ask("release"), "released");
    assert_eq!(draining.ask("in"), "in");
    assert_eq!(draining.finish(), 0);
    assert_eq!(late.line(), "held");
    assert_eq!(late.ask("release"), "released");
    assert_free(block);
}

#[test]
fn a_drain_that_gives_up_lowers_its_flag() {
    let (sandbox, block) = Sandbox::with_block(32);
    let reader = sandbox.hold(&["-s", "a"]);
    sandbox.run(["lock", "--drain", "-n", "a", "--", "true"]).exits(75);
    sandbox.run(["lock", "--drain", "-w", "0.05", "a", "b", "--", "true"]).exits(75);
    let draining = Running::start(sandbox.semlock(["lock", "--drain", "a", "b", "--", "true"]));
    until_waiting(block, 1);
    assert_eq!(block.set().values().unwrap().iter().sum::<u16>(), 3);
    draining.kill();
    assert_eq!(block.set().values().unwrap().iter().sum::<u16>(), 1);
    sandbox.run(["lock", "-s", "-n", "a", "--", "true"]).exits(0);
    assert_eq!(reader.finish(), 0);
}

#[test]
fn where_locks_are_taken_in_pieces_a_drain_and_a_reader_do_not_wait_for_each_other() {
    let (sandbox, block) = Sandbox::with_block(32);
    fs::write("/proc/sys/kernel/sem", "32000 32000 3 10").unwrap();
    let lock = |options: &[&str]| {
        let lock = [&["lock", "-w", "30"], options, &["--", "true"]].concat();
        Running::start(sandbox.semlock(lock))
    };
    let middle = sandbox.hold(&["--slot", "1"]);
    let reader = lock(&["-s", "--slot", "0", "--slot", "1", "--slot", "2"]);
    until_waiting(block, 1);
    let draining = lock(&["--drain", "--slot", "0", "--slot", "2"]);
    until_waiting(block, 2);
    assert_eq!(middle.finish(), 0);
    assert_eq!((reader.finish(), draining.finish()), (0, 0));
    assert_free(block);
}

#[test]
fn drain_excludes_writers_as_a_plain_lock_does() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["--drain", "a"]);
    for options in [&["-s"][..], &["-x"], &["--drain"]] {
        sandbox.run([&["lock", "-n", "a"], options, &["--", "true"]].concat()).exits(75);
    }
    assert_eq!(holder.finish(), 0);
    assert_free(block);
    let mut usage = Command::new(sandbox.binary());
    usage.args(["lock", "--drain", "-s", "a", "--", "true"]);
    crate::common::Finished::of(usage).exits(64);
}

#[test]
fn the_whole_block_can_be_frozen_and_let_go() {
    let (sandbox, block) = Sandbox::with_block(2000);
    let reader = sandbox.hold(&["-s", "--slot", "999"]);
    sandbox.run(["lock", "--all", "-n", "--", "true"]).exits(75);
    assert_eq!(block.set().values().unwrap().iter().sum::<u16>(), 1);
    let mut freeze = Running::start(sandbox.semlock(["lock", "--all", "--drain", "--", "cat"]));
    until_waiting(block, 1);
    assert_eq!(block.set().values().unwrap().iter().sum::<u16>(), 1001);
    assert_eq!(reader.finish(), 0);
    assert_eq!(freeze.ask("frozen"), "frozen");
    sandbox.run(["lock", "-s", "-n", "x", "--", "true"]).exits(75);
    assert_eq!(freeze.finish(), 0);
    assert_free(block);
}
