//! A wait that could only be for itself is refused soon, whatever lies between the
//! process that has the lock and the one that would wait for it.

use std::process::{Command, Stdio};

use crate::common::soon::refuses_soon;
use crate::common::{Finished, Running, Sandbox, assert_free, holders, until};

const MODES: [(&str, &str); 3] = [("-x", "-x"), ("-x", "-s"), ("-s", "-x")];

/// `lock OUTER a -- sh -c` with `between`, in which LOCK is a lock of the same session,
/// which gives up some time if nobody refuses it.
fn nested(sandbox: &Sandbox, outer: &str, inner: &str, between: &str) -> Command {
    let lock = format!("{} lock {inner} -w 20 a -- true", sandbox.binary());
    let between = between.replace("LOCK", &lock);
    sandbox.semlock(["lock", outer, "a", "--", "sh", "-c", &between])
}

#[test]
fn through_three_processes_in_between() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (outer, inner) in MODES {
        let between = "timeout 60 sh -c 'timeout 60 LOCK; exit $?'; exit $?";
        refuses_soon(|| nested(&sandbox, outer, inner, between));
        assert_free(block);
    }
}

#[test]
fn through_programs_that_become_the_next() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (outer, inner) in MODES {
        let between = "timeout 60 nice env sh -c 'nohup setsid --wait LOCK; exit $?'; exit $?";
        refuses_soon(|| nested(&sandbox, outer, inner, between));
        assert_free(block);
    }
}

#[test]
fn through_subshells() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (outer, inner) in MODES {
        for between in [
            "( LOCK; exit $? ); exit $?",
            "( ( LOCK; exit $? ); exit $? ); exit $?",
            "said=$(LOCK; exit $?); exit $?",
            "echo word | { LOCK; exit $?; }; exit $?",
            "LOCK & wait $!; exit $?",
        ] {
            refuses_soon(|| nested(&sandbox, outer, inner, between));
            assert_free(block);
        }
    }
}

#[test]
fn through_subshells_of_the_shell_that_the_lock_is_kept_for() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (outer, inner) in MODES {
        for between in [
            "( $0 lock INNER -w 20 a -- true; exit $? ); exit $?",
            "said=$($0 lock INNER -w 20 a; exit $?); exit $?",
            "timeout 60 sh -c 'timeout 60 $0 lock INNER -w 20 a -- true; exit $?' $0; exit $?",
        ] {
            let script =
                format!("$0 lock {outer} a || exit 9; {}", between.replace("INNER", inner));
            let shell = || {
                let mut shell = Command::new("sh");
                shell.args(["-c", &script, sandbox.binary()]).stdin(Stdio::null());
                shell.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
                shell
            };
            refuses_soon(|| {
                until("no holder left", || holders().is_empty());
                shell()
            });
            until("no holder left", || holders().is_empty());
            // A process gives its locks back after what it is called can no longer be read.
            let free = || block.set().values().unwrap().iter().all(|&value| value == 0);
            until("every lock is back", free);
        }
    }
}

/// In a container, that is often a shell script. All others end with it.
#[test]
fn of_a_lock_that_is_kept_for_the_first_process() {
    let (sandbox, block) = Sandbox::with_block(32);
    let script = "$0 lock --for $$ a || exit 9; $0 lock -w 20 a -- true; exit $?";
    refuses_soon(|| {
        let free = || block.set().values().unwrap().iter().all(|&value| value == 0);
        until("every lock is back", free);
        let mut first = Command::new("unshare");
        first.args(["--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"]);
        first.args(["sh", "-c", script, sandbox.binary()]).stdin(Stdio::null());
        first.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
        first
    });
}

#[test]
fn through_programs_that_clear_the_environment() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (outer, inner) in MODES {
        refuses_soon(|| nested(&sandbox, outer, inner, "env -i LOCK; exit $?"));
        assert_free(block);
    }
}

#[test]
fn a_wait_for_another_process_is_not_refused_soon_or_later() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (outer, inner) in MODES {
        let holder = sandbox.hold(&[outer, "a"]);
        let lock = format!("{} lock {inner} a -- true", sandbox.binary());
        let between = format!("timeout 60 sh -c 'timeout 60 {lock}; exit $?'; exit $?");
        // It has a lock of its own, on another session.
        let waiter = Running::start(sandbox.semlock(["lock", "b", "--", "sh", "-c", &between]));
        let limited = between.replace(" lock ", " lock -w 0.5 ");
        let other = sandbox.semlock(["lock", "c", "--", "sh", "-c", &limited]);
        Finished::of(other).exits(75).is_silent();
        crate::common::until_waiting(block, 1);
        assert_eq!(holder.finish(), 0);
        assert_eq!(waiter.finish(), 0);
        assert_free(block);
    }
}
