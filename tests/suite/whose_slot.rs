//! Whose lock `status` says it is, by which session, and since when.

use std::process::Command;

use crate::common::world::{User, World};
use crate::common::{Finished, Running, Sandbox, holders, perl, until, until_waiting};
use semlock::session::{Block, slot_of};
use serde_json::{Value, json};

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

/// The cells of the row of those who have a slot or wait for one.
fn row(said: &str, who: &str) -> Vec<String> {
    let row = said.lines().find(|line| line.contains(&format!(" {who} "))).unwrap_or_default();
    row.split_whitespace().map(Into::into).collect()
}

/// A shell that keeps a lock of session a, says so, and stays.
fn keeping(sandbox: &Sandbox) -> [String; 3] {
    let script = format!("{} lock --for $$ a; echo held; read _", sandbox.binary());
    ["sh".into(), "-c".into(), script]
}

#[test]
fn a_lock_that_is_to_be_kept_for_a_shell_is_waited_for_by_that_shell() {
    let (sandbox, block) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["a"]);
    let [sh, words @ ..] = keeping(&sandbox);
    let mut shell = Command::new(sh);
    shell.args(words);
    let mut shell = Running::start(shell);
    until_waiting(block, 1);
    let waiter = || report(&sandbox)["slots"][0]["waiters"][0].clone();
    until("the waiter is seen", || waiter().is_object());
    let waiter = waiter();
    assert_eq!(waiter["owner"], shell.pid(), "{waiter}");
    assert!(waiter["command"].as_str().unwrap().starts_with("sh -c "), "{waiter}");
    let said = sandbox.run(["status", "--waiting", "0s"]).exits(0).stdout();
    let cells = row(&said, "waits");
    let [pid, keeper] = [shell.pid(), waiter["pid"].as_i64().unwrap().try_into().unwrap()];
    assert_eq!(cells[1..4], ["waits", &pid.to_string(), "write"], "{said}");
    assert_eq!(cells[5..8], [&keeper.to_string(), "-", "sh"], "{said}");
    assert!(said.contains(&format!("\n    process {pid} (sh -c ")), "{said}");
    assert!(!said.contains("semlock hold"), "{said}");
    assert_eq!(holder.finish(), 0);
    assert_eq!(shell.line(), "held");
    shell.close();
    shell.finish();
    until("the holder gone", || holders().is_empty());
}

#[test]
fn a_lock_that_is_kept_in_a_container_is_that_of_the_process_in_there_where_it_is_found() {
    let world = World::new();
    let sandbox = &world.sandbox;
    let block = Block::create(semlock::session::DEFAULT_KEY, 34, 0o700).unwrap();
    let words = keeping(sandbox);
    let mut shell = world.start(User::Tester, &words.each_ref().map(String::as_str));
    assert_eq!(shell.running.line(), "held");
    let waiter = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block, 1);
    let parent = shell.running.pid();
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let pid = children.unwrap().trim().to_owned();
    let said = sandbox.run(["status"]).exits(0).stdout();
    let cells = row(&said, "has");
    assert_eq!((&cells[2], &cells[6..8]), (&pid, &["a".into(), "sh".into()][..]), "{said}");
    let keeper = report(sandbox)["slots"][0]["holders"][0]["pid"].as_i64().unwrap();
    assert_eq!(cells[5], keeper.to_string(), "{said}");

    let mut strace = Command::new("strace");
    strace.args(["-qq", "-o", "/dev/null", "-P", &format!("/proc/{keeper}/ns/pid")]);
    strace.args(["--inject=readlink,readlinkat:error=EACCES", sandbox.binary()]);
    let said = Finished::of({
        strace.args(["status", "--waiting", "0s"]);
        strace
    });
    let said = said.exits(0).stdout();
    let cells = row(&said, "has");
    assert_eq!((&cells[2][..], &cells[5]), ("?", &keeper.to_string()), "{said}");
    let unknown = "kept for a process of another pid namespace";
    assert_eq!(said.matches(unknown).count(), 3, "{said}");
    assert!(!said.contains("semlock hold") && !said.contains("  fix: kill"), "{said}");
    drop(shell);
    assert_eq!(waiter.finish(), 0);
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
fn a_session_that_is_named_like_the_sign_for_no_session_is_quoted() {
    for session in ["-", "?"] {
        let (sandbox, _) = Sandbox::with_block(34);
        let holder = sandbox.hold(&["-s", session]);
        let said = sandbox.run(["status"]).exits(0).stdout();
        assert_eq!(row(&said, "has")[6], format!("{session:?}"), "{said}");
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
    crate::common::assert_free(block);
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
