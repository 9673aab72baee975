//! Messages of several processes do not mix: each is one write.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::Command;

use crate::common::strace::{Tracees, strace};
use crate::common::{Finished, Running, Sandbox, until_waiting};

/// How many wait and fail in the same moment.
const WAITERS: usize = 12;

#[test]
fn twelve_waiters_whose_block_is_removed_leave_twelve_whole_messages_in_one_log() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let log = sandbox.directory.join("log");
    let waiter = || {
        let mut lock = sandbox.semlock(["lock", "a", "--", "true"]);
        lock.stderr(append(&log));
        Running::start(lock)
    };
    let waiters: Vec<_> = (0..WAITERS).map(|_| waiter()).collect();
    until_waiting(block, WAITERS.try_into().unwrap());
    block.set().remove().unwrap();
    assert!(waiters.into_iter().all(|waiter| waiter.finish() == 69));
    holder.kill();
    let said = fs::read_to_string(&log).unwrap();
    let message = &said[..said.len() / WAITERS];
    assert!(
        message.starts_with("semlock: cannot lock session \"a\": Identifier removed (EIDRM)\n")
    );
    assert!(message.ends_with("  fix: semlock create --key 31818 --nsems 32\n"), "{message}");
    assert_eq!(said, message.repeat(WAITERS));
}

fn append(log: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(log).unwrap()
}

/// What is written to stderr, as strace shows it, a line each.
fn writes(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap();
    text.lines().filter(|line| line.contains("write(2, ")).map(Into::into).collect()
}

#[test]
fn every_message_is_one_write() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let log = sandbox.directory.join("strace");
    for arguments in [
        &["lock", "--foo"][..],
        &["lock", "-n", "--format=json", "a", "--", "true"],
        &["lock", "--foo", "--format=json"],
        &["lock", "a", "b"],
        &["frobnicate"],
        &["status", "--key", "5"],
        &["status", "--key", "5", "--format=json"],
        &["unlock", "a"],
        &["unlock", "b"],
        &["create", "--key", "7"],
        &["remove", "--orphaned"],
        &["lock", "--verbose", "-w", "1.2", "a", "--", "true"],
        &[],
    ] {
        let mut traced = strace(Tracees::All, &log, None);
        traced.arg("--").arg(sandbox.binary()).args(arguments).env_remove("SEMLOCK_KEY");
        let told = Finished::of(traced);
        assert!(!told.stderr().is_empty(), "{told}");
        crate::common::until("the end of the trace", || {
            fs::read_to_string(&log).unwrap().contains("exit_group(")
        });
        let begins = |line: &&str| line.starts_with("semlock: ") || line.starts_with('{');
        // Help that nobody asked for is one message, too.
        let messages = told.stderr().lines().filter(begins).count().max(1);
        assert_eq!(writes(&log).len(), messages, "{told}");
    }
    assert_eq!(holder.finish(), 0);
}

#[test]
fn the_line_on_a_terminal_is_drawn_at_once() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let log = sandbox.directory.join("strace");
    let traced = format!(
        "strace -f -qq -s 500 -e trace=write -o {} {} lock -w 2.2 a -- true",
        log.display(),
        sandbox.binary()
    );
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &traced, "/dev/null"]).env_remove("SEMLOCK_KEY");
    Finished::of(terminal).exits(75);
    let mut writes = writes(&log);
    // What comes after the wait.
    writes.retain(|line| !line.contains("cannot lock"));
    assert!(writes.len() > 1, "{writes:?}");
    for line in writes {
        assert!(line.contains("write(2, \"\\r") && line.contains("\\33[K\""), "{line}");
    }
    assert_eq!(holder.finish(), 0);
}
