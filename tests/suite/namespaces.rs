//! Other IPC namespaces than one's own, seen and used from outside.

use std::process::Command;

use crate::common::remedy::{fixes, follow};
use crate::common::{Finished, Running, Sandbox};
use nix::sched::{CloneFlags, unshare};
use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::{Set, ipc_namespace};
use serde_json::{Value, json};

/// A process in an IPC namespace of its own, which this thread leaves for another.
fn elsewhere() -> (Running, String) {
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    let namespace = ipc_namespace().unwrap();
    let mut cat = Running::start(Command::new("cat"));
    assert_eq!(cat.ask("ready"), "ready");
    (cat, namespace)
}

#[test]
fn every_subcommand_works_inside_another_ipc_namespace() {
    let sandbox = Sandbox::new();
    let (inside, _) = elsewhere();
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    let path = format!("/proc/{}/ns/ipc", inside.pid());
    for namespace in [&inside.pid().to_string(), &path] {
        let run = |arguments: &[&str]| {
            let all = [&["--ipc-namespace", namespace], arguments].concat();
            sandbox.run(all)
        };
        run(&["create"]).exits(0);
        sandbox.run(["status"]).exits(66);
        run(&["lock", "-n", "a", "--", "true"]).exits(0);
        run(&["lock", "--persist", "a"]).exits(0);
        run(&["lock", "-n", "a", "--", "true"]).exits(75);
        run(&["unlock", "a"]).exits(0);
        run(&["status"]).exits(0).contains("no slot is in use");
        run(&["status", "--all"]).exits(0).contains("0x00007c4a");
        // The option may stand behind the subcommand, too.
        sandbox.run(["remove", "--ipc-namespace", namespace]).exits(0);
        run(&["status"]).exits(66);
    }
    sandbox
        .run(["status", "--ipc-namespace", "/proc/self/ns/mnt"])
        .exits(71)
        .complains("that is not an IPC namespace");
    sandbox.run(["status", "--ipc-namespace", "/no/such/file"]).exits(71).complains("ENOENT");
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    sandbox
        .run(["status", "--ipc-namespace", &gone.id().to_string()])
        .exits(71)
        .complains("there is no process");
    inside.kill();
}

#[test]
fn a_leak_in_a_container_is_seen_from_outside() {
    let sandbox = Sandbox::new();
    let (inside, namespace) = elsewhere();
    let leaked = Set::create_private(5, 0o600).unwrap();
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    let here = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let report = sandbox.run(["status", "--all-namespaces", "--format", "json"]).exits(0).json();
    let sets = report["sets"].as_array().unwrap();
    let find = |semid: i32, name: &str| {
        sets.iter().find(|set| set["semid"] == semid && set["ipc_namespace"] == name).cloned()
    };
    let found = find(leaked.semid().raw(), &namespace).expect("the leaked set");
    assert_eq!(found["nsems"], 5);
    assert!(find(here.set().semid().raw(), &ipc_namespace().unwrap()).is_some(), "{report}");
    let spaces = report["namespaces"].as_array().unwrap();
    let space = spaces.iter().find(|space| space["ipc_namespace"] == namespace.as_str()).unwrap();
    assert_eq!((&space["pid"], &space["command"]), (&json!(inside.pid()), &json!("cat")));
    assert_eq!(space["limits"]["semaphores_used"], 5);
    sandbox.run(["status", "--all-namespaces"]).exits(0).contains(&namespace);
    inside.kill();
}

#[test]
fn a_namespace_that_may_be_entered_and_not_left_is_seen_too() {
    let sandbox = Sandbox::new();
    let mut inside = Command::new("unshare");
    inside.args(["--map-root-user", "--ipc", "cat"]);
    let mut inside = Running::start(inside);
    assert_eq!(inside.ask("ready"), "ready");
    Set::create_private(3, 0o600).unwrap();
    let pid = inside.pid().to_string();
    let mut semlock = Command::new("nsenter");
    semlock.args(["--user", "--preserve-credentials", "--target", &pid, sandbox.binary()]);
    semlock.args(["status", "--all-namespaces", "--format", "json"]);
    let report = Finished::of(semlock).exits(0).json();
    let spaces = report["namespaces"].as_array().unwrap();
    let used = |pid: Value| {
        let space = spaces.iter().find(|space| space["pid"] == pid);
        space.expect("the namespace")["limits"]["semaphores_used"].clone()
    };
    assert_eq!(used(json!(inside.pid())), 0);
    assert_eq!(report["limits"]["semaphores_used"], 3);
    inside.kill();
}

/// semlock without the privilege to enter namespaces.
fn without_privilege(sandbox: &Sandbox) -> Command {
    let mut setpriv = Command::new("setpriv");
    setpriv.args(["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", sandbox.binary()]);
    setpriv
}

#[test]
fn naming_the_namespace_that_one_is_in_changes_nothing() {
    let (sandbox, _) = Sandbox::with_block(4);
    let mut without = without_privilege(&sandbox);
    without.args(["--ipc-namespace", "/proc/self/ns/ipc", "status"]);
    Finished::of(without).exits(0).contains("no slot is in use");
}

#[test]
fn who_may_enter_no_namespace_sees_the_own_one() {
    let sandbox = Sandbox::new();
    let (inside, namespace) = elsewhere();
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    Set::create_private(3, 0o600).unwrap();
    let mut without = without_privilege(&sandbox);
    without.args(["status", "--all-namespaces", "--format", "json"]);
    let report = Finished::of(without).exits(0).json();
    let limits = |name: &str| {
        let mut spaces = report["namespaces"].as_array().unwrap().iter();
        spaces.find(|space| space["ipc_namespace"] == name).unwrap()["limits"].clone()
    };
    assert_eq!(limits(&namespace), Value::Null);
    assert_eq!(limits(&ipc_namespace().unwrap())["semaphores_used"], 3);
    assert_eq!(report["sets"][0]["ipc_namespace"], ipc_namespace().unwrap());
    inside.kill();
}

#[test]
fn what_fixes_a_namespace_inside_a_user_namespace_is_done_there() {
    let sandbox = Sandbox::new();
    let script = "echo '8 16 8 2' >/proc/sys/kernel/sem; exec cat";
    let mut inside = Command::new("unshare");
    inside.args(["--map-root-user", "--ipc", "sh", "-c", script]);
    let mut inside = Running::start(inside);
    assert_eq!(inside.ask("ready"), "ready");
    // As an ordinary user: without the privilege to enter another one's namespace.
    let create = || {
        let mut create = without_privilege(&sandbox);
        create.args(["--ipc-namespace", &inside.pid().to_string(), "create", "--nsems", "10"]);
        Finished::of(create)
    };
    let failed = create();
    follow(&sandbox, &fixes(failed.exits(73))[0]);
    create().exits(0);
    inside.kill();
}
