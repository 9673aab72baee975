//! Rows about exit statuses, and about what a lock's name is.

use std::process::Command;

use semlock::internal::FromFlock;
use semlock::session::{Block, slot_of};
use semlock::sysv::Key;

use crate::common::both::{Both, Tool, filled};
use crate::common::{Finished, Running, until_waiting};

pub fn busy_is_75(both: &Both, _: &FromFlock) {
    for tool in Tool::BOTH {
        let (held, asked) = match tool {
            Tool::Flock => ("flock file sh -c", "flock -n OPTIONS file true"),
            Tool::Semlock => {
                ("semlock lock session -- sh -c", "semlock lock -n OPTIONS session -- true")
            }
        };
        let holder = both.start(&format!("{held} 'echo in; read line'"));
        both.run(&asked.replace("OPTIONS", "")).exits(tool.busy()).is_silent();
        both.run(&asked.replace("OPTIONS", "-E 1")).exits(1).is_silent();
        holder.finish();
    }
}

pub fn what_cannot_be_run_ends_as_in_a_shell(both: &Both, _: &FromFlock) {
    both.run("flock file ./missing").exits(69);
    both.run("flock file ./").exits(69);
    both.run("semlock lock session -- ./missing").exits(127);
    both.run("semlock lock session -- ./").exits(126);
    let holder = both.sandbox.hold(&["session"]);
    let waiter = Running::start(both.shell("semlock lock session -- true 2>/dev/null"));
    until_waiting(both.block, 1);
    both.run("semlock remove --force").exits(0);
    assert_eq!(waiter.finish(), 69);
    holder.finish();
}

pub fn what_cannot_be_locked_has_statuses_of_its_own(both: &Both, _: &FromFlock) {
    both.run("flock missing/file true").exits(66);
    both.run("flock 77").exits(65);
    both.run("semlock lock --key 5 session -- true").exits(66);
    both.run("semlock lock --key 5 --create session -- true").exits(0);
    both.run("semlock lock '' -- true").exits(65);
    Block::create(Key::new(6), 32, 0).unwrap();
    // What root may do in spite of the mode.
    let without = "setpriv --bounding-set=-ipc_owner --inh-caps=-ipc_owner";
    both.run(&format!("{without} semlock lock --key 6 session -- true")).exits(77);
}

pub fn a_session_id_is_no_path(both: &Both, row: &FromFlock) {
    let name = [("/run/lock/NAME", "./new"), ("NAME", "./other"), ("COMMAND", "true")];
    for (line, created) in [(row.flock, "new"), (row.semlock, "other")] {
        both.run(&filled(line, &name)).exits(0).is_silent();
        assert_eq!(both.has(created), line == row.flock, "{line}");
    }
    both.run("flock . true && semlock lock . -- true").exits(0).is_silent();
    both.run("flock missing/file true").exits(66);
    both.run("semlock lock missing/file -- true").exits(0).is_silent();
    assert_ne!(slot_of(b"session", 32), slot_of(b"./session", 32));
    let holder = both.start("flock file semlock lock session -- sh -c 'echo in; read line'");
    assert!(both.is_busy(Tool::Flock, "./file", &[]));
    assert!(!both.is_busy(Tool::Semlock, "./session", &[]));
    holder.finish();
}

pub fn a_lock_ends_at_the_ipc_namespace(both: &Both, row: &FromFlock) {
    let holder = both.start("flock file semlock lock session -- sh -c 'echo in; read line'");
    let elsewhere = |line: &str| {
        let mut shell: Command = both.sandbox.program("unshare");
        shell.args(["--ipc", "sh", "-c", &format!("{line}; exit $?")]);
        Finished::of(shell)
    };
    elsewhere("flock -n file true").exits(1);
    elsewhere("semlock create >/dev/null 2>&1 && semlock lock -n session -- true").exits(0);
    let pid = holder.pid().to_string();
    let line = [("PID lock", "PID lock -n"), ("PID", &pid), ("COMMAND", "true")];
    elsewhere(&filled(row.semlock, &line)).exits(75);
    holder.finish();
}
