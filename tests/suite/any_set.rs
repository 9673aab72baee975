//! `status` of a set that is no session block.

use std::process::Command;

use crate::common::world::{User, World};
use crate::common::{OLD, Running, Sandbox, until, until_the_sets_are_older_than};
use semlock::sysv::{Key, Set};
use serde_json::Value;

/// A Perl process that does this with the set whose id is in `$id`.
fn perl(set: Set, what: &str) -> Running {
    let mut perl = Command::new("perl");
    perl.args(["-e", &format!("my $id = shift; {what}"), &set.semid().to_string()]);
    Running::start(perl)
}

fn json(sandbox: &Sandbox, options: &[&str]) -> Value {
    sandbox.run([&["status", "--format", "json"], options].concat()).exits(0).json()
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn each_semaphore_and_each_waiter_with_its_operation_is_shown() {
    let sandbox = Sandbox::new();
    let set = Set::create(Key::new(0x5e), 3, 0o666).unwrap();
    set.set_value(2, 7).unwrap();
    let waiters = [
        perl(set, "semop($id, pack 's!*', 1, -1, 0) or die"),
        perl(set, "semop($id, pack 's!*', 0, 1, 0, 2, 0, 0) or die"),
    ];
    until("both wait", || set.ncnt(1) == Ok(1) && set.zcnt(2) == Ok(1));
    let all_wait = || waiters.iter().all(Running::waits_for_a_semaphore);
    until("both are seen to wait", all_wait);
    let [first, second] = [0, 1].map(|at: usize| waiters[at].pid());
    let shown = sandbox.run(["status", "--key", "0x5e"]);
    shown
        .exits(0)
        .contains(" verdict    in-use: 2 processes wait on it\n")
        .contains("not a block: it has 3 semaphores\n")
        .contains("\n      2       7        0        1  ")
        .contains(&format!("\n {first}  semaphore 1: -1                                "))
        .contains(&format!("\n {second}  semaphore 2: wait for zero (one of 2 operations)  perl "));
    let report = json(&sandbox, &["--id", "0"]);
    assert_eq!(report["set"]["key"], 0x5e);
    assert_eq!(report["semaphores"][1]["semncnt"], 1);
    assert_eq!(report["semaphores"][2]["sempid"], i64::from(std::process::id()));
    let this = std::env::current_exe().unwrap();
    let this = this.file_name().unwrap().to_str().unwrap();
    assert!(report["semaphores"][2]["command"].as_str().unwrap().contains(this));
    assert_eq!((&report["waiting"], &report["verdict"]), (&2.into(), &"in-use".into()));
    let mut pids: Vec<_> =
        report["waiters"].as_array().unwrap().iter().map(|one| one["pid"].clone()).collect();
    pids.sort_by_key(Value::as_i64);
    assert_eq!(pids, [first, second]);
    let one = &report["waiters"][usize::from(report["waiters"][0]["pid"] == first)];
    assert_eq!(one["operations"].as_array().unwrap().len(), 2);
    let zero = serde_json::json!({ "semnum": 2, "sem_op": 0, "undo": false });
    assert_eq!(one["waits_for"], zero);
    let metrics = sandbox.run(["status", "--id", "0", "--format", "prometheus"]);
    metrics.exits(0).contains("semlock_set_waiting{key=\"94\",semid=\"0\"} 2\n");
    waiters.into_iter().for_each(Running::kill);
}

#[test]
fn what_no_application_could_lock_in_is_no_block() {
    let sandbox = Sandbox::new();
    let foreign = Set::create(Key::new(1), 4, 0o700).unwrap();
    foreign.set_value(3, 1000).unwrap();
    Set::create(Key::new(2), 4, 0o600).unwrap();
    let private = Set::create_private(4, 0o700).unwrap().semid().to_string();
    Set::create(Key::new(3), 4, 0o700).unwrap();
    Set::create(Key::new(4), 1, 0o700).unwrap();
    for (target, why) in [
        (["--key", "4"], "it has 1 semaphore"),
        (["--key", "1"], "its semaphore 3 is 1000, a value that no lock gives it"),
        (["--key", "2"], "with mode 0600, its owner's application cannot open it"),
        (["--id", &private], "it has no key, so no application can find it"),
    ] {
        assert_eq!(json(&sandbox, &target)["not_a_block"], why);
        let text = sandbox.run([&["status"], &target[..]].concat());
        text.exits(0).contains(&format!("\nnot a block: {why}\n"));
    }
    assert_eq!(json(&sandbox, &["--key", "3"])["block"]["slots"], 2);
    sandbox.run(["status", "--key", "1", "a"]).exits(73);
    sandbox.run(["status", "--key", "1", "--columns", "slot"]).exits(73);
}

#[test]
fn columns_of_semaphores_show_those_of_a_block_too() {
    let (sandbox, block) = Sandbox::with_block(4);
    block.set().set_value(1, 1).unwrap();
    sandbox
        .run(["status", "--columns", "semnum,semval", "--no-headers"])
        .exits(0)
        .prints(" 0  0\n 1  1\n 2  0\n 3  0\n");
    let mixed = sandbox.run(["status", "--columns", "slot,semval"]);
    mixed.exits(64).complains("show a column \"semval\": the table has slot, ");
    let shown = sandbox.run(["status", "--columns", "semnum", "--format", "json"]);
    assert_eq!(shown.exits(0).json()["not_a_block"], Value::Null);
}

#[test]
fn of_a_large_set_people_are_shown_what_is_in_use() {
    let sandbox = Sandbox::new();
    let set = Set::create_private(100, 0o600).unwrap();
    set.set_value(41, 1).unwrap();
    let shown = sandbox.run(["status", "--id", "0"]);
    let rest = "\n99 semaphores with the value 0 and no waiting process: --slots all lists them\n";
    shown.exits(0).contains("\n     41       1        0        0  ").contains(rest);
    assert!(!shown.stdout().contains("\n     40 "), "{shown}");
    let all = sandbox.run(["status", "--id", "0", "--slots", "all"]);
    assert!(all.exits(0).contains("\n     40 ").stdout().lines().count() > 100, "{all}");
    let rows = sandbox.run(["status", "--id", "0", "--columns", "semval", "--no-headers"]);
    assert_eq!(rows.stdout().lines().count(), 100);
    assert_eq!(json(&sandbox, &["--id", "0"])["semaphores"].as_array().unwrap().len(), 100);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn an_orphaned_set_is_a_finding_whose_fix_removes_it() {
    let world = World::new();
    let uses = "my $id = semget(0, 3, 0600) // die;
        semop($id, pack 's!*', map { ($_, 1, 0) } 0 .. 2) or die; print $id";
    let id = world.perl(User::Tester, uses);
    let status = ["status", "--id", &id];
    let young = world.semlock(User::Tester, &status);
    young.exits(0).contains(" verdict    idle: it was created, changed or used ");
    until_the_sets_are_older_than(OLD);
    let report = world.semlock(User::Tester, &[&status[..], &["--format", "json"]].concat());
    let report = report.exits(0).json();
    assert_eq!(report["verdict"], "orphaned", "{report:#}");
    assert_eq!(report["findings"][0]["kind"], "orphaned");
    let fix = report["findings"][0]["fix"][0].as_str().unwrap();
    assert_eq!(fix, format!("semlock remove --id {id}"));
    let found = world.semlock(User::Tester, &[&status[..], &["--check"]].concat());
    found.exits(1).contains(&format!("  fix: {fix}\n"));
    let words: Vec<_> = fix.split(' ').skip(1).collect();
    world.semlock(User::Tester, &words).exits(0);
    world.semlock(User::Tester, &status).exits(66);
}
