//! Values that come from the sets, locks and processes of the moment.

use std::process::Command;

use super::{Answer, asking, offered};
use crate::common::{Finished, Running, Sandbox};
use nix::sched::{CloneFlags, unshare};
use semlock::session::{Block, DEFAULT_KEY, slot_of};
use semlock::sysv::{Key, Set, ipc_namespace};

/// A block at the default key with a lock of session `abc`, a block at key 99, a set of three
/// semaphores at key 5, and a private set.
pub fn several() -> (Sandbox, Running) {
    let (sandbox, _) = Sandbox::with_block(34);
    Block::create(Key::new(99), 8, 0o770).unwrap();
    Set::create(Key::new(5), 3, 0o600).unwrap();
    Set::create(Key::PRIVATE, 2, 0o600).unwrap();
    let holder = sandbox.hold(&["abc"]);
    (sandbox, holder)
}

#[test]
fn keys_are_offered_with_what_the_set_is() {
    let (sandbox, _holder) = several();
    let keys = Answer::of(&sandbox, &["status", "--key", ""]);
    assert_eq!(keys.words(), ["31818", "99", "5"]);
    let said = keys.description("31818");
    assert!(said.starts_with("0x00007c4a, "), "{said}");
    assert!(said.ends_with(", 34 semaphores, in-use"), "{said}");
    assert_eq!(offered(&sandbox, &["remove", "--key=3"]), ["--key=31818"]);
    let hex = Answer::of(&sandbox, &["status", "--key", "0x"]);
    assert_eq!(hex.words(), ["0x00007c4a", "0x00000063", "0x00000005"]);
    assert!(hex.description("0x00000063").starts_with("99, "));
    // Locks are for blocks.
    assert_eq!(offered(&sandbox, &["lock", "--key", ""]), ["31818", "99"]);
    assert_eq!(offered(&sandbox, &["status", "--key", "99", "--key", ""]), ["31818", "5"]);
}

#[test]
fn a_new_block_is_not_offered_the_key_of_another() {
    let (sandbox, _holder) = several();
    assert!(offered(&sandbox, &["create", "--key", ""]).is_empty());
    for option in ["--replace", "--exist-ok"] {
        assert_eq!(offered(&sandbox, &["create", option, "--key", ""]), ["31818", "99"]);
    }
}

#[test]
fn a_negative_key_is_offered_as_semlock_takes_it() {
    let sandbox = Sandbox::new();
    Set::create(Key::new(-17), 4, 0o700).unwrap();
    assert_eq!(offered(&sandbox, &["status", "--key", ""]), ["-17"]);
    assert_eq!(offered(&sandbox, &["status", "--key=0xf"]), ["--key=0xffffffef"]);
}

#[test]
fn semids_and_sizes_are_offered() {
    let (sandbox, _holder) = several();
    let semids = Answer::of(&sandbox, &["remove", "--id", ""]);
    assert_eq!(semids.words(), ["0", "1", "2", "3"]);
    assert!(semids.description("1").starts_with("key 99, "));
    assert!(semids.description("3").starts_with("no key, "));
    assert!(semids.description("3").contains(", 2 semaphores, "));
    assert_eq!(offered(&sandbox, &["unlock", "--id", ""]), ["0", "1"]);
    let sizes = Answer::of(&sandbox, &["status", "--nsems", ""]);
    assert_eq!(sizes.words(), ["2", "3", "8", "34"]);
    assert_eq!(sizes.description("34"), "1 set");
    // The application says it, not the block.
    assert!(offered(&sandbox, &["lock", "--nsems", ""]).is_empty());
}

#[test]
fn sessions_that_are_locked_are_offered_with_their_holders() {
    let (sandbox, holder) = several();
    let readers = sandbox.hold(&["-s", "--session", "-x", "--session", "a b", "--session", "r"]);
    let sessions = Answer::of(&sandbox, &["unlock", ""]);
    let slot = slot_of(b"abc", 34).unwrap();
    assert_eq!(
        sessions.description("abc"),
        format!("slot {slot}, write, process {} (cat)", holder.pid())
    );
    // Not one that would be an option. The script quotes the others.
    let mut words = sessions.words();
    words.sort_unstable();
    assert_eq!(words, ["a b", "abc", "r"]);
    for subcommand in ["lock", "status"] {
        assert_eq!(offered(&sandbox, &[subcommand, "ab"]), ["abc"]);
        assert!(offered(&sandbox, &[subcommand, "abc", "ab"]).is_empty());
        assert_eq!(offered(&sandbox, &[subcommand, "--session", "-"]), ["-x"]);
        assert_eq!(offered(&sandbox, &[subcommand, "--session=-"]), ["--session=-x"]);
    }
    drop((holder, readers));
}

#[test]
fn locked_slots_are_offered() {
    let (sandbox, holder) = several();
    sandbox.run(["lock", "--persist", "--slot", "3"]).exits(0);
    let slots = Answer::of(&sandbox, &["unlock", "--slot", ""]);
    assert_eq!(slots.description("3"), "persistent");
    let slot = slot_of(b"abc", 34).unwrap().to_string();
    assert_eq!(slots.description(&slot), format!("write, process {} (cat)", holder.pid()));
    assert_eq!(slots.words().len(), 2);
    assert_eq!(offered(&sandbox, &["unlock", "--slot=3", "--slot="]), [format!("--slot={slot}")]);
}

#[test]
fn sessions_kept_for_a_script_are_offered_with_the_script() {
    let (sandbox, _) = Sandbox::with_block(8);
    let mut script = Running::start(
        sandbox.shell("semlock lock abc; echo locked; read line; semlock unlock abc"),
    );
    assert_eq!(script.line(), "locked");
    let said = Answer::of(&sandbox, &["unlock", "a"]).description("abc").to_owned();
    assert!(said.contains(&format!("write, process {} (sh -c ", script.pid())), "{said}");
    assert_eq!(script.finish(), 0);
}

#[test]
fn the_block_is_that_of_the_line() {
    let (sandbox, _holder) = several();
    let _other = sandbox.hold(&["--key", "99", "other"]);
    for words in [
        &["unlock", "--key", "99", ""][..],
        &["unlock", "--key=0x63", ""],
        &["unlock", "--id", "1", ""],
        &["status", "--key", "31818", "--key", "99", ""],
        &["unlock", "--format", "bogus", "--key", "99", ""],
    ] {
        let other = Finished::of(asking(&sandbox, words)).exits(0).stdout();
        assert!(other.starts_with("values\nother\tslot "), "{words:?}: {other}");
    }
    let mut by_environment = asking(&sandbox, &["unlock", ""]);
    by_environment.env("SEMLOCK_KEY", "99");
    assert_eq!(Answer::from(by_environment, &["unlock", ""]).words(), ["other"]);
}

#[test]
fn another_ipc_namespace_is_offered_and_looked_into() {
    let (sandbox, _holder) = several();
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    let here = ipc_namespace().unwrap();
    let mut cat = Running::start(Command::new("cat"));
    assert_eq!(cat.ask("ready"), "ready");
    Block::create(Key::new(7), 4, 0o700).unwrap();
    let pid = cat.pid().to_string();
    for words in [
        &["--ipc-namespace", &pid, "status", "--key", ""][..],
        &["status", "--ipc-namespace", &pid, "--key", ""],
    ] {
        // Only seen from inside another one.
        assert_eq!(offered(&sandbox, words), ["7"]);
    }
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    let namespaces = Answer::of(&sandbox, &["status", "--ipc-namespace", ""]);
    assert_eq!(namespaces.kind, "files");
    assert_eq!(namespaces.description(&pid), format!("{here}, cat"));
    assert_eq!(offered(&sandbox, &["status", "--ipc-namespace", &pid, "--key", ""]), ["7"]);
    assert!(offered(&sandbox, &["status", "--key", ""]).is_empty());
    let gone = ["status", "--ipc-namespace", "/no/such/file", "--key", ""];
    assert!(offered(&sandbox, &gone).is_empty());
}

#[test]
fn processes_are_offered_for_a_lock_and_to_be_ignored() {
    let (sandbox, holder) = several();
    let pid = holder.pid().to_string();
    let owners = Answer::of(&sandbox, &["lock", "--for", ""]);
    assert_eq!(owners.description(&pid), "cat");
    // This test has started it.
    assert_eq!(owners.words()[0], std::process::id().to_string());
    let keepers = Answer::of(&sandbox, &["remove", "--ignore", ""]);
    assert!(keepers.description(&pid).starts_with("keeps "), "{keepers:?}");
    assert!(keepers.description(&pid).ends_with(": cat"), "{keepers:?}");
    assert!(keepers.description("cat").starts_with("processes that keep "), "{keepers:?}");
    assert!(!offered(&sandbox, &["remove", "--ignore", &pid, "--ignore", ""]).contains(&pid));
}

#[test]
fn programs_are_offered_as_status_shows_them() {
    let (sandbox, _holder) = several();
    let shown =
        sandbox.run(["status", "--all", "--key", "31818", "--columns", "program", "--no-headers"]);
    let shown = shown.stdout().trim().to_owned();
    let programs = Answer::of(&sandbox, &["status", "--program", ""]);
    assert_eq!((shown.as_str(), programs.description(&shown)), ("cat", "1 set"));
}

#[test]
fn users_of_sets_are_offered_and_the_accounts_if_one_was_begun() {
    let sandbox = Sandbox::new();
    let (uid, gid) = (nix::unistd::getuid(), nix::unistd::getgid());
    sandbox.run(["create"]).exits(0);
    let owners = Answer::of(&sandbox, &["status", "--owner", ""]);
    assert_eq!(owners.candidates.len(), 1, "{owners:?}");
    assert_eq!(owners.candidates[0].1, "owns 1 set");
    let shown = sandbox.run(["status", "--all", "--columns", "user", "--no-headers"]).stdout();
    assert_eq!(owners.words(), [shown.trim()], "uid {uid}, gid {gid}");
    assert_eq!(Answer::of(&sandbox, &["remove", "--creator="]).candidates[0].1, "created 1 set");
    let accounts = Answer::of(&sandbox, &["remove", "--owner", "nobo"]);
    assert_eq!(accounts.description("nobody"), "uid 65534");
    assert!(Answer::of(&sandbox, &["create", "--owner", ""]).offers("nobody"));
    let groups = Answer::of(&sandbox, &["create", "--owner=nobody:"]);
    assert_eq!(groups.description("--owner=nobody:root"), "gid 0");
    assert_eq!(offered(&sandbox, &["create", "--mode", ""]), ["0700", "0770"]);
}

#[test]
fn where_there_is_nothing_nothing_is_offered_and_nothing_is_created() {
    let sandbox = Sandbox::new();
    for words in [
        &["status", "--key", ""][..],
        &["lock", "--id", ""],
        &["unlock", "--slot", ""],
        &["unlock", "--session", ""],
        &["status", "--nsems", ""],
        &["status", "--program", ""],
        &["status", "--owner", ""],
        &["remove", "--ignore", ""],
    ] {
        let answer = Answer::of(&sandbox, words);
        let is_empty = answer.candidates.is_empty() || words[1] == "--owner";
        assert!(is_empty && answer.kind == "values", "{words:?}: {answer:?}");
    }
    assert!(semlock::sysv::all_sets().unwrap().is_empty());
    assert!(Block::open(DEFAULT_KEY).is_err());
    Finished::of(asking(&sandbox, &["status", ""])).exits(0).contains("--all\t");
}

#[cfg(target_pointer_width = "64")]
#[test]
fn under_a_filter_that_kills_no_set_is_offered() {
    use crate::common::filter::filtered;
    use seccompiler::SeccompAction::KillProcess;
    let (sandbox, _holder) = several();
    let calls = [libc::SYS_semget, libc::SYS_semctl, libc::SYS_semop, libc::SYS_semtimedop];
    filtered(&calls, KillProcess, || {
        for words in [
            &["status", "--key", ""][..],
            &["unlock", "--session", ""],
            &["remove", "--ignore", ""],
        ] {
            assert!(offered(&sandbox, words).is_empty(), "{words:?}");
        }
        assert!(offered(&sandbox, &["status", "--columns", ""]).contains(&"slot".into()));
    });
}
