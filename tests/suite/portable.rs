//! What semlock says and does on a system of which no more is known than POSIX says: it
//! lists neither processes nor sets, and takes five operations in a call.
//!
//! Linux plays this system in a build with `--cfg semlock_portable`: tests/systems/portable.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::remedy::fixes;
use crate::common::{
    Finished, Running, Sandbox, abandon, assert_free, holders, until, until_waiting,
};
use nix::sys::signal::Signal;
use semlock::session::{Block, slot_of};
use semlock::sysv::{Key, Set};

const NO_PROCESSES: &str = "this system does not show its processes";

fn raised(block: Block) -> u16 {
    block.set().values().unwrap().iter().sum()
}

/// A process that a lock can be kept for.
fn owner(sandbox: &Sandbox) -> Running {
    Running::start(sandbox.program("cat"))
}

#[test]
fn sets_that_cannot_be_listed_are_an_error_and_no_empty_list() {
    let (sandbox, block) = Sandbox::with_block(32);
    for arguments in [
        "status --all",
        "status --all --check",
        "status --all --watch",
        "status --all --format json",
        "status --orphaned",
        "remove --orphaned",
        "remove --orphaned --yes",
        "remove --all --dry-run",
        "remove --owner root --idle 0s --yes",
    ] {
        sandbox
            .run(arguments.split(' '))
            .exits(71)
            .prints("")
            .complains("cannot list the sets of this system: it does not list them")
            .complains("name one set, by --key or --id");
    }
    assert!(block.set().info().is_ok(), "it was removed");
}

#[test]
fn lock_without_command_says_that_no_caller_is_seen_and_what_works() {
    let (sandbox, block) = Sandbox::with_block(32);
    let refused = sandbox.run(["lock", "a"]);
    refused.exits(64).complains("for the calling process").complains(NO_PROCESSES);
    let [for_shell, command] = &fixes(&refused)[..] else { panic!("{refused}") };
    assert!(command.contains(" -- COMMAND"), "{refused}");
    assert_free(block);
    let (for_shell, _) = for_shell.split_once("  #").unwrap();
    let mut script = Running::start(sandbox.shell(&format!("{for_shell} && echo held; read line")));
    assert_eq!(script.line(), "held");
    assert_eq!(raised(block), 1);
    sandbox.run(["lock", "-n", "a", "--", "true"]).exits(75);
    script.finish();
    until("the lock released", || raised(block) == 0);
}

#[test]
fn a_lock_is_kept_for_a_pid_until_that_process_ends_however_it_ends() {
    let (sandbox, block) = Sandbox::with_block(32);
    for mode in ["-s", "-x"].repeat(10) {
        let owner = owner(&sandbox);
        sandbox.run(["lock", mode, "--for", &owner.pid().to_string(), "a"]).exits(0).is_silent();
        assert_eq!(raised(block), 1);
        owner.kill();
        until("the lock released", || raised(block) == 0);
    }
    let ended = owner(&sandbox);
    let pid = ended.pid().to_string();
    ended.kill();
    sandbox.run(["lock", "--for", &pid, "a"]).exits(64).complains("there is no such process");
}

#[test]
fn a_holder_keeps_nothing_that_it_inherited() {
    let (sandbox, block) = Sandbox::with_block(32);
    let owner = owner(&sandbox);
    let lock = format!("x=$(semlock lock --for {} a 9>&1 2>&9); echo \"got:$x\"", owner.pid());
    assert_eq!(Running::start(sandbox.shell(&lock)).line(), "got:");
    assert_eq!(raised(block), 1);
}

#[test]
fn a_holder_that_waits_ends_with_the_semlock_that_started_it() {
    let (sandbox, block) = Sandbox::with_block(32);
    let (first, owner) = (sandbox.hold(&["a"]), owner(&sandbox));
    let waiting = sandbox.semlock(["lock", "--for", &owner.pid().to_string(), "a"]);
    let waiting = Running::start(waiting);
    until_waiting(block, 1);
    waiting.kill();
    until_waiting(block, 0);
    until("the holder gone", || holders().is_empty());
    assert_eq!(first.finish(), 0);
    assert_free(block);
}

#[test]
fn unlock_leaves_what_may_be_in_use_and_force_releases_it() {
    let (sandbox, block) = Sandbox::with_block(32);
    let owner = owner(&sandbox);
    for (mode, whose) in [("-x", "has it"), ("-s", "readers have it")] {
        sandbox.run(["lock", mode, "--for", &owner.pid().to_string(), "a"]).exits(0);
        let refused = sandbox.run(["unlock", "a"]);
        refused.exits(75).complains(whose).complains(NO_PROCESSES).complains("hold --for=PID");
        assert_eq!(raised(block), 1);
        let fixes = fixes(&refused);
        assert!(fixes[0].starts_with("semlock unlock --force --id"), "{refused}");
        // What ps shows as a holder.
        let [holder] = holders()[..] else { panic!("one holder") };
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(holder), Signal::SIGTERM).unwrap();
        until("the lock released", || raised(block) == 0);
        sandbox.run(["unlock", "a"]).exits(1).complains("is not locked");

        let held = sandbox.hold(&[mode, "a"]);
        sandbox.run(["unlock", "a"]).exits(75).complains(whose);
        sandbox.run(["unlock", "--force", "a"]).exits(0).complains("continues without a lock");
        assert_free(block);
        held.kill();
    }
}

#[test]
fn unlock_releases_what_no_process_has() {
    let (sandbox, block) = Sandbox::with_block(32);
    for options in [&["a"][..], &["-s", "--slot", "3"], &["--all"]] {
        sandbox.run([&["lock", "--persist"], options].concat()).exits(0);
        assert_ne!(raised(block), 0);
        let which: Vec<_> = options.iter().copied().filter(|option| *option != "-s").collect();
        sandbox.run([&["unlock"], &which[..]].concat()).exits(0);
        assert_free(block);
    }
    abandon(block.writer(slot_of(b"a", 32).unwrap()));
    sandbox.run(["status"]).exits(0).contains("abandoned");
    sandbox.run(["unlock", "--abandoned", "--all"]).exits(0).contains("cleared the write lock");
    assert_free(block);
}

#[test]
fn status_shows_what_the_kernel_says_and_that_the_rest_is_unknown() {
    let (sandbox, block) = Sandbox::with_block(34);
    sandbox.run(["status", "--check"]).exits(0);
    let held = [sandbox.hold(&["--slot", "1"]), sandbox.hold(&["-s", "--slot", "2"])];
    let waiting = Running::start(sandbox.semlock(["lock", "--slot", "2", "--", "true"]));
    until_waiting(block, 1);
    sandbox.run(["status"]).exits(0).contains(NO_PROCESSES);
    let status = sandbox.run(["status", "--format", "json"]).exits(0).json();
    let [written, read] = [&status["slots"][0], &status["slots"][1]];
    assert_eq!(written["state"], "write");
    assert_eq!(written["sempid"], held[0].pid());
    assert!(written["command"].is_null());
    assert_eq!((&read["state"], &read["readers"]), (&"read".into(), &1.into()));
    assert_eq!(read["waiting"], 1);
    assert!(read["holders"].is_null(), "unknown, not none: {status}");
    assert!(status["deadlocks"].is_null(), "unknown, not none: {status}");
    sandbox.run(["status", "--check"]).exits(77).complains(NO_PROCESSES);
    drop((held, waiting));
}

#[test]
fn a_block_is_removed_by_its_locks() {
    let (sandbox, block) = Sandbox::with_block(32);
    for mode in ["-s", "-x"] {
        let held = sandbox.hold(&[mode, "a"]);
        sandbox.run(["remove"]).exits(75).complains("a lock in it is held");
        assert_eq!(held.finish(), 0);
    }
    sandbox.run(["remove"]).exits(0).complains(NO_PROCESSES).contains("removed semid");
    assert!(block.set().info().is_err());
    sandbox.run(["remove"]).exits(66);
}

#[test]
fn a_set_of_another_program_is_kept_as_its_users_are_unknown() {
    let sandbox = Sandbox::new();
    let create = "my $id = semget(7, 1, 01600); semop($id, pack 's!3', 0, 1, 0) or die";
    let mut perl = Command::new("perl");
    perl.args(["-e", create]);
    Finished::of(perl).exits(0);
    let set = Set::open(Key::new(7)).unwrap();
    sandbox.run(["remove", "--key", "7", "--idle", "0s"]).exits(75).complains(NO_PROCESSES);
    assert!(set.info().is_ok());
    sandbox.run(["remove", "--key", "7", "--force"]).exits(0);
    assert!(set.info().is_err());
}

#[test]
fn many_slots_are_locked_in_pieces_all_or_none() {
    let (sandbox, block) = Sandbox::with_block(64);
    for options in [&["--all"][..], &["-s", "--all"], &["--drain", "--all"]] {
        let held = sandbox.hold(options);
        assert_eq!(raised(block), 32);
        assert_eq!(held.finish(), 0);
        assert_free(block);
    }
    let last = sandbox.hold(&["-s", "--slot", "31"]);
    for options in [["-n", "--all"], ["--wait=0.3", "--all"]] {
        sandbox.run([&["lock"], &options[..], &["--", "true"]].concat()).exits(75);
        assert_eq!(raised(block), 1, "something was kept: {options:?}");
    }
    let mut freeze = Running::start(sandbox.semlock(["lock", "-w", "60", "--all", "--", "cat"]));
    until_waiting(block, 1);
    assert_eq!(last.finish(), 0);
    assert_eq!(freeze.ask("held"), "held");
    assert_eq!(raised(block), 32);
    freeze.signal(Signal::SIGKILL);
    assert_eq!(freeze.finish(), 128 + 9);
    assert_free(block);
}

#[test]
fn a_wait_has_a_limit_and_ends_earlier_when_the_lock_is_free() {
    let (sandbox, block) = Sandbox::with_block(32);
    let held = sandbox.hold(&["a"]);
    let begun = Instant::now();
    sandbox.run(["lock", "-w", "0.2", "a", "--", "true"]).exits(75);
    assert!(begun.elapsed() >= Duration::from_millis(200));
    let waiting = Running::start(sandbox.semlock(["lock", "-w", "600", "a", "--", "true"]));
    until_waiting(block, 1);
    assert_eq!(held.finish(), 0);
    assert_eq!(waiting.finish(), 0);
    assert_free(block);
}

#[test]
fn probe_max_measures_what_the_system_does_not_declare() {
    let sandbox = Sandbox::new();
    let found = sandbox.run(["probe-max", "--require", "undo,timed-wait"]);
    found
        .exits(0)
        .contains("SEM_UNDO after SIGKILL  yes")
        .contains("declared limits         unknown");
    let found = sandbox.run(["probe-max", "--format", "json"]).exits(0).json();
    assert_eq!(found["max_operations"], 5);
    assert!(found["limits"].is_null());
    sandbox.run(["probe-max", "--format", "env"]).exits(0).contains("\nSEMLOCK_SEMMNS=\n");
}

/// What only Linux has.
const OF_LINUX: [&str; 6] =
    ["/proc", "kernel.sem", "sysctl", "pidfd", "in this IPC namespace", "(ENOSYS)"];

#[test]
fn no_message_names_what_only_linux_has() {
    let (sandbox, block) = Sandbox::with_block(32);
    let _held = sandbox.hold(&["a"]);
    let _reader = sandbox.hold(&["-s", "--slot", "5"]);
    abandon(block.writer(slot_of(b"b", 32).unwrap()));
    let says = |said: &Finished| {
        let text = said.stdout() + &said.stderr();
        assert!(!OF_LINUX.iter().any(|word| text.contains(word)), "{said}");
    };
    for arguments in [
        "create",
        "create --key 8 --nsems 65534",
        "create --nsems 34 --replace",
        "lock a",
        "lock -n --verbose a -- true",
        "lock -w 1.2 --verbose a -- true",
        "lock -n --format json a -- true",
        "lock --for 99999999 a",
        "lock --key 9 a -- true",
        "unlock a",
        "unlock --slot 5",
        "unlock --id 99",
        "status",
        "status --check",
        "status --all",
        "status --all-namespaces",
        "status --id 99",
        "remove",
        "remove --orphaned --yes",
        "remove --dry-run",
        "remove --id 99",
        "probe-max",
        "probe-max --at-least 65000",
        "--ipc-namespace 1 status",
    ] {
        says(&sandbox.run(arguments.split(' ')));
    }
}
