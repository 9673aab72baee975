//! Rows about where the lock is taken in a script, and where it ends.

use std::fs;

use semlock::internal::FromFlock;

use crate::common::both::{Both, Tool, filled};
use crate::common::{Finished, Running, assert_free};

/// The lines of a row for each of the two programs, filled in.
fn lines(row: &FromFlock, values: &[(&str, &str)]) -> [(Tool, String); 2] {
    [(Tool::Flock, filled(row.flock, values)), (Tool::Semlock, filled(row.semlock, values))]
}

/// The same in a script whose descriptor 9 is open.
fn scripts(row: &FromFlock) -> [(Tool, String); 2] {
    lines(row, &[]).map(|(tool, line)| (tool, format!("exec 9>file; {line}")))
}

/// How a script with descriptor 9 takes its lock in the usual way.
fn takes(tool: Tool) -> &'static str {
    match tool {
        Tool::Flock => "exec 9>file; flock 9",
        Tool::Semlock => "semlock lock session || exit",
    }
}

pub fn a_command_follows_two_dashes(both: &Both, row: &FromFlock) {
    for (tool, line) in lines(row, &[("COMMAND ARG...", "cat")]) {
        let mut command = Running::start(both.shell(&line));
        assert_eq!(command.ask("held"), "held");
        assert!(both.is_locked(tool), "{line}");
        assert_eq!(command.finish(), 0);
        assert!(!both.is_locked(tool), "{line}");
    }
    let refused = both.run("semlock lock session touch ran");
    refused.exits(64).complains("semlock lock session -- touch ran");
    assert!(!both.has("ran"));
    assert_free(both.block);
}

pub fn a_line_for_the_shell_names_the_shell(both: &Both, row: &FromFlock) {
    for (tool, line) in lines(row, &[("COMMAND", "cat; exit 3")]) {
        let mut command = Running::start(both.shell(&line));
        assert_eq!(command.ask("held"), "held");
        assert!(both.is_locked(tool), "{line}");
        assert_eq!(command.finish(), 3);
        let status = if tool == Tool::Flock { 1 } else { 3 };
        Finished::of(both.shell(&format!("SHELL=/bin/false; export SHELL; {line}"))).exits(status);
    }
    let refused = both.run("semlock lock session -c 'touch ran'");
    refused.exits(64).complains("semlock lock session -- sh -c 'touch ran'");
    assert!(!both.has("ran"));
}

pub fn a_script_locks_without_a_descriptor(both: &Both, row: &FromFlock) {
    for (tool, line) in lines(row, &[]) {
        let script = both.start(&format!("{line}; echo in; read line"));
        assert!(both.is_locked(tool), "{line}");
        script.finish();
        both.until_free(tool);
    }
    // Whatever is the reason, nothing continues without the lock.
    both.run(&format!("{}; touch ran", filled(row.semlock, &[("SESSION", "--key 5 a")]))).exits(66);
    assert!(!both.has("ran"));
}

pub fn a_script_unlocks_for_itself_alone(both: &Both, row: &FromFlock) {
    for (tool, unlock) in lines(row, &[]) {
        let text = "echo in; while read -r line; do eval \"$line\"; done";
        let mut script = both.start(&format!("{}; {text}", takes(tool)));
        let [by_child, again] = if tool == Tool::Flock { ["0", "0"] } else { ["75", "1"] };
        let child = format!("sh -c '{unlock}; exit $?' 2>/dev/null; echo $?");
        assert_eq!(script.ask(&child), by_child);
        assert_eq!(both.is_locked(tool), tool == Tool::Semlock);
        assert_eq!(script.ask(&format!("{unlock}; echo $?")), "0");
        assert!(!both.is_locked(tool));
        assert_eq!(script.ask(&format!("{unlock} 2>/dev/null; echo $?")), again);
    }
}

pub fn closing_a_descriptor_is_unlocking(both: &Both, row: &FromFlock) {
    for (tool, close) in lines(row, &[]) {
        let child = "sleep 60 >/dev/null 2>&1 & echo in; read line";
        let after = "echo closed; read line; kill $!; wait";
        let mut script = both.start(&format!("{}; {child}; {close}; {after}", takes(tool)));
        assert!(both.is_locked(tool));
        assert_eq!(script.ask("close"), "closed");
        assert_eq!(both.is_locked(tool), tool == Tool::Flock, "{close}");
        script.finish();
        both.until_free(tool);
    }
}

pub fn a_subshells_lock_ends_with_it(both: &Both, row: &FromFlock) {
    for (tool, line) in lines(row, &[("COMMAND", "echo in; read line")]) {
        let mut script = both.start(&format!("{line}; echo out; read line"));
        assert!(both.is_locked(tool), "{line}");
        assert_eq!(script.ask("leave"), "out");
        both.until_free(tool);
    }
}

pub fn braces_end_no_lock(both: &Both, row: &FromFlock) {
    for (tool, line) in lines(row, &[("COMMAND", "echo in; read line")]) {
        let mut script = both.start(&format!("{line}; echo out; read line"));
        assert!(both.is_locked(tool), "{line}");
        assert_eq!(script.ask("leave"), "out");
        assert!(!both.is_locked(tool), "{line}");
    }
    let braces = "{ semlock lock session || exit; echo in; read line; }; echo out; read line";
    let mut script = both.start(braces);
    assert_eq!(script.ask("leave"), "out");
    assert!(both.is_locked(Tool::Semlock));
    script.finish();
    both.until_free(Tool::Semlock);
}

pub fn no_lock_is_converted(both: &Both, row: &FromFlock) {
    for (tool, line) in scripts(row) {
        let script = both.start(&format!("{line}\necho in; read line"));
        let name = if tool == Tool::Flock { "file" } else { "session" };
        assert!(both.is_busy(tool, name, &["-s"]), "{line}");
        script.finish();
        both.until_free(tool);
    }
    for (first, second) in [("-s", "-x"), ("-x", "-s"), ("-x", "-x"), ("-s", "-s")] {
        let theirs = format!("exec 9>file; flock {first} 9; flock -n {second} 9");
        both.run(&theirs).exits(0).is_silent();
        let ours =
            both.run(&format!("semlock lock {first} session; semlock lock {second} session"));
        let is_shared = (first, second) == ("-s", "-s");
        ours.exits(if is_shared { 0 } else { 75 });
        assert_eq!(ours.stderr().is_empty(), is_shared, "{ours}");
        both.until_free(Tool::Semlock);
    }
}

pub fn a_substitution_keeps_the_lock_for_the_subshell(both: &Both, row: &FromFlock) {
    for (tool, line) in scripts(row) {
        let script = format!("{line}; echo in; [ \"$OK\" = yes ]; echo $?; read line");
        let mut script = both.start(&script);
        assert_eq!(script.line(), "0");
        assert!(both.is_locked(tool), "{line}");
        script.finish();
        both.until_free(tool);
    }
    for line in ["OK=$(semlock lock session && echo yes)", "( semlock lock session; : )"] {
        let script = both.start(&format!("{line}; echo in; read line"));
        both.until_free(Tool::Semlock);
        script.finish();
    }
    assert!(fs::metadata(both.path("file")).is_ok());
}
