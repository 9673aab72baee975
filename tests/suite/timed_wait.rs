//! Systems that have semop(2) and not semtimedop(2), by a real system call filter.

use std::process::Command;

use crate::common::filter::{errno, filtered};
use crate::common::{Finished, Running, Sandbox, until_waiting};
use nix::errno::Errno;
use seccompiler::SeccompAction;
use serde_json::Value;

/// Every way to be without it, and the errno of the answer.
fn ways() -> [(SeccompAction, &'static str); 4] {
    [
        (errno(Errno::ENOSYS), "ENOSYS"),
        (errno(Errno::EPERM), "EPERM"),
        (SeccompAction::Trap, "ENOSYS"),
        (SeccompAction::KillProcess, "ENOSYS"),
    ]
}

fn without<T: Send>(action: SeccompAction, something: impl FnOnce() -> T + Send) -> T {
    filtered(&[libc::SYS_semtimedop], action, something)
}

#[test]
fn all_but_a_limited_wait_works() {
    for (action, _) in ways() {
        let (sandbox, block) = Sandbox::with_block(8);
        without(action, || {
            sandbox.run(["lock", "a", "--", "true"]).exits(0).is_silent();
            sandbox.run(["lock", "-n", "a", "--", "true"]).exits(0).is_silent();
            sandbox.run(["lock", "--drain", "a", "--", "true"]).exits(0).is_silent();
            let kept =
                "\"$0\" lock a && \"$0\" status && \"$0\" lock -n a; echo $?; \"$0\" unlock a";
            let mut shell = Command::new("sh");
            shell.args(["-c", kept, sandbox.binary()]);
            Finished::of(shell).exits(0).contains(" write ").contains("\n75\n");
            sandbox.run(["lock", "--persist", "a"]).exits(0);
            sandbox.run(["unlock", "a"]).exits(0);
            let holder = sandbox.hold(&["a"]);
            let waiting = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
            until_waiting(block, 1);
            assert_eq!(holder.finish(), 0);
            assert_eq!(waiting.finish(), 0);
            sandbox.run(["status", "--all"]).exits(0);
            sandbox.run(["remove"]).exits(0);
        });
    }
}

#[test]
fn a_limited_wait_is_69_with_what_to_use_instead() {
    for (action, said) in ways() {
        let (sandbox, block) = Sandbox::with_block(8);
        let _holder = sandbox.hold(&["a"]);
        let wait = ["lock", "-w", "1", "a", "--", "true"];
        let failed = without(action.clone(), || sandbox.run(wait));
        failed
            .exits(69)
            .complains(&format!("({said})\n  cause: this system has semop but not semtimedop"))
            .complains("  evidence: this process is under a seccomp filter")
            .complains("  fix: wait without a time limit (lock without -w), or do not wait (-n)\n")
            .complains("  fix: allow semtimedop in the filter, as it allows semop\n");
        let json = [&["lock", "-w", "1", "--format", "json"], &wait[3..]].concat();
        let failed = without(action.clone(), || sandbox.run(json));
        let object: Value = serde_json::from_str(&failed.exits(69).stderr()).unwrap();
        assert_eq!((&object["reason"], &object["errno"]), (&"no-timed-wait".into(), &said.into()));
        let kept = format!("{} lock -w 1 a", sandbox.binary());
        let failed = without(action, || {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{kept}; exit $?")]);
            Finished::of(shell)
        });
        failed.exits(69).complains("a wait cannot have a time limit");
        until_waiting(block, 0);
    }
}

#[test]
fn the_probe_says_that_only_a_timed_wait_is_missing() {
    for (action, _) in ways() {
        let sandbox = Sandbox::new();
        without(action, || {
            let report = sandbox.run(["probe-max", "--format", "json"]).exits(0).json();
            assert_eq!(
                (&report["available"], &report["timed_wait"]),
                (&true.into(), &false.into())
            );
            assert_eq!((&report["undo"], &report["zeroed"]), (&true.into(), &true.into()));
            sandbox.run(["probe-max", "--require", "undo"]).exits(0);
            let required = sandbox.run(["probe-max", "--require", "timed-wait"]);
            required.exits(1).complains("a timed wait does not work here");
        });
    }
}
