//! What a person is told while a lock is waited for.

mod common;

use std::process::{Command, Stdio};

use common::{Running, Sandbox, until_waiting};

#[test]
fn a_wait_on_a_terminal_shows_for_whom_and_the_line_goes_when_it_ends() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &format!("{} lock a -- echo in", sandbox.binary()), "/dev/null"]);
    let mut terminal = Running::start(terminal);
    terminal.reads(&format!(
        "waiting 1 s for session \"a\", write-locked by process {} (cat)",
        holder.pid()
    ));
    terminal.reads("waiting 2 s");
    until_waiting(block, 1);
    assert_eq!(holder.finish(), 0);
    terminal.reads("\r\x1b[K");
    terminal.reads("in\r\n");
    assert_eq!(terminal.finish(), 0);
}

#[test]
fn a_wait_elsewhere_is_silent_unless_verbose_asks_for_a_line() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["-s", "a"]);
    sandbox.run(["lock", "-w", "1.2", "a", "--", "true"]).exits(75).is_silent();
    let told = sandbox.run(["lock", "-w", "1.2", "--verbose", "a", "--", "true"]);
    let has_it = format!("slot 1 is read-locked by 1 process: process {} (cat)", holder.pid());
    told.exits(75)
        .complains("semlock: waiting 1 s for session \"a\", read-locked by 1 process\n")
        .complains("semlock: cannot lock session \"a\": it is busy\n")
        .complains(&has_it);
    assert_eq!(told.stderr().lines().count(), 3);
}

#[test]
fn a_holder_tells_on_the_stderr_of_the_lock_that_started_it() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let mut lock = sandbox.semlock(["lock", "--verbose", "-w", "1.2", "a"]);
    lock.stderr(Stdio::piped());
    let output = lock.output().unwrap();
    assert_eq!(output.status.code(), Some(75));
    assert!(String::from_utf8_lossy(&output.stderr).contains("waiting 1 s for session"));
    drop(holder);
}
