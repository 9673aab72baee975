//! `semlock lock ... -- COMMAND`: what is taken, what the command inherits,
//! what remains.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use crate::common::{Finished, Sandbox, assert_free, until_waiting};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use semlock::session::slot_of;

#[test]
fn the_command_is_the_holder_itself() {
    let (sandbox, block) = Sandbox::with_block(32);
    let mut shell = sandbox.hold(&["a"]);
    let writer = block.writer(slot_of(b"a", 32).unwrap());
    let holder = semlock::sysv::Pid::new(shell.pid());
    assert_eq!(block.set().pid(writer.into()).unwrap(), holder);
    assert_eq!(block.set().value(writer.into()).unwrap(), 1);
    assert_eq!(shell.ask("still there"), "still there");
    assert_eq!(shell.finish(), 0);
    assert_free(block);
}

#[test]
fn several_sessions_are_taken_together_and_a_shared_slot_once() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a", "b", "--slot", "1", "--session", "a"]);
    assert_eq!(block.set().values().unwrap().iter().sum::<u16>(), 2);
    for session in ["a", "b"] {
        sandbox.run(["lock", "-n", session, "--", "true"]).exits(75);
    }
    sandbox.run(["lock", "-n", "c", "a", "--", "true"]).exits(75);
    sandbox.run(["lock", "-n", "c", "--", "true"]).exits(0);
    assert_eq!(holder.finish(), 0);
}

#[test]
fn a_claim_on_more_slots_than_one_operation_can_take_gets_all_or_nothing() {
    let (sandbox, block) = Sandbox::with_block(2000);
    let all: Vec<_> = (0..1000).flat_map(|slot| ["--slot".into(), slot.to_string()]).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let holder = sandbox.hold(&all);
    assert_eq!(block.set().values().unwrap().iter().sum::<u16>(), 1000);
    assert_eq!(holder.finish(), 0);
    assert_free(block);

    let last = sandbox.hold(&["--slot", "999"]);
    sandbox.run([&["lock", "-n"], &all[..], &["--", "true"]].concat()).exits(75);
    assert_eq!(block.set().values().unwrap().iter().sum::<u16>(), 1, "something was kept");
    let mut lock =
        sandbox.semlock([&["lock"], &all[..], &["--", "true"]].concat()).spawn().unwrap();
    until_waiting(block, 1);
    assert_eq!(last.finish(), 0);
    assert!(lock.wait().unwrap().success());
    assert_free(block);
}

#[test]
fn a_session_id_may_be_any_bytes_and_begin_with_a_dash() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let id = OsStr::from_bytes(b"\xff\xfe\n");
    let lock = [OsStr::new("lock"), id, OsStr::new("--"), OsStr::new("true")];
    sandbox.run(lock).exits(0);
    let other = OsStr::from_bytes(b"\xff\xfd");
    let status = [OsStr::new("status"), OsStr::new("--format=json"), id, other];
    let sessions = sandbox.run(status).exits(0).json()["sessions"].clone();
    let names = [&sessions[0]["session"], &sessions[1]["session"]];
    assert_eq!(names, ["\\xff\\xfe\n", "\\xff\\xfd"]);
    sandbox.run(["lock", "--session", "-x", "--session=--", "--", "true"]).exits(0);
    let slots = sandbox.run(["status", "--format", "json", "--session=-x"]).json();
    assert_eq!(slots["sessions"][0]["slot"], slot_of(b"-x", 32).unwrap().index());
}

#[test]
fn a_wait_ends_in_time_and_never_early() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let begin = std::time::Instant::now();
    sandbox.run(["lock", "-w", "0.25", "a", "--", "true"]).exits(75);
    assert!(begin.elapsed().as_secs_f64() >= 0.25);
    holder.kill();
    sandbox.run(["lock", "-w", "1e300", "a", "--", "true"]).exits(64);
    sandbox.run(["lock", "-w", "1e18", "a", "--", "true"]).exits(0);
}

#[test]
fn a_wait_goes_on_after_the_waiter_was_stopped_and_continued() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let mut waiter = sandbox.semlock(["lock", "-w", "60", "a", "--", "true"]).spawn().unwrap();
    until_waiting(block, 1);
    let pid = Pid::from_raw(waiter.id().try_into().unwrap());
    kill(pid, Signal::SIGSTOP).unwrap();
    let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).unwrap();
    assert_eq!(stopped, WaitStatus::Stopped(pid, Signal::SIGSTOP));
    kill(pid, Signal::SIGCONT).unwrap();
    until_waiting(block, 1);
    assert_eq!(holder.finish(), 0);
    assert!(waiter.wait().unwrap().success());
}

#[test]
fn a_waiter_that_is_interrupted_leaves_nothing() {
    for signal in ["INT", "TERM", "HUP", "KILL"] {
        let (sandbox, block) = Sandbox::with_block(32);
        let holder = sandbox.hold(&["a"]);
        let mut waiter = sandbox.semlock(["lock", "a", "--", "touch", "ran"]).spawn().unwrap();
        until_waiting(block, 1);
        let pid = waiter.id().to_string();
        Finished::of(killer(signal, &pid)).exits(0);
        assert!(!waiter.wait().unwrap().success());
        until_waiting(block, 0);
        assert_eq!(holder.finish(), 0);
        assert_free(block);
        assert!(!sandbox.directory.join("ran").exists());
    }
}

fn killer(signal: &str, pid: &str) -> Command {
    let mut kill = Command::new("kill");
    kill.args(["-s", signal, pid]);
    kill
}

#[test]
fn the_command_inherits_every_signal_as_semlock_was_given_it() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let signals = |setup: &str, prefix: &str| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{setup} exec {prefix} grep '^Sig[BI]' /proc/self/status"));
        Finished::of(shell).exits(0).stdout()
    };
    for setup in ["", "trap '' PIPE INT SYS USR1;"] {
        let through = signals(setup, &format!("{} lock a --", sandbox.binary()));
        assert_eq!(through, signals(setup, ""));
    }
}

#[test]
fn the_command_inherits_no_descriptor_of_semlocks() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let open = |command: Command| Finished::of(command).exits(0).stdout();
    let mut list = Command::new("ls");
    list.arg("/proc/self/fd").stdin(std::process::Stdio::null());
    assert_eq!(open(sandbox.semlock(["lock", "a", "--", "ls", "/proc/self/fd"])), open(list));
}

#[test]
fn a_missing_block_is_made_with_create_and_only_with_create() {
    let sandbox = Sandbox::new();
    sandbox.run(["lock", "a", "--", "true"]).exits(66);
    let made = sandbox.run(["lock", "--create=34", "a", "--", "true"]);
    made.exits(0).is_silent();
    let block = sandbox.run(["status", "--format", "json"]).json()["block"].clone();
    assert_eq!((block["nsems"].as_u64(), block["mode"].as_str()), (Some(34), Some("0700")));
    sandbox.run(["lock", "--create", "a", "--", "true"]).exits(0).is_silent();
    sandbox.run(["lock", "--create", "--id", "7", "a", "--", "true"]).exits(66);
}

#[test]
fn two_that_create_the_block_at_once_use_the_same() {
    for _ in 0..20 {
        let sandbox = Sandbox::new();
        let start = || sandbox.semlock(["lock", "--create", "a", "--", "true"]).spawn().unwrap();
        let all = [start(), start(), start(), start()];
        for mut child in all {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(fs::read_to_string("/proc/sysvipc/sem").unwrap().lines().count(), 2);
    }
}
