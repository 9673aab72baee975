//! Whose lock `status` says it is, by which session, and since when.

mod common;
mod world;

use common::{Running, Sandbox, holders, perl, until, until_waiting};
use semlock::session::{Block, slot_of};
use serde_json::{Value, json};
use world::{User, World};

fn slot(session: &str) -> u16 {
    slot_of(session.as_bytes(), 34).unwrap().index()
}

fn report(sandbox: &Sandbox) -> Value {
    sandbox.run(["status", "--format", "json"]).exits(0).json()
}

#[test]
fn whose_lock_it_is_is_told_with_its_session_and_since_when() {
    let (sandbox, _) = Sandbox::with_block(34);
    let owner = perl(&sandbox, 34);
    let pid = owner.pid().to_string();
    sandbox.run(["lock", "--for", &pid, "a"]).exits(0);
    let [keeper] = holders()[..] else { panic!("one holder expected") };
    let holder = report(&sandbox)["slots"][0]["holders"][0].clone();
    assert_eq!(holder["pid"], keeper);
    assert_eq!(holder["owner"], owner.pid());
    assert_eq!(holder["sessions"], json!(["a"]));
    assert!(holder["command"].as_str().unwrap().starts_with("perl "), "{holder}");
    assert!(holder["since"].is_string(), "{holder}");
    let said = sandbox.run(["status"]).exits(0).stdout();
    let row = said.lines().find(|line| line.contains(" has ")).unwrap_or_default();
    let cells: Vec<_> = row.split_whitespace().collect();
    assert_eq!(cells[1..4], ["has", &pid, "write"], "{said}");
    assert_eq!(cells[5..8], [&keeper.to_string(), "a", "perl"], "{said}");
    assert!(!said.contains("semlock hold"), "{said}");
    owner.kill();
    until("the holder gone", || holders().is_empty());
}

#[test]
fn the_session_of_a_command_is_told_too() {
    for mode in ["-x", "-s"] {
        let (sandbox, _) = Sandbox::with_block(34);
        let holder = sandbox.hold(&[mode, "a", "b"]);
        let report = report(&sandbox);
        let of = |session: &str| {
            let slots = report["slots"].as_array().unwrap();
            let here = slots.iter().find(|one| one["slot"] == slot(session)).unwrap();
            here["holders"][0]["sessions"].clone()
        };
        assert_eq!((of("a"), of("b")), (json!(["a"]), json!(["b"])), "{report}");
        assert_eq!(holder.finish(), 0);
    }
}

#[test]
fn how_long_a_lock_is_held_is_told_only_where_it_is_known() {
    let (sandbox, block) = Sandbox::with_block(34);
    let mut old = perl(&sandbox, 34);
    let started = || {
        let stat = std::fs::read_to_string("/proc/uptime").unwrap();
        stat.split(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let begun = started();
    // Nothing can be observed but the clock.
    until("the process is older than its lock", || started() > begun + 3.5);
    assert_eq!(old.ask("write a"), "held");
    let since = |session: &str| {
        let report = report(&sandbox);
        let slots = report["slots"].as_array().unwrap();
        slots.iter().find(|one| one["slot"] == slot(session)).unwrap()["since"].clone()
    };
    assert_eq!(since("a"), Value::Null);
    let table = sandbox.run(["status", "--no-headers", "--columns", "slot,age"]);
    let words: Vec<_> = table.stdout().split_whitespace().map(String::from).collect();
    assert_eq!(words, [slot("a").to_string().as_str(), "-"]);
    assert_eq!(old.ask("release"), "released");
    common::assert_free(block);
}

#[test]
fn a_process_of_another_pid_namespace_is_called_that_and_not_process_0() {
    let world = World::new();
    let block = Block::create(semlock::session::DEFAULT_KEY, 34, 0o700).unwrap();
    let holder = world.sandbox.hold(&["a"]);
    let waiter = Running::start(world.sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block, 1);
    let said = world.semlock(User::Tester, &["status"]).exits(0).stdout();
    assert!(said.contains("  a process of another pid namespace\n"), "{said}");
    let row = said.lines().find(|line| line.contains("  unknown  ")).unwrap_or_default();
    assert_eq!(row.split_whitespace().nth(5), Some("?"), "{said}");
    let programs = ["status", "--columns", "sempid", "--no-headers"];
    let programs = world.semlock(User::Tester, &programs).exits(0).stdout();
    assert_eq!(programs.trim(), "0");
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiter.finish(), 0);
}
