//! `remove` and the programs that could use a set: which sets they keep.

use std::process::Command;

use crate::common::{Finished, Running, Sandbox, alone, holders, until_the_sets_are_older_than};
use semlock::session::Block;
use semlock::sysv::{Key, Set, all_sets};
use serde_json::json;

fn semids() -> Vec<i32> {
    all_sets().unwrap().iter().map(|row| row.semid.raw()).collect()
}

/// A set without a key.
fn private(nsems: u16) -> Set {
    Set::create(Key::PRIVATE, nsems, 0o600).unwrap()
}

/// A living Perl program that has made a set, and was the last to use it.
fn stranger(key: i32, nsems: u16, mode: u16) -> Running {
    let make = "use IPC::SysV qw(IPC_CREAT SETALL); my ($key, $nsems, $mode) = @ARGV;
        my $id = semget($key, $nsems, IPC_CREAT | $mode);
        semctl($id, 0, SETALL, pack 's!*', (0) x $nsems) or die; $| = 1; print qq(ready\n); <STDIN>";
    let mut perl = Command::new("perl");
    perl.args(["-e", make, &key.to_string(), &nsems.to_string(), &mode.to_string()]);
    let mut perl = Running::start(perl);
    assert_eq!(perl.line(), "ready");
    perl
}

#[test]
fn what_was_made_or_used_a_moment_ago_is_kept_unless_a_shorter_time_is_asked_for() {
    let sandbox = Sandbox::new();
    private(4);
    let mut at_once = sandbox.semlock(["remove", "--orphaned", "--yes", "--verbose"]);
    at_once.args(alone());
    Finished::of(at_once)
        .exits(0)
        .contains("kept semid 0, no key, 4 semaphores")
        .contains("idle: it was created, changed or used ");
    assert_eq!(semids(), [0]);
    sandbox.remove(&["--orphaned", "--yes"]).exits(0).contains("removed semid 0");
    assert!(semids().is_empty());
}

#[test]
fn what_only_looks_like_a_block_goes_only_if_nobody_is_seen_to_use_it() {
    let sandbox = Sandbox::new();
    let perl = stranger(4711, 2, 0o600);
    let lives =
        format!("process {} (perl) was the last to set its value, and is alive", perl.pid());
    sandbox
        .remove(&["--all", "--yes"])
        .exits(75)
        .contains("kept semid 0, key 4711 (0x00001267), 2 semaphores, owner ")
        .contains(&format!(": in-use: {lives}; "));
    for named in [["--key", "4711"], ["--id", "0"]] {
        sandbox
            .remove(&named)
            .exits(75)
            .complains(": it is in use\n")
            .complains(&format!("  evidence: {lives}\n"))
            .complains("  fix: semlock remove --id 0 --force  #");
    }
    assert_eq!(semids(), [0]);
    sandbox.run(["remove", "--key", "4711", "--force"]).exits(0);
    assert!(semids().is_empty());
    drop(perl);
}

#[test]
fn a_block_that_a_program_may_have_open_goes_by_itself_and_not_with_others() {
    let sandbox = Sandbox::new();
    let perl = stranger(4711, 2, 0o700);
    let mut own = sandbox.removing(&["--all", "--yes"]);
    own.env("SEMLOCK_KEY", "4711");
    Finished::of(own).exits(75).contains("kept semid 0, key 4711");
    sandbox.run(["remove", "--key", "4711"]).exits(0).complains(&format!(
        "process {} (perl), which can call semop(2), may have it open, and continues without a lock\n",
        perl.pid()
    ));
    assert!(semids().is_empty());
    drop(perl);
}

#[test]
fn the_application_s_block_never_goes_as_an_orphan() {
    let (sandbox, _block) = Sandbox::with_block(32);
    Block::create(Key::new(7), 4, 0o700).unwrap();
    let orphaned = |key: &str| {
        let mut semlock = sandbox.removing(&["--orphaned", "--dry-run"]);
        semlock.env("SEMLOCK_KEY", key);
        Finished::of(semlock).exits(0).stdout()
    };
    for (key, kept, goes) in [("31818", 0, 1), ("7", 1, 0)] {
        let plan = orphaned(key);
        assert!(plan.contains(&format!("kept semid {kept}, key {key} (")), "{plan}");
        assert!(plan.contains("this is the key of the application's block"), "{plan}");
        assert!(plan.contains(&format!("would remove semid {goes}, ")), "{plan}");
    }
    sandbox.remove(&["--orphaned", "--yes"]).exits(0);
    assert_eq!(semids(), [0]);
    sandbox.run(["remove"]).exits(0);
}

/// A Python program that has imported what is named.
fn python(imports: &str) -> Running {
    let mut worker = Command::new("/usr/bin/python3");
    worker.args(["-c", &format!("{imports}; print('ready', flush=True); input()")]);
    let mut worker = Running::start(worker);
    assert_eq!(worker.line(), "ready");
    worker
}

#[test]
fn a_set_with_a_key_is_kept_while_a_program_that_may_find_it_lives() {
    let sandbox = Sandbox::new();
    // Like a pool of workers: one makes the set and ends, another goes on.
    let make = "import sysv_ipc; sysv_ipc.Semaphore(4711, sysv_ipc.IPC_CREX, initial_value=1)";
    let mut maker = Command::new("/usr/bin/python3");
    maker.args(["-c", make]);
    Finished::of(maker).exits(0);
    let (worker, without_calls) = (python("import sysv_ipc"), python("import sys"));
    let kept = sandbox.remove(&["--orphaned", "--dry-run", "--format", "json"]).exits(0).json();
    let kept = &kept["kept"][0];
    assert_eq!((&kept["verdict"], &kept["kept_by"]), (&json!("idle"), &json!([worker.pid()])));
    let evidence = kept["evidence"][0].as_str().unwrap();
    let known = format!(
        "process {} (python3) may use it: it can find it by its key, and sysv_ipc.",
        worker.pid()
    );
    assert!(evidence.starts_with(&known), "{evidence}");
    assert!(evidence.ends_with(" calls semop(2)"), "{evidence}");
    sandbox.remove(&["--orphaned", "--yes"]).exits(0);
    sandbox.remove(&["--all", "--yes"]).exits(75);
    sandbox
        .remove(&["--key", "4711"])
        .exits(75)
        .complains(&format!("  evidence: {known}"))
        .complains(&format!("  fix: semlock remove --id 0 --ignore {} --idle 0s  #", worker.pid()));
    assert_eq!(semids().len(), 1);
    worker.kill();
    sandbox.remove(&["--orphaned", "--yes"]).exits(0).contains("removed semid 0");
    drop(without_calls);
}

#[test]
fn a_set_that_was_made_before_the_clock_was_set_forward_is_unknown() {
    let sandbox = Sandbox::new();
    let mut user = Command::new("perl");
    let raise = "semop($ARGV[0], pack 's!3', 0, 1, 0) or die";
    user.args(["-e", raise, &private(1).semid().to_string()]);
    Finished::of(user).exits(0);
    // In a time namespace whose uptime is next to nothing, the set looks as it
    // does after the clock of a young machine has been corrected.
    until_the_sets_are_older_than(jiff::SignedDuration::from_secs(5));
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let uptime: i64 = uptime.split('.').next().unwrap().parse().unwrap();
    let mut semlock = Command::new("unshare");
    semlock.args(["--time", "--fork", "--boottime", &format!("-{}", uptime - 1)]);
    semlock.args([sandbox.binary(), "remove", "--private", "--dry-run", "--format", "json"]);
    semlock.args(["--idle", "0s"]).args(alone());
    let kept = &Finished::of(semlock).exits(75).json()["kept"][0];
    assert_eq!(kept["verdict"], "unknown", "{kept}");
    let why = kept["evidence"][0].as_str().unwrap();
    assert!(why.starts_with("the clock was set forward"), "{kept}");
}

#[test]
fn a_holder_keeps_its_set_though_a_reader_after_it_has_ended() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let owner = Running::start(sandbox.program("cat"));
    sandbox.run(["lock", "-s", "--for", &owner.pid().to_string(), "a"]).exits(0);
    // The semaphore now names a process that has ended.
    sandbox.run(["lock", "-s", "a", "--", "true"]).exits(0);
    let holder = holders()[0];
    let report = sandbox.run(["status", "--all", "--format", "json"]).json();
    assert_eq!(report["sets"][0]["verdict"], "in-use");
    assert_eq!(report["sets"][0]["kept_by"], json!([holder]));
    let evidence = format!("process {holder} (a holder of semlock) has a lock in it");
    sandbox
        .remove(&["--all", "--yes"])
        .exits(75)
        .contains("kept semid 0, key 31818 (0x00007c4a), 32 semaphores, owner ")
        .contains(&format!(": in-use: {evidence}; "));
    assert_eq!(semids(), [0]);
    assert_eq!(owner.finish(), 0);
}
