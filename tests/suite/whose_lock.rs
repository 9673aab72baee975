//! Whose lock it is: `unlock` takes only what is kept for its own shell or
//! script, and no claim makes a wait look vain.

use std::fs;
use std::process::Command;

use crate::common::{Finished, Running, Sandbox, assert_free, holders, until, until_waiting};
use semlock::session::{Block, slot_of};

/// A script whose last command is a process of its own, and whose status is 0.
fn script(sandbox: &Sandbox, text: &str) -> Command {
    sandbox.shell(&format!("{text}\n:"))
}

/// A shell that has locked "a" and does what it is told.
fn owner(sandbox: &Sandbox) -> Running {
    let text = "semlock lock -n a || exit; echo held; while read -r line; do eval \"$line\"; done";
    let mut owner = Running::start(script(sandbox, text));
    assert_eq!(owner.line(), "held");
    owner
}

fn is_locked(block: Block) -> bool {
    block.set().value(block.writer(slot_of(b"a", 32).unwrap()).into()).unwrap() > 0
}

#[test]
fn another_shell_does_not_unlock_and_is_told_who_has_the_lock_and_for_whom() {
    let (sandbox, block) = Sandbox::with_block(32);
    let owner = owner(&sandbox);
    let holder = holders()[0];
    for unlock in ["semlock unlock a", "semlock unlock --all"] {
        let refused = Finished::of(script(&sandbox, &format!("{unlock} || exit")));
        refused.exits(75).complains(&format!("process {holder}"));
        refused.complains(&format!("process {}", owner.pid())).complains("--force");
        assert!(is_locked(block), "{refused}");
    }
    Finished::of(script(&sandbox, "semlock unlock --abandoned a || exit")).exits(0);
    assert!(is_locked(block));
    Finished::of(script(&sandbox, "semlock unlock --force a || exit")).exits(0);
    assert_free(block);
    drop(owner);
}

#[test]
fn the_trap_of_a_second_run_leaves_the_lock_of_the_first() {
    let (sandbox, block) = Sandbox::with_block(32);
    let job = "trap 'semlock unlock a' EXIT; semlock lock -n a || exit 9; echo held; read line";
    let mut first = Running::start(script(&sandbox, job));
    assert_eq!(first.line(), "held");
    Finished::of(script(&sandbox, job)).exits(9).prints("");
    assert!(is_locked(block));
    assert_eq!(holders().len(), 1);
    // The first run's own trap does release it.
    first.finish();
    assert_free(block);
}

#[test]
fn a_script_that_the_owner_runs_does_not_unlock_for_it() {
    let (sandbox, block) = Sandbox::with_block(32);
    fs::write(sandbox.directory.join("child"), "trap 'semlock unlock a' EXIT\n:\n").unwrap();
    let mut owner = owner(&sandbox);
    for child in
        ["sh ./child", "sh -c 'semlock unlock a; exit $?'", "( sh ./child )", "bash ./child"]
    {
        owner.ask(&format!("{child} 2>/dev/null; echo done"));
        assert!(is_locked(block), "unlocked by {child}");
    }
    assert_eq!(owner.ask("sh -c 'semlock unlock a; exit $?' 2>/dev/null; echo $?"), "75");
    assert_eq!(owner.ask("semlock unlock a; echo $?"), "0");
    assert_free(block);
}

#[test]
fn the_owner_its_subshells_and_wrappers_in_between_unlock() {
    let (sandbox, block) = Sandbox::with_block(32);
    let mut owner = owner(&sandbox);
    for unlock in [
        "semlock unlock a",
        "( semlock unlock a )",
        "( ( semlock unlock a; exit $? ); exit $? )",
        "x=$(semlock unlock a)",
        "timeout 10 semlock unlock a",
        "env semlock unlock a",
        "( timeout 10 env nice semlock unlock a; exit $? )",
    ] {
        assert_eq!(owner.ask(&format!("{unlock}; echo $?")), "0", "{unlock}");
        assert_free(block);
        assert_eq!(owner.ask("semlock lock -n a; echo $?"), "0");
    }
    assert_eq!(owner.ask("semlock unlock a; echo $?"), "0");
}

/// A shell in a pid namespace of its own, with the IPC namespace of this thread;
/// it has locked "a" for its first process.
fn container(sandbox: &Sandbox) -> Running {
    let mut container = Command::new("unshare");
    container.args(["--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c"]);
    container.arg("\"$0\" lock --for 1 a && echo held; read line").arg(sandbox.binary());
    container.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
    let mut container = Running::start(container);
    assert_eq!(container.line(), "held");
    container
}

#[test]
fn a_lock_kept_for_the_first_process_of_a_container_is_waited_for_and_not_unlocked() {
    let (sandbox, block) = Sandbox::with_block(32);
    let container = container(&sandbox);
    sandbox.run(["lock", "-w", "0.2", "a", "--", "true"]).exits(75).is_silent();
    let waiter = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block, 1);
    sandbox.run(["unlock", "a"]).exits(75);
    sandbox.run(["unlock", "--abandoned", "a"]).exits(0);
    assert!(is_locked(block));
    container.kill();
    assert_eq!(waiter.finish(), 0);
    until("the lock given back", || !is_locked(block));
}

#[test]
fn a_lock_kept_for_the_first_process_of_a_container_is_released_by_force() {
    let (sandbox, block) = Sandbox::with_block(32);
    let container = container(&sandbox);
    sandbox.run(["unlock", "--force", "a"]).exits(0);
    assert_free(block);
    container.kill();
}

#[test]
fn a_lock_kept_for_the_first_process_of_all_makes_no_wait_of_another_session_vain() {
    let (sandbox, block) = Sandbox::with_block(32);
    let lock = |options: &[&str]| {
        let mut lock = sandbox.program("setsid");
        lock.args(["--wait", sandbox.binary(), "lock"]).args(options).args(["a", "--", "true"]);
        lock
    };
    for options in [&["a"][..], &["-s", "a"], &["--all"]] {
        sandbox.run([&["lock", "--for", "1"], options].concat()).exits(0);
        Finished::of(lock(&["-w", "0.2"])).exits(75).is_silent();
        let waiter = Running::start(lock(&[]));
        until_waiting(block, 1);
        sandbox.run(["unlock", "a"]).exits(75);
        let every = if options == ["--all"] { "--all" } else { "a" };
        sandbox.run(["unlock", "--force", every]).exits(0);
        assert_eq!(waiter.finish(), 0);
        assert_free(block);
    }
}
