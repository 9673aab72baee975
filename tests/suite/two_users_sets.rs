//! What a user is told of the sets of others, and what is thought of them. Needs
//! root: `make test` runs it as root, and says so where it cannot.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::common::remedy::{fixes, follow, is_fixed_by_each_fix, limited};
use crate::common::users::{as_nobody, nobodys_cat, sandbox};
use crate::common::{Finished, OLD, Running, Sandbox, until, until_the_sets_are_older_than};
use nix::sched::{CloneFlags, unshare};
use semlock::sysv::{Key, Semid, Set, ipc_namespace};
use serde_json::Value;

#[test]
#[ignore = "needs root"]
fn the_owners_of_a_full_table_are_named() {
    let sandbox = sandbox();
    std::fs::write("/proc/sys/kernel/sem", "8 16 8 3").unwrap();
    for (key, owner) in [("1", "nobody"), ("2", "nobody"), ("3", "root")] {
        let create = ["create", "--key", key, "--nsems", "2", "--owner", owner];
        sandbox.run(create).exits(0);
    }
    sandbox
        .run(["create", "--nsems", "2"])
        .exits(71)
        .complains("  evidence: by owner: nobody (65534) 2 sets with 4 semaphores, root (0) 1 set with 2 semaphores\n");
}

/// Both sets that the limits allow.
fn full_of_sets_of(user: u32) -> Sandbox {
    let sandbox = limited("8 16 8 2");
    leave_sets_of(user);
    sandbox
}

/// Sets whose creator, a process of the user's, has raised each semaphore and ended: a
/// server's mutex that was free when the server was killed is 1.
fn leave_sets_of(user: u32) {
    let leave = "use IPC::SysV qw(IPC_PRIVATE); for my $nsems (1, 2) {
        my $set = semget(IPC_PRIVATE, $nsems, 0600) // die;
        semop($set, pack 's!*', map { ($_, 1, 0) } 0 .. $nsems - 1) or die;
    }";
    let mut perl = Command::new("perl");
    perl.args(["-e", leave]).uid(user).gid(user).current_dir("/");
    Finished::of(perl).exits(0);
}

/// On a busy machine, a survey of the processes may not come to an end.
fn until_orphans_are_seen(sandbox: &Sandbox, failing: &[&str]) {
    until("orphans are seen", || sandbox.run(failing).stderr().contains("not in use"));
}

/// A process of the user's that writes what it reads.
fn process_of(user: u32, program: &[&str]) -> Running {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).uid(user).gid(user).current_dir("/");
    let mut process = Running::start(command);
    assert_eq!(process.ask("started"), "started");
    process
}

#[test]
#[ignore = "needs root"]
fn orphaned_sets_are_named_where_there_is_no_room_and_removing_them_makes_some() {
    let create = ["create", "--nsems", "2"];
    let young = is_fixed_by_each_fix(|| full_of_sets_of(4242), &create, &create);
    assert!(!young.exits(71).stderr().contains("orphaned"), "{young}");
    let sandbox = full_of_sets_of(4242);
    until_the_sets_are_older_than(OLD);
    let remedy = "semlock remove --orphaned --private --yes";
    until_orphans_are_seen(&sandbox, &create);
    sandbox
        .run(create)
        .exits(71)
        .complains("  evidence: orphaned, so not in use: semid 0, semid 1; 3 semaphores in all\n")
        .complains(&format!("  fix: {remedy}\n"));
    follow(&sandbox, remedy);
    sandbox.run(create).exits(0);
}

#[test]
#[ignore = "needs root"]
fn only_orphans_that_make_enough_room_are_a_remedy() {
    let sandbox = limited("8 16 8 9");
    leave_sets_of(4242);
    until_the_sets_are_older_than(OLD);
    sandbox.run(["create", "--key", "5", "--nsems", "8", "-q"]).exits(0);
    // 5 are free and 3 are orphaned.
    until_orphans_are_seen(&sandbox, &["create", "--nsems", "8", "-q"]);
    let enough = sandbox.run(["create", "--nsems", "8", "-q"]);
    enough.exits(71).complains("SEMMNS").complains("semlock remove --orphaned --private --yes\n");
    sandbox.run(["create", "--key", "6", "--nsems", "2", "-q"]).exits(0);
    let failed = sandbox.run(["create", "--nsems", "8", "-q"]);
    failed.exits(71).complains("not in use: semid 0, semid 1; 3 semaphores in all\n");
    assert!(!failed.stderr().contains("semlock remove"), "{failed}");
}

#[test]
#[ignore = "needs root"]
fn a_set_that_a_living_process_could_know_is_never_called_orphaned_nor_removed() {
    let sandbox = limited("8 16 8 2");
    let user = process_of(4343, &["perl", "-pe", "BEGIN { $| = 1 }"]);
    let without_calls = process_of(4343, &["cat"]);
    leave_sets_of(4343);
    until_the_sets_are_older_than(OLD);
    let failed = sandbox.run(["create", "--nsems", "2"]);
    assert!(!failed.exits(71).stderr().contains("orphaned"), "{failed}");
    let known = format!(
        "process {} (perl) may use it: it was running when the set was last changed or used, and ",
        user.pid()
    );
    sandbox.remove(&["--id", "0"]).exits(75).complains(&known);
    sandbox.remove(&["--id", "1"]).exits(75).complains(&known);
    assert!(Set::from_id(Semid::new(0)).info().is_ok());
    user.kill();
    sandbox.remove(&["--id", "0"]).exits(0).is_said("").contains("removed semid 0, no key");
    assert!(Set::from_id(Semid::new(0)).info().is_err());
    drop(without_calls);
}

/// A process of root's whose first thread has ended, and whose other one is a
/// user's.
fn thread_of(uid: u32) -> Running {
    let program = format!(
        "import ctypes, os, sys, threading
libc = ctypes.CDLL(None)
def other():
    libc.syscall({}, {uid}, {uid}, {uid})
    while open('/proc/self/stat').read().rsplit(') ')[-1][0] != 'Z': pass
    os.write(1, b'ready\\n')
    os.read(0, 1)
    os._exit(0)
threading.Thread(target=other).start()
libc.pthread_exit(None)",
        // Python is a program of the machine, which has 64 bits.
        if cfg!(target_arch = "x86") { 117 } else { libc::SYS_setresuid }
    );
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", &program]);
    let mut python = Running::start(python);
    assert_eq!(python.line(), "ready");
    python
}

#[test]
#[ignore = "needs root"]
fn a_process_counts_by_every_thread_also_when_its_first_one_has_ended() {
    let sandbox = sandbox();
    let threads = thread_of(4343);
    leave_sets_of(4343);
    let known = format!("process {} (python3) may use it: it was running when ", threads.pid());
    sandbox.remove(&["--id", "0"]).exits(75).complains(&known);
    let kept = sandbox.remove(&["--orphaned", "--yes"]);
    kept.exits(0).contains("kept semid 0").contains("kept semid 1").contains(&known);
    threads.kill();
    sandbox.remove(&["--id", "0"]).exits(0);
}

#[test]
#[ignore = "needs root"]
fn from_inside_a_container_nobody_can_tell_who_finds_a_set_by_its_key() {
    let sandbox = sandbox();
    sandbox.run(["create", "--key", "7", "--owner", "4242"]).exits(0);
    let plan = ["remove", "--orphaned", "--idle", "0s", "--dry-run", "--verbose"];
    let mut inside = Command::new("unshare");
    inside.args(["--pid", "--fork", "--mount-proc", sandbox.binary()]).args(plan);
    Finished::of(inside)
        .exits(0)
        .contains(": unknown: processes outside this container may find it by its key")
        .contains("; on the host: semlock --ipc-namespace PID status --all");
    let here = std::fs::read_link("/proc/self/ns/pid").unwrap();
    let sees_all = here.to_str() == Some("pid:[4026531836]");
    let expected = if sees_all { "would remove semid 0" } else { "kept semid 0" };
    sandbox.remove(&plan[1..]).exits(0).contains(expected);
}

#[test]
#[ignore = "needs root"]
fn an_ordinary_user_sees_every_set_and_unknown_where_it_may_not_read() {
    let sandbox = sandbox();
    sandbox.run(["create"]).exits(0);
    sandbox.run(["create", "--key", "7", "--mode", "0604"]).exits(0);
    Finished::of(as_nobody(sandbox.semlock(["create", "--key", "8"]))).exits(0);
    let all = sandbox.semlock(["status", "--all", "--format", "json"]);
    let report = Finished::of(as_nobody(all)).exits(0).json();
    let told: Vec<_> = report["sets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| {
            (
                set["key"].as_i64(),
                set["nsems"].as_i64(),
                set["user"].as_str(),
                set["waiting"].as_i64(),
            )
        })
        .collect();
    assert_eq!(told[0], (Some(31818), Some(32), Some("root"), None));
    assert_eq!(told[1], (Some(7), Some(32), Some("root"), Some(0)));
    assert_eq!(told[2], (Some(8), Some(32), Some("nobody"), Some(0)));
    let hidden = &report["sets"][0];
    assert_eq!(hidden["verdict"], "unknown");
    assert_eq!(hidden["evidence"][0], "its semaphores cannot be read: Permission denied (EACCES)");
    Finished::of(as_nobody(sandbox.semlock(["status", "--all"]))).exits(0).contains("unknown");
}

#[test]
#[ignore = "needs root"]
fn of_a_set_that_may_not_be_read_the_header_is_shown_and_why_the_rest_is_not() {
    let sandbox = sandbox();
    Set::create(Key::new(7), 3, 0o600).unwrap();
    let status = |more: &[&str]| {
        Finished::of(as_nobody(sandbox.semlock([&["status", "--key", "7"], more].concat())))
    };
    status(&[])
        .exits(0)
        .contains(" nsems      3\n")
        .contains("\nyou may not read its semaphores\n")
        .complains("cannot show the semaphores of set 7 (0x00000007): Permission denied (EACCES)");
    let report = status(&["--format", "json"]).exits(0).json();
    assert_eq!((&report["semaphores"], &report["waiters"]), (&Value::Null, &Value::Null));
    assert_eq!(report["verdict"], "unknown");
    status(&["--columns", "semval"]).exits(77);
    status(&["--check"]).exits(77).complains("cannot check 1 set: ");
}

#[test]
#[ignore = "needs root"]
fn a_check_of_sets_that_may_not_be_read_is_no_all_clear() {
    let sandbox = sandbox();
    let check = |more: &[&str]| {
        Finished::of(as_nobody(sandbox.semlock([&["status", "--all", "--check"], more].concat())))
    };
    for (key, mode, owner) in [("7", "0700", "0"), ("8", "0700", "4242"), ("9", "0704", "0")] {
        sandbox
            .run(["create", "--key", key, "--mode", mode, "--owner", owner, "--nsems", "34"])
            .exits(0);
    }
    let refused = check(&[]);
    refused
        .exits(77)
        .complains("semlock: cannot check 2 sets: Permission denied (EACCES)\n")
        .complains("  evidence: semid 0: 34 semaphores, mode 0700, owner root (0)")
        .complains("  evidence: semid 1: 34 semaphores, mode 0700, owner 4242");
    assert_eq!(fixes(&refused), ["run it as root (0)"]);
    assert_eq!(refused.stdout(), "");
    let refused = check(&["--key", "8"]);
    refused.exits(77).complains("semlock: cannot check 1 set: ");
    assert_eq!(fixes(&refused), ["run it as 4242 or as root (0)"]);
    let json = check(&["--format", "json"]).exits(77).stderr();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["errno"], &json["reason"]), (&"EACCES".into(), &"denied".into()));
    check(&["--key", "9"]).exits(0).is_silent();
    check(&["--owner", "nobody"]).exits(0).is_silent();
    // Trouble that is seen is told whatever else there may be.
    std::fs::write("/proc/sys/kernel/sem", "32 96 8 3").unwrap();
    check(&[]).exits(1).finds("limit");
}

#[test]
#[ignore = "needs root"]
fn an_ordinary_user_sees_its_own_namespace_and_unknown_of_one_that_it_may_not_enter() {
    let sandbox = sandbox();
    let (inside, other) = (nobodys_cat(), ipc_namespace().unwrap());
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    Finished::of(as_nobody(sandbox.semlock(["create", "--nsems", "34"]))).exits(0);
    let (user, here) = (nobodys_cat(), ipc_namespace().unwrap());
    let status = |more: &[&str]| {
        let status = sandbox.semlock([&["status", "--all-namespaces"], more].concat());
        Finished::of(as_nobody(status))
    };
    let report = status(&["--format", "json"]).exits(0).json();
    let space = |name: &str| {
        let mut spaces = report["namespaces"].as_array().unwrap().iter();
        spaces.find(|space| space["ipc_namespace"] == name).cloned().unwrap()
    };
    assert_eq!(space(&here)["limits"]["semaphores_used"], 34);
    assert_eq!(space(&other)["pid"], inside.pid());
    assert_eq!(
        (&space(&other)["command"], &space(&other)["limits"]),
        (&"cat".into(), &Value::Null)
    );
    assert_eq!(report["sets"][0]["ipc_namespace"], here);
    status(&[]).exits(0).contains(&format!("{other}     ?           ?  "));
    status(&["--check"]).exits(0).is_silent();
    status(&["--format", "prometheus"]).exits(0);
    user.kill();
    inside.kill();
}

#[test]
#[ignore = "needs root"]
fn an_ordinary_user_may_name_the_namespace_that_it_is_in() {
    let sandbox = sandbox();
    let mut cat = nobodys_cat();
    let create = |namespace: &str| {
        let arguments = ["--ipc-namespace", namespace, "create", "--exist-ok"];
        Finished::of(as_nobody(sandbox.semlock(arguments)))
    };
    let pid = cat.pid().to_string();
    for namespace in ["/proc/self/ns/ipc", &pid, &format!("/proc/{pid}/ns/ipc")] {
        create(namespace).exits(0);
    }
    for namespace in ["/proc/self/ns/mnt", "/etc/passwd"] {
        create(namespace).exits(71).complains("that is not an IPC namespace");
    }
    create(&std::process::id().to_string()).exits(77).complains("EACCES");
    assert_eq!(cat.ask("still there"), "still there");
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    create(&format!("/proc/{pid}/ns/ipc")).exits(77).complains("EPERM");
    cat.kill();
}

#[test]
#[ignore = "needs root"]
fn root_of_another_user_namespace_may_do_here_what_its_user_may() {
    let sandbox = sandbox();
    sandbox.run(["create"]).exits(0);
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", sandbox.binary(), "lock", "a", "--", "true"]);
    let refused = Finished::of(as_nobody(unshare));
    refused.exits(77).complains("(EACCES)\n  cause: mode 0700 gives others no permission to ");
}
