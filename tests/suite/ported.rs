//! Scripts that use flock(1), and what becomes of them by the manual's table: both
//! do the same, in tests/ported.

mod port;

use std::fs;

use crate::common::both::Tool;
use crate::common::{Finished, Running, holders, until};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use port::{Busy, DESCRIPTOR, PORTS, Script};
use semlock::internal::FROM_FLOCK;

/// Lets all of them go on, and waits until they have ended: one may wait for another.
fn finish(mut runs: Vec<Running>) -> Vec<i32> {
    runs.iter_mut().for_each(Running::close);
    runs.into_iter().map(Running::finish).collect()
}

/// Ends everything that a run has started.
fn kill(mut run: Running) {
    killpg(Pid::from_raw(run.pid()), Signal::SIGKILL).unwrap();
    run.child.wait().unwrap();
}

/// Does it with each script in both of its languages.
fn each(check: impl Fn(&Script)) {
    for port in &PORTS {
        for tool in Tool::BOTH {
            let script = Script::new(port, tool);
            check(&script);
            until("no holder left", || holders().is_empty());
        }
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_script_does_the_same_when_it_is_alone() {
    each(|script| {
        Finished::of(script.command()).exits(0).is_silent();
        assert_eq!(script.log(), script.port.logs);
        script.assert_no_overlap();
    });
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_second_run_ends_or_waits_as_it_did() {
    each(|script| {
        let first = script.inside();
        match script.port.busy {
            Busy::Ends(flock, semlock) => {
                let mut second = script.command();
                second.env("PATIENCE", "0.1");
                let status = if script.tool == Tool::Flock { flock } else { semlock };
                Finished::of(second).exits(status).prints("");
                assert_eq!(script.log().len(), 1);
                assert_eq!(first.finish(), 0);
                Finished::of(script.command()).exits(0);
            }
            Busy::Waits => {
                let second = Running::start(script.command());
                script.until_waiting(1);
                assert_eq!(script.log().len(), 1);
                assert_eq!(finish(vec![first, second]), [0, 0]);
                assert_eq!(script.log().len(), 2 * script.port.logs.len());
            }
        }
        script.assert_no_overlap();
    });
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_run_that_is_killed_with_what_it_runs_leaves_no_lock() {
    each(|script| {
        kill(script.inside());
        fs::remove_dir(script.both.path("inside")).unwrap();
        // A holder ends a moment after the process that it follows.
        until("no holder left", || holders().is_empty());
        Finished::of(script.command()).exits(0).is_silent();
        script.assert_no_overlap();
    });
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn runs_at_once_never_overlap() {
    each(|script| {
        let queue: Vec<_> = (0..12).map(|line| format!("{line}\n")).collect();
        fs::write(script.both.path("queue"), queue.concat()).unwrap();
        let runs = (0..6).map(|_| Running::start(script.command())).collect();
        assert!(finish(runs).contains(&0));
        script.assert_no_overlap();
        if script.port.name == "queue-worker" {
            let done = fs::read_to_string(script.both.path("done")).unwrap();
            let mut done: Vec<_> = done.split_inclusive('\n').collect();
            done.sort_by_key(|line| line.trim().parse::<u32>().unwrap());
            assert_eq!(done, queue, "each line once");
        }
    });
}

#[test]
fn readers_are_in_together_and_a_writer_alone() {
    let port = PORTS.iter().find(|port| port.name == "readers-and-writer").unwrap();
    for tool in Tool::BOTH {
        let script = Script::new(port, tool);
        let reader = || Running::start(script.asked("show"));
        let readers = vec![reader(), reader()];
        until("both are in", || script.log() == ["look page", "look page"]);
        let writer = Running::start(script.command());
        script.until_waiting(1);
        assert_eq!(finish(readers), [0, 0]);
        until("the writer is in", || script.log().len() == 3);
        let reader = reader();
        script.until_waiting(1);
        assert_eq!(finish(vec![writer, reader]), [0, 0]);
        assert_eq!(script.log()[2..], ["page", "look page"]);
        script.assert_no_overlap();
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_template_that_ends_or_is_refused_leaves_nothing() {
    let port = PORTS.iter().find(|port| port.name == "template").unwrap();
    for tool in Tool::BOTH {
        let script = Script::new(port, tool);
        let first = script.inside();
        Finished::of(script.command()).exits(4);
        // The trap of the second run has not let a third one in.
        Finished::of(script.command()).exits(4);
        assert_eq!(first.finish(), 0);
        let left = fs::read_dir(&script.both.sandbox.directory).unwrap().flatten();
        let names: Vec<_> = left.map(|entry| entry.file_name().into_string().unwrap()).collect();
        assert!(!names.iter().any(|name| name.starts_with("scratch")), "{names:?}");
        assert!(script.both.has("result"));
    }
}

#[test]
fn runs_that_nothing_keeps_apart_are_seen() {
    let port = &PORTS[0];
    let script = Script::of(port, Tool::Flock, "#!/bin/sh\n./work purge 2>/dev/null\n");
    let first = script.inside();
    let second = script.inside();
    assert_eq!(fs::read_to_string(script.both.path("overlaps")).unwrap(), "overlap\n");
    kill(first);
    kill(second);
}

#[test]
fn the_table_has_what_the_scripts_were_ported_by_and_the_rest_of_them_is_the_same() {
    let others = |text: &str, words: &[&str]| {
        let is_other = |line: &&str| !words.iter().any(|word| line.contains(word));
        text.lines().filter(is_other).map(str::to_owned).collect::<Vec<_>>()
    };
    for port in &PORTS {
        let missing = |row: &&&str| !FROM_FLOCK.iter().any(|known| known.flock == **row);
        assert_eq!(port.rows.iter().find(missing), None, "{}", port.name);
        let [flock, semlock] = port.texts;
        assert_eq!(others(flock, &["flock", "9>"]), others(semlock, &["semlock"]));
    }
}

#[test]
fn a_script_in_which_only_the_name_is_changed_runs_nothing_and_says_what_to_write() {
    for port in PORTS.iter().filter(|port| !port.rows.contains(&DESCRIPTOR)) {
        let text = port.texts[0].replace("flock ", "semlock lock ");
        let script = Script::of(port, Tool::Semlock, &text);
        let refused = Finished::of(script.command());
        refused.exits(if port.name == "makefile" { 2 } else { 64 });
        refused.complains(" -- ").complains("fix: ");
        assert!(script.log().is_empty(), "{refused}");
    }
}
