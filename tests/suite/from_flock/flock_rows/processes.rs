//! Rows about which processes have the lock, and what runs inside it.

use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use semlock::internal::FromFlock;
use semlock::session::slot_of;

use crate::common::both::{BACKGROUND, Both, Tool, filled};
use crate::common::{Running, until};

/// Ends what a script has left behind and said the pid of.
fn end(pid: &str) {
    kill(Pid::from_raw(pid.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
}

/// The row's own lines lock for the script.
fn locks_for_the_script(both: &Both, row: &FromFlock) {
    for (tool, line) in [(Tool::Flock, row.flock), (Tool::Semlock, row.semlock)] {
        let line = filled(line, &[]);
        let script = both.start(&format!("exec 9>file; {line} || exit; echo in; read line"));
        assert!(both.is_locked(tool), "{line}");
        script.finish();
        both.until_free(tool);
    }
}

pub fn wrappers_are_looked_through(both: &Both, row: &FromFlock) {
    locks_for_the_script(both, row);
}

pub fn xargs_and_find_have_no_shell_to_keep_a_lock_for(both: &Both, row: &FromFlock) {
    locks_for_the_script(both, row);
    for line in
        ["echo session | xargs semlock lock", "find . -maxdepth 0 -exec semlock lock session \\;"]
    {
        let said = both.run(&format!("{line}; echo out"));
        said.complains("--for $$").prints("out\n");
        assert!(!both.is_locked(Tool::Semlock), "{line}");
    }
}

pub fn children_of_the_command_keep_nothing(both: &Both, row: &FromFlock) {
    let theirs = both.run(&filled(row.flock, &[("DAEMON &", BACKGROUND)])).stdout();
    assert!(both.is_locked(Tool::Flock));
    end(&theirs);
    both.until_free(Tool::Flock);
    let ours = both.run(&format!("semlock lock session -- sh -c '{BACKGROUND}'")).stdout();
    assert!(!both.is_locked(Tool::Semlock));
    end(&ours);

    let mut daemon = Running::start(both.shell(&filled(row.semlock, &[("DAEMON", "cat")])));
    assert_eq!(daemon.ask("held"), "held");
    assert!(both.is_locked(Tool::Semlock));
    daemon.finish();
    both.until_free(Tool::Semlock);

    let running = Running::start(Command::new("cat"));
    both.run(&format!("semlock lock --for {} session", running.pid())).exits(0);
    assert!(both.is_locked(Tool::Semlock));
    running.finish();
    both.until_free(Tool::Semlock);

    both.run("semlock lock --persist session").exits(0);
    assert!(both.is_locked(Tool::Semlock));
    both.run("semlock unlock session").exits(0);
    assert!(!both.is_locked(Tool::Semlock));
}

pub fn children_of_the_script_keep_nothing(both: &Both, row: &FromFlock) {
    let daemon = [("DAEMON", "sleep 60 >/dev/null 2>&1")];
    for (tool, line) in [(Tool::Flock, row.flock), (Tool::Semlock, row.semlock)] {
        let pid = both.run(&format!("{} echo $!", filled(line, &daemon))).exits(0).stdout();
        until("it has the lock", || both.is_locked(tool));
        end(&pid);
        both.until_free(tool);
    }
    let pid = both.run(&format!("semlock lock session; {BACKGROUND}")).stdout();
    both.until_free(Tool::Semlock);
    end(&pid);
}

pub fn a_lock_inside_itself_is_refused(both: &Both, row: &FromFlock) {
    let nested = filled(row.flock, &[("FILE COMMAND", "-w 0.3 FILE true")]);
    both.run(&nested).exits(1).is_silent();
    let inner = "semlock lock session -- true; exit $?";
    let refused = both.run(&format!("semlock lock session -- sh -c '{inner}'"));
    refused.exits(75).complains("session \"session\"");
    both.run(&filled(row.semlock, &[("COMMAND", "true")])).exits(0).is_silent();
}

pub fn two_are_locked_at_once(both: &Both, row: &FromFlock) {
    // Two that share a slot.
    let names = [("FILE1", "file"), ("FILE2", "second"), ("SESSION1", "a"), ("SESSION2", "q")];
    assert_eq!(slot_of(b"a", 32), slot_of(b"q", 32));
    let command = [&names[..], &[("COMMAND", "sh -c 'echo in; read line'")]].concat();
    for (tool, line) in [(Tool::Flock, row.flock), (Tool::Semlock, row.semlock)] {
        let held = both.start(&filled(line, &command));
        let two = if tool == Tool::Flock { ["file", "second"] } else { ["a", "q"] };
        assert!(two.iter().all(|name| both.is_busy(tool, name, &[])), "{line}");
        held.finish();
    }
    let nested = both.run("semlock lock a -- semlock lock q -- true");
    nested.exits(75).complains("is another session on the same slot");
}

pub fn no_script_runs_itself_again(both: &Both, row: &FromFlock) {
    for (tool, line) in [(Tool::Flock, row.flock), (Tool::Semlock, row.semlock)] {
        let name = format!("{tool:?}");
        let line = filled(line, &[]);
        both.install(&name, &format!("#!/bin/sh\n{line}\necho in \"$@\"\nread line\n"));
        let script = || both.shell(&format!("./{name} twice"));
        let mut first = Running::start(script());
        assert_eq!(first.line(), "in twice", "{line}");
        crate::common::Finished::of(script()).exits(tool.busy()).is_silent();
        first.finish();
        both.until_free(tool);
    }
}
