//! Waits with a limit on systems that have semop(2) and not semtimedop(2), by a real system
//! call filter.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::filter::{errno, filtered, without_threads};
use crate::common::{Finished, Running, Sandbox, until_waiting};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use seccompiler::SeccompAction;
use serde_json::Value;

/// Every way to be without it.
fn ways() -> [SeccompAction; 4] {
    [errno(Errno::ENOSYS), errno(Errno::EPERM), SeccompAction::Trap, SeccompAction::KillProcess]
}

fn without<T: Send>(action: SeccompAction, something: impl FnOnce() -> T + Send) -> T {
    filtered(&[libc::SYS_semtimedop], action, something)
}

/// The same, where no process can start a thread either.
fn alone<T: Send>(something: impl FnOnce() -> T + Send) -> T {
    without(errno(Errno::ENOSYS), || without_threads(something))
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn everything_works() {
    for action in ways() {
        let (sandbox, block) = Sandbox::with_block(8);
        without(action, || {
            for wait in [&[][..], &["-n"], &["-w", "60"], &["--drain", "-w", "60"]] {
                sandbox.run([&["lock"], wait, &["a", "--", "true"]].concat()).exits(0).is_silent();
            }
            let kept =
                "\"$0\" lock -w 9 a && \"$0\" status && \"$0\" lock -n a; echo $?; \"$0\" unlock a";
            let mut shell = Command::new("sh");
            shell.args(["-c", kept, sandbox.binary()]);
            Finished::of(shell).exits(0).contains(" write ").contains("\n75\n");
            sandbox.run(["lock", "--persist", "a"]).exits(0);
            sandbox.run(["unlock", "a"]).exits(0);
            for wait in [&[][..], &["-w", "60"]] {
                let holder = sandbox.hold(&["a"]);
                let lock = [&["lock"], wait, &["a", "--", "true"]].concat();
                let waiting = Running::start(sandbox.semlock(lock));
                until_waiting(block, 1);
                assert_eq!(holder.finish(), 0);
                assert_eq!(waiting.finish(), 0);
            }
            sandbox.run(["status", "--all"]).exits(0);
            let probe = sandbox.run(["probe-max", "--format", "json"]).exits(0).json();
            assert_eq!(probe["timed_wait"], true);
            sandbox.run(["remove"]).exits(0);
        });
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_wait_ends_when_its_time_is_up() {
    for action in ways() {
        let (sandbox, block) = Sandbox::with_block(8);
        let _holder = sandbox.hold(&["-s", "a"]);
        without(action, || {
            for wait in [&["-w", "0.1"][..], &["--drain", "-w", "0.1"]] {
                for how in [&["a", "--", "true"][..], &["a"]] {
                    let begin = Instant::now();
                    sandbox.run([&["lock"], wait, how].concat()).exits(75).is_silent();
                    assert!(begin.elapsed() >= Duration::from_millis(100));
                    until_waiting(block, 0);
                }
            }
        });
    }
}

#[test]
fn a_wait_that_can_never_end_is_refused_before_its_time_is_up() {
    let (sandbox, _block) = Sandbox::with_block(8);
    without(errno(Errno::ENOSYS), || {
        let nested = ["lock", "a", "--", sandbox.binary(), "lock", "-w", "600", "a", "--", "true"];
        sandbox.run(nested).exits(75).complains("has a write lock on session \"a\"");
    });
}

#[test]
fn signals_that_interrupt_a_wait_do_not_change_its_limit() {
    let (sandbox, block) = Sandbox::with_block(8);
    let _holder = sandbox.hold(&["a"]);
    let begin = Instant::now();
    without(errno(Errno::ENOSYS), || {
        let mut waiting = Running::start(sandbox.semlock(["lock", "-w", "1", "a", "--", "true"]));
        until_waiting(block, 1);
        // Linux interrupts the call for it, although it has no other effect.
        while waiting.child.try_wait().unwrap().is_none() {
            waiting.signal(Signal::SIGCONT);
        }
        assert_eq!(waiting.finish(), 75);
    });
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

/// What a command says that has waited for its lock.
fn said_after_a_wait(caller: &str, command: &str) -> String {
    let (sandbox, block) = Sandbox::with_block(8);
    let holder = sandbox.hold(&["a"]);
    let mut shell = sandbox.shell(&format!("{caller} \"$0\" lock -w 60 a -- {command}"));
    shell.arg(sandbox.binary());
    let waiting = Running::start(shell);
    until_waiting(block, 1);
    assert_eq!(holder.finish(), 0);
    waiting.hear_the_rest()
}

/// What the same command says if its caller runs it itself.
fn said_without_semlock(caller: &str, command: &str) -> String {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{caller} {command}")]);
    Finished::of(shell).exits(0).stdout()
}

#[test]
fn a_command_gets_the_signals_and_timers_of_its_caller() {
    // Signals 33 to 36 are left out. The C library catches signal 33 once there is a thread,
    // so COMMAND finds its default action, even if the caller ignored it.
    let masks = r"sed -nE 's/^(Sig[PBIC]..|ShdPnd):\t(.{7})./\1 \2-/p' /proc/self/status";
    let ticking = "perl -MTime::HiRes=setitimer,ITIMER_REAL -e '$SIG{ALRM} = \"IGNORE\"; setitimer ITIMER_REAL, 0.002, 0.003; exec @ARGV'";
    let timer =
        "perl -MTime::HiRes=getitimer,ITIMER_REAL -e 'printf \"%.3f\", (getitimer ITIMER_REAL)[1]'";
    for (caller, command) in [
        ("env", masks),
        ("env --block-signal=URG", masks),
        ("env --ignore-signal=URG", masks),
        ("env --block-signal=URG --ignore-signal=URG", masks),
        (ticking, timer),
    ] {
        let expected = said_without_semlock(caller, command);
        let native = said_after_a_wait(caller, command);
        assert_eq!(native, expected, "{caller}");
        let emulated = without(errno(Errno::ENOSYS), || said_after_a_wait(caller, command));
        assert_eq!(emulated, expected, "{caller}");
    }
    assert_eq!(said_without_semlock(ticking, timer), "0.003");
}

#[test]
fn the_alarm_of_the_caller_still_ends_a_wait() {
    let (sandbox, _block) = Sandbox::with_block(8);
    let _holder = sandbox.hold(&["a"]);
    let lock = "perl -e 'alarm 1; exec @ARGV' \"$0\" lock -w 60 a -- true";
    without(errno(Errno::ENOSYS), || {
        let mut shell = sandbox.shell(lock);
        shell.arg(sandbox.binary());
        Finished::of(shell).exits(128 + Signal::SIGALRM as i32);
    });
}

#[test]
fn the_thread_that_limits_a_wait_has_ended_before_the_command_runs() {
    let (sandbox, block) = Sandbox::with_block(8);
    let holder = sandbox.hold(&["a"]);
    let log = sandbox.directory.join("log");
    let waiting = without(errno(Errno::ENOSYS), || {
        let mut lock = sandbox.program("strace");
        lock.args(["-f", "-e", "trace=execve,exit", "-o"]).arg(&log);
        lock.args([sandbox.binary(), "lock", "-w", "60", "a", "--", "true"]);
        Running::start(lock)
    });
    until_waiting(block, 1);
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiting.finish(), 0);
    let traced = fs::read_to_string(log).unwrap();
    let end = traced.find(" exit(0)").expect("the thread ends by itself");
    assert!(end < traced.rfind("execve(").unwrap(), "{traced}");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs system call filters")]
fn where_no_thread_can_be_started_a_limited_wait_is_69_with_what_to_use_instead() {
    let (sandbox, block) = Sandbox::with_block(8);
    let holder = sandbox.hold(&["a"]);
    let wait = ["lock", "-w", "1", "a", "--", "true"];
    let failed = alone(|| sandbox.run(wait));
    failed
        .exits(69)
        .complains("semlock: cannot lock session \"a\": Try again (EAGAIN)\n")
        .complains("  cause: this system has semop but not semtimedop, so a wait with a time limit needs a thread")
        .complains("  evidence: this process is under a seccomp filter")
        .complains("  fix: wait without a time limit (lock without -w), or do not wait (-n)\n")
        .complains("  fix: allow semtimedop in the filter, as it allows semop\n");
    let json = [&["lock", "-w", "1", "--format", "json"], &wait[3..]].concat();
    let failed = alone(|| sandbox.run(json)).exits(69).stderr();
    let object: Value = serde_json::from_str(&failed).unwrap();
    assert_eq!((&object["reason"], &object["errno"]), (&"no-timed-wait".into(), &"EAGAIN".into()));
    let failed = alone(|| sandbox.run(["lock", "-w", "1", "a"]));
    failed.exits(69).complains("a wait with a time limit needs a thread");
    until_waiting(block, 0);
    alone(|| {
        let required = sandbox.run(["probe-max", "--require", "timed-wait"]);
        required.exits(1).complains("a timed wait does not work here");
        sandbox.run(["lock", "-n", "a", "--", "true"]).exits(75);
        let waiting = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
        until_waiting(block, 1);
        assert_eq!(holder.finish(), 0);
        assert_eq!(waiting.finish(), 0);
        sandbox.run(wait).exits(0);
    });
}
