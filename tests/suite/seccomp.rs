//! Semaphores that are missing or forbidden, by a real system call filter.

use std::process::Command;

use crate::common::filter::{errno, filtered, semctl_fails, without_semctl, without_set};
use crate::common::{Finished, Sandbox};
use nix::errno::Errno;
use seccompiler::SeccompAction;
use semlock::internal::has_user;
use semlock::internal::{Reason, reasons};
use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::{Set, Uid};
use serde_json::Value;

const SEMGET: i64 = libc::SYS_semget;
const SEMCTL: i64 = libc::SYS_semctl;
const SEMTIMEDOP: i64 = libc::SYS_semtimedop;
const SEMOP: i64 = libc::SYS_semop;
const ALL: [i64; 4] = [SEMGET, SEMCTL, SEMTIMEDOP, SEMOP];

const LOCK: [&str; 4] = ["lock", "a", "--", "true"];

/// Runs semlock under a filter that answers `calls` with `action`.
fn run_filtered(
    sandbox: &Sandbox,
    calls: &[i64],
    action: SeccompAction,
    arguments: &[&str],
) -> Finished {
    filtered(calls, action, || sandbox.run(arguments))
}

/// What every failure of absent semaphores has; without the filter, which is
/// what the remedy says, the same command works.
#[track_caller]
fn is_forbidden(sandbox: &Sandbox, failed: &Finished, arguments: &[&str]) {
    failed
        .exits(69)
        .prints("")
        .complains("semlock: cannot ")
        .complains("  cause: a system call filter (seccomp) of this container, service or app forbids System V semaphores\n")
        .complains("  evidence: this process is under a seccomp filter")
        .complains("  evidence: the kernel itself has semaphores")
        .complains("  fix: allow semget, semop, semtimedop and semctl in the filter: docker run --security-opt seccomp=PROFILE.json, or SystemCallFilter=@ipc in the systemd unit\n");
    sandbox.run(arguments).exits(0);
}

#[test]
fn calls_that_do_not_exist_are_69_with_the_remedy() {
    for arguments in [&["create"][..], &LOCK, &["status"], &["status", "--id", "0"]] {
        let sandbox = Sandbox::new();
        if arguments != ["create"] {
            sandbox.run(["create"]).exits(0);
        }
        let failed = run_filtered(&sandbox, &ALL, errno(Errno::ENOSYS), arguments);
        is_forbidden(&sandbox, failed.complains("(ENOSYS)"), arguments);
    }
}

#[test]
fn calls_that_a_filter_refuses_are_69_with_the_remedy() {
    let (sandbox, _block) = Sandbox::with_block(8);
    for call in [SEMGET, SEMCTL, SEMOP] {
        let failed = run_filtered(&sandbox, &[call], errno(Errno::EPERM), &LOCK);
        is_forbidden(&sandbox, failed.complains("(EPERM)"), &LOCK);
    }
}

#[test]
fn calls_that_kill_are_69_with_the_remedy_and_no_bad_system_call() {
    let (sandbox, block) = Sandbox::with_block(8);
    for action in [SeccompAction::Trap, SeccompAction::KillProcess, SeccompAction::KillThread] {
        for calls in [&ALL[..], &[SEMGET], &[SEMCTL], &[SEMOP]] {
            let failed = run_filtered(&sandbox, calls, action.clone(), &LOCK);
            failed
                .complains("  evidence: the filter kills processes that make such a call (SIGSYS)");
            is_forbidden(&sandbox, &failed, &LOCK);
        }
        let id = block.set().semid().to_string();
        for arguments in [&["status"][..], &["status", "--id", &id], &["unlock", "--id", &id, "a"]]
        {
            let failed = run_filtered(&sandbox, &ALL, action.clone(), arguments);
            failed.exits(69).complains("seccomp");
        }
    }
}

#[test]
fn looking_at_every_set_ends_with_69_too() {
    let (sandbox, _block) = Sandbox::with_block(8);
    let kill = SeccompAction::KillProcess;
    for action in [SeccompAction::Trap, kill, errno(Errno::ENOSYS), errno(Errno::EPERM)] {
        for arguments in [
            &["status", "--all"][..],
            &["status", "--all", "--check"],
            &["status", "--all", "--format", "prometheus"],
            &["remove", "--orphaned", "--dry-run"],
            &["remove", "--all", "--yes"],
            &["remove", "--id", "0"],
        ] {
            for calls in [&ALL[..], &[SEMCTL]] {
                let failed = run_filtered(&sandbox, calls, action.clone(), arguments);
                failed.exits(69).prints("").complains("seccomp");
            }
        }
    }
}

#[test]
fn sets_that_a_security_module_denies_are_an_answer_of_the_probe() {
    let sandbox = Sandbox::new();
    let probe = ["probe-max", "--format", "json"];
    let denied = run_filtered(&sandbox, &[SEMGET], errno(Errno::EACCES), &probe);
    assert_eq!(denied.exits(69).json()["available"], false);
    let create = run_filtered(&sandbox, &[SEMGET], errno(Errno::EACCES), &["create"]);
    create.exits(77).complains("a security module (SELinux, AppArmor) does\n");
}

#[test]
fn calls_that_kill_are_69_also_where_sigsys_is_ignored_or_blocked() {
    let (sandbox, _block) = Sandbox::with_block(8);
    let shell = format!("trap '' SYS; exec {} lock a -- true", sandbox.binary());
    let block =
        "use POSIX qw(:signal_h); sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGSYS)); exec @ARGV";
    let wrappers =
        [vec!["sh", "-c", &shell], [&["perl", "-e", block, sandbox.binary()], &LOCK[..]].concat()];
    for wrapper in wrappers {
        for action in [SeccompAction::Trap, SeccompAction::KillProcess] {
            let failed = filtered(&ALL, action, || {
                let mut command = Command::new(wrapper[0]);
                command.args(&wrapper[1..]);
                Finished::of(command)
            });
            failed.exits(69).complains("seccomp");
        }
    }
}

#[test]
fn a_filter_that_lets_semaphores_be_changes_nothing() {
    let (sandbox, _block) = Sandbox::with_block(8);
    let harmless = [libc::SYS_acct];
    for action in [SeccompAction::Trap, errno(Errno::ENOSYS)] {
        run_filtered(&sandbox, &harmless, action, &LOCK).exits(0).is_silent();
    }
}

#[test]
fn absent_semaphores_are_told_in_json_too() {
    let sandbox = Sandbox::new();
    let create = ["create", "--format", "json"];
    let failed = run_filtered(&sandbox, &ALL, SeccompAction::KillProcess, &create);
    let object: Value = serde_json::from_str(&failed.exits(69).stderr()).unwrap();
    assert_eq!(object["reason"], "filtered");
    assert_eq!(object["errno"], "ENOSYS");
    assert_eq!(object["status"], 69);
}

#[test]
fn a_removal_or_a_change_of_owner_that_a_filter_refuses_is_69_and_not_the_owners_affair() {
    let (sandbox, block) = Sandbox::with_block(8);
    let remove = ["remove"];
    let failed = without_semctl(libc::IPC_RMID, || sandbox.run(remove));
    crate::common::assert_free(block);
    is_forbidden(&sandbox, failed.complains("(EPERM)"), &remove);
    let own = ["create", "--key", "6", "--owner", &nix::unistd::geteuid().to_string()];
    without_semctl(libc::IPC_SET, || sandbox.run(own)).exits(0);
    let create = ["create", "--key", "5", "--owner", "4242"];
    if has_user(Uid::new(4242)) {
        let failed = without_semctl(libc::IPC_SET, || sandbox.run(create));
        is_forbidden(&sandbox, failed.complains("(EPERM)"), &create);
    }
}

#[test]
fn a_block_is_not_replaced_where_a_filter_refuses_a_part_of_it() {
    let uid = nix::unistd::geteuid().as_raw();
    for (call, owner) in [(libc::IPC_RMID, uid), (libc::IPC_SET, 4242)] {
        let (sandbox, block) = Sandbox::with_block(8);
        let semid = block.set().semid();
        let replace = ["create", "--replace", "--nsems", "34", "--owner", &owner.to_string()];
        let failed = without_semctl(call, || sandbox.run(replace));
        assert_eq!(Block::open(DEFAULT_KEY).unwrap().set().semid(), semid, "{failed}");
        crate::common::assert_free(block);
        if has_user(Uid::new(owner)) {
            is_forbidden(&sandbox, failed.complains("(EPERM)"), &replace);
        }
    }
    let (sandbox, _) = Sandbox::with_block(8);
    let own = ["create", "--replace", "--nsems", "34"];
    without_semctl(libc::IPC_SET, || sandbox.run(own)).exits(0);
}

/// Whether the kernel ignores it is in doubt then, and tried.
#[test]
fn a_lock_is_undone_as_ever_where_nobody_may_ask_who_used_a_semaphore() {
    let (sandbox, block) = Sandbox::with_block(8);
    for with in [Errno::EACCES, Errno::ERANGE] {
        semctl_fails(libc::GETPID, with, || sandbox.run(LOCK)).exits(0).is_silent();
        crate::common::assert_free(block);
    }
}

/// Errors that only a broken or a foreign kernel gives, given by a filter.
#[test]
fn what_cannot_be_provoked_is_told_apart_all_the_same() {
    let (sandbox, _block) = Sandbox::with_block(8);
    let cases: [(i64, Errno, &Reason); 6] = [
        (SEMGET, Errno::ENOMEM, &reasons::NO_MEMORY),
        (SEMCTL, Errno::ENOMEM, &reasons::NO_MEMORY),
        (SEMOP, Errno::ENOMEM, &reasons::NO_MEMORY),
        (SEMOP, Errno::ENOSPC, &reasons::NO_UNDO),
        (SEMOP, Errno::EFBIG, &reasons::TOO_FEW_SEMAPHORES),
        (SEMOP, Errno::EINVAL, &reasons::SEMUME),
    ];
    for (call, given, reason) in cases {
        run_filtered(&sandbox, &[call], errno(given), &LOCK)
            .exits(reason.exit.code().into())
            .complains(&format!("({given:?})\n  cause: {}", reason.cause));
    }
}

/// As on systems on which a process may have only so many undo entries.
#[test]
fn a_set_that_exists_was_not_removed_though_semop_gives_einval() {
    let (sandbox, block) = Sandbox::with_block(8);
    let refused =
        |arguments: &[&str]| run_filtered(&sandbox, &[SEMOP], errno(Errno::EINVAL), arguments);
    refused(&LOCK)
        .complains("  evidence: the set exists\n")
        .complains("  fix: lock fewer sessions at the same time in one process\n");
    for arguments in [&["remove"][..], &["create", "--replace", "--nsems", "34"]] {
        refused(arguments).exits(71).complains("(EINVAL)").complains("(SEMUME)");
        assert_eq!(Block::open(DEFAULT_KEY).unwrap().set().semid(), block.set().semid());
    }
    let id = block.set().semid().to_string();
    refused(&["lock", "--id", &id, "a", "--", "true"]).exits(71).complains("(SEMUME)");
}

#[test]
fn a_probe_answers_that_there_are_none_and_makes_no_set_that_it_could_not_remove() {
    let sandbox = Sandbox::new();
    let probe = ["probe-max", "--format", "json"];
    for action in
        [errno(Errno::ENOSYS), errno(Errno::EPERM), SeccompAction::Trap, SeccompAction::KillProcess]
    {
        for calls in [&ALL[..], &[SEMGET], &[SEMCTL], &[SEMOP]] {
            let failed = run_filtered(&sandbox, calls, action.clone(), &probe);
            let report = failed.exits(69).json();
            assert_eq!((&report["available"], &report["max_nsems"]), (&false.into(), &Value::Null));
            assert!(report["reason"].as_str().unwrap().contains("seccomp"), "{report}");
            let object: Value = serde_json::from_str(&failed.stderr()).unwrap();
            assert_eq!((&object["reason"], &object["status"]), (&"filtered".into(), &69.into()));
            assert!(semlock::sysv::all_sets().unwrap().is_empty(), "left behind");
        }
    }
    // Sets could be made, and would stay.
    let failed = without_semctl(libc::IPC_RMID, || sandbox.run(probe));
    assert_eq!(failed.exits(69).json()["available"], false);
    assert!(semlock::sysv::all_sets().unwrap().is_empty(), "left behind");
    let env = run_filtered(&sandbox, &ALL, SeccompAction::Trap, &["probe-max", "--format", "env"]);
    env.exits(69).contains("SEMLOCK_AVAILABLE=false\n").contains("SEMLOCK_MAX_NSEMS=\n");
    sandbox.run(probe).exits(0);
}

/// Reads of a set that a security module hides from this process alone.
#[test]
fn a_set_that_may_not_be_asked_for_is_listed_and_unknown() {
    let sandbox = Sandbox::new();
    let [_, hidden, _] = [1, 3, 5].map(|nsems| Set::create_private(nsems, 0o600).unwrap());
    let (all, status) = (hidden.semid().raw(), ["status", "--all", "--format", "json"]);
    let report = without_set(all, || sandbox.run(status)).exits(0).json();
    assert_eq!(
        (&report["limits"]["sets_used"], &report["limits"]["semaphores_used"]),
        (&3.into(), &9.into())
    );
    let set = &report["sets"][1];
    assert_eq!(
        (&set["semid"], &set["nsems"], &set["mode"]),
        (&all.into(), &3.into(), &"0600".into())
    );
    assert_eq!((&set["verdict"], &set["waiting"]), (&"unknown".into(), &Value::Null));
    let unlisted = "mount -t tmpfs none /proc/sysvipc && exec \"$0\" status --all";
    let failed = without_set(all, || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", unlisted, sandbox.binary()]);
        Finished::of(command)
    });
    failed
        .exits(71)
        .prints("")
        .complains("/proc/sysvipc/sem cannot be read: ")
        .complains("the kernel, asked for each set, says EACCES");
}
