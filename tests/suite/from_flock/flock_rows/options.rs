//! Rows about options that both programs have.

use nix::sys::signal::Signal;
use semlock::internal::FromFlock;

use crate::common::both::{BACKGROUND, Both, Tool};
use crate::common::{Finished, Running, until};

/// Runs COMMAND, a line for the shell, with the options and the lock of a tool.
fn lock(both: &Both, tool: Tool, options: &str, command: &str) -> std::process::Command {
    both.shell(&match tool {
        Tool::Flock => format!("flock {options} file sh -c '{command}'"),
        Tool::Semlock => format!("semlock lock {options} session -- sh -c '{command}'"),
    })
}

#[track_caller]
fn holding(both: &Both, tool: Tool, options: &str) -> Running {
    let mut holding = Running::start(lock(both, tool, options, "echo in; read line"));
    assert_eq!(holding.line(), "in");
    holding
}

/// Both must get the lock, or both find it busy.
fn ends(both: &Both, held: &str, cases: &[(&str, bool)]) {
    for tool in Tool::BOTH {
        let holder = holding(both, tool, held);
        for (options, got) in cases {
            let ended = Finished::of(lock(both, tool, options, "true"));
            ended.exits(if *got { 0 } else { tool.busy() }).is_silent();
        }
        holder.finish();
    }
}

pub fn modes_and_nonblock_are_the_same(both: &Both, _: &FromFlock) {
    let with_readers = [
        ("-s -n", true),
        ("--shared --nonblock", true),
        ("-n", false),
        ("-x -n", false),
        ("-e --nb", false),
        ("--exclusive --nonblocking", false),
        ("-n -w 60", false),
        ("-w 60 -n -n", false),
        ("-x -s -n", true),
        ("-s -x -n", false),
    ];
    ends(both, "-s", &with_readers);
    ends(both, "-x", &[("-s -n", false), ("-x -s --nonblock", false)]);
    for tool in Tool::BOTH {
        let holder = holding(both, tool, "");
        for option in ["-E", "--conflict-exit-code"] {
            Finished::of(lock(both, tool, &format!("-n {option} 7"), "true")).exits(7);
        }
        holder.finish();
    }
}

pub fn a_wait_is_the_same_and_takes_units(both: &Both, _: &FromFlock) {
    let waits = [("-w 0", false), ("-w 0.05", false), ("-w 60 -w .05", false)];
    ends(both, "", &waits);
    ends(both, "", &[("--wait 0.05", false), ("--timeout 0.05", false)]);
    ends(both, "-s", &[("-s -w 60", true)]);
    let holder = holding(both, Tool::Semlock, "");
    for wait in ["50ms", "0s", "0.05s"] {
        Finished::of(lock(both, Tool::Flock, &format!("-w {wait}"), "true")).exits(64);
        let ours = lock(both, Tool::Semlock, &format!("-w {wait}"), "true");
        Finished::of(ours).exits(75).is_silent();
    }
    holder.finish();
    for wait in ["2m", "1h30m"] {
        let ours = lock(both, Tool::Semlock, &format!("-w {wait}"), "true");
        Finished::of(ours).exits(0).is_silent();
    }
}

pub fn close_does_nothing(both: &Both, _: &FromFlock) {
    for (tool, option) in
        Tool::BOTH.into_iter().flat_map(|tool| ["-o", "--close"].map(|option| (tool, option)))
    {
        let pid = Finished::of(lock(both, tool, option, BACKGROUND)).exits(0).stdout();
        assert!(!both.is_locked(tool), "{tool:?} {option}");
        both.run(&format!("kill {pid}")).exits(0);
    }
}

pub fn no_fork_does_nothing(both: &Both, _: &FromFlock) {
    for option in ["", "-F", "--no-fork"] {
        for tool in Tool::BOTH {
            // In the shell's own place, so that its pid is flock's or semlock's.
            let mut locked = match tool {
                Tool::Flock => both.sandbox.program("flock"),
                Tool::Semlock => both.sandbox.program("semlock"),
            };
            if tool == Tool::Semlock {
                locked.arg("lock");
            }
            if !option.is_empty() {
                locked.arg(option);
            }
            locked.args(if tool == Tool::Flock { &["file"][..] } else { &["session", "--"] });
            let mut locked = Running::start({
                locked.arg("cat");
                locked
            });
            assert_eq!(locked.ask("held"), "held");
            locked.signal(Signal::SIGKILL);
            if tool == Tool::Flock && option.is_empty() {
                assert_eq!(locked.ask("on"), "on", "the command goes on");
                assert!(both.is_locked(tool));
                assert_eq!(locked.finish(), 128 + 9);
            } else {
                until("the lock is free while the input is open", || !both.is_locked(tool));
            }
            both.until_free(tool);
        }
    }
}

pub fn verbose_says_who_has_the_lock_and_for_whom(both: &Both, _: &FromFlock) {
    let theirs = Finished::of(lock(both, Tool::Flock, "--verbose", "true"));
    theirs.exits(0).contains("getting lock took").contains("executing sh");
    let script = both.run("semlock lock --verbose session; echo $$");
    let pid = script.exits(0).stdout();
    script.complains(&format!("process {}", pid.trim()));
    both.until_free(Tool::Semlock);
    let holder = both.sandbox.hold(&["session"]);
    for options in ["-n", "-w 0.05"] {
        let busy = Finished::of(lock(both, Tool::Semlock, &format!("--verbose {options}"), "true"));
        busy.exits(75).complains(&format!("process {} (cat)", holder.pid()));
    }
    holder.finish();
}
