//! Options that flock(1) has too mean what they mean there: each case is run
//! with both programs, and both must end alike.

use std::path::Path;
use std::process::Command;

use crate::common::{Finished, Running, Sandbox};

/// The status that means "not locked" differs by design: 1 with flock.
const FLOCKS_CONFLICT: i32 = 1;

struct Case {
    held: &'static [&'static str],
    asked: &'static [&'static str],
    got: bool,
}

const CASES: [Case; 29] = [
    Case { held: &["-x"], asked: &["-n"], got: false },
    Case { held: &["-x"], asked: &["-x", "-n"], got: false },
    Case { held: &["-x"], asked: &["-s", "-n"], got: false },
    Case { held: &["-s"], asked: &["-s", "-n"], got: true },
    Case { held: &["-s"], asked: &["-x", "-n"], got: false },
    Case { held: &["-s"], asked: &["-n"], got: false },
    Case { held: &["-e"], asked: &["--nb"], got: false },
    Case { held: &["--exclusive"], asked: &["--nonblock", "--shared"], got: false },
    Case { held: &["-x"], asked: &["-w", "0"], got: false },
    Case { held: &["-x"], asked: &["-w", "0.1"], got: false },
    Case { held: &["-x"], asked: &["--wait", "0.05"], got: false },
    Case { held: &["-x"], asked: &["--timeout", ".05"], got: false },
    Case { held: &["-s"], asked: &["-s", "-w", "5"], got: true },
    Case { held: &["-x"], asked: &["-n", "-n"], got: false },
    Case { held: &["-x"], asked: &["-n", "-w", "60"], got: false },
    Case { held: &["-x"], asked: &["-w", "60", "-n"], got: false },
    Case { held: &["-x"], asked: &["-w", "60", "-w", "0.05"], got: false },
    Case { held: &["-s"], asked: &["-n", "-s", "-s"], got: true },
    Case { held: &["-s"], asked: &["-n", "-x", "-x"], got: false },
    Case { held: &["-s"], asked: &["-n", "-x", "-s"], got: true },
    Case { held: &["-s"], asked: &["-n", "-e", "-s"], got: true },
    Case { held: &["-s"], asked: &["-n", "-s", "-x"], got: false },
    Case { held: &["-s"], asked: &["-n", "-s", "-e"], got: false },
    Case { held: &["-s"], asked: &["-sn"], got: true },
    Case { held: &["-s"], asked: &["-nx"], got: false },
    Case { held: &["-x"], asked: &["-w0.05"], got: false },
    Case { held: &["-s"], asked: &["-o", "-s", "-n"], got: true },
    Case { held: &["-s"], asked: &["--close", "-n"], got: false },
    Case { held: &["-s"], asked: &["-F", "--no-fork", "-n"], got: false },
];

fn flock(file: &Path, options: &[&str], command: &[&str]) -> Command {
    let mut flock = Command::new("flock");
    flock.args(options).arg(file).args(command);
    flock
}

fn semlock(sandbox: &Sandbox, options: &[&str], command: &[&str]) -> Command {
    sandbox.semlock([&["lock"], options, &["session", "--"], command].concat())
}

fn holding(command: Command) -> Running {
    let mut holder = Running::start(command);
    assert_eq!(holder.ask("held"), "held");
    holder
}

#[test]
fn shared_exclusive_nonblock_and_wait_end_as_flocks_do() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let file = sandbox.directory.join("file");
    for Case { held, asked, got } in CASES {
        let theirs = holding(flock(&file, held, &["cat"]));
        let ours = holding(semlock(&sandbox, held, &["cat"]));
        let (flocks, semlocks) = if got { (0, 0) } else { (FLOCKS_CONFLICT, 75) };
        Finished::of(flock(&file, asked, &["true"])).exits(flocks).is_silent();
        Finished::of(semlock(&sandbox, asked, &["true"])).exits(semlocks).is_silent();
        assert_eq!((theirs.finish(), ours.finish()), (0, 0));
    }
}

#[test]
fn the_conflict_exit_code_is_what_was_chosen() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let file = sandbox.directory.join("file");
    let (theirs, ours) =
        (holding(flock(&file, &["-x"], &["cat"])), holding(semlock(&sandbox, &["-x"], &["cat"])));
    for options in [
        &["-n", "-E", "7"][..],
        &["-w", "0.05", "-E", "7"],
        &["-n", "--conflict-exit-code", "7"],
        &["-nE7"],
        &["-n", "-E", "8", "-E", "7"],
    ] {
        Finished::of(flock(&file, options, &["true"])).exits(7);
        Finished::of(semlock(&sandbox, options, &["true"])).exits(7);
    }
    for options in [&["-n", "-E", "256"], &["-n", "-E", "-1"]] {
        Finished::of(flock(&file, options, &["true"])).exits(64);
        Finished::of(semlock(&sandbox, options, &["true"])).exits(64);
    }
    assert_eq!((theirs.finish(), ours.finish()), (0, 0));
}

#[test]
fn names_that_only_some_versions_of_flock_have_are_known() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = holding(semlock(&sandbox, &["-x"], &["cat"]));
    for asked in [&["--nonblocking"][..], &["--nb"], &["--timeout", "0.05"], &["--timeout=0"]] {
        Finished::of(semlock(&sandbox, asked, &["true"])).exits(75).is_silent();
    }
    assert_eq!(holder.finish(), 0);
}

#[test]
fn a_drain_is_for_a_write_lock_whichever_option_is_the_last() {
    let (sandbox, _block) = Sandbox::with_block(32);
    for options in [&["--drain"][..], &["--drain", "-s", "-x"], &["-s", "--drain", "-e"]] {
        Finished::of(semlock(&sandbox, options, &["true"])).exits(0);
    }
    for options in [&["--drain", "-s"][..], &["-s", "--drain"], &["--drain", "-x", "-s"]] {
        Finished::of(semlock(&sandbox, options, &["true"])).exits(64);
    }
}

#[test]
fn the_commands_status_comes_through() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let file = sandbox.directory.join("file");
    for (command, status) in [(&["true"][..], 0), (&["false"], 1), (&["sh", "-c", "exit 5"], 5)] {
        Finished::of(flock(&file, &[], command)).exits(status);
        Finished::of(semlock(&sandbox, &[], command)).exits(status);
    }
}
