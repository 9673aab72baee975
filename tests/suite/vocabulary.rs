//! A thing has one name: in JSON, as a column and in the manual.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::common::schema::name_of;
use crate::common::{Running, Sandbox, abandon, until, until_waiting};
use semlock::internal::{
    DOCUMENTS, Fields, Kind, SemaphoreColumn, SetColumn, SlotColumn, fields, fields_at,
};
use semlock::session::{Block, DEFAULT_KEY, Slot};
use semlock::sysv::Set;
use serde_json::Value;

/// Every name in `document`, behind the place where it is: `status.slots[] state`.
fn collect(document: &Value, place: &str, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.insert(format!("{place} {name}"));
                collect(value, &format!("{place}.{name}"), found);
            }
        }
        Value::Array(all) => {
            for one in all {
                collect(one, &format!("{place}[]"), found);
            }
        }
        _ => {}
    }
}

/// Every name in real documents.
fn found() -> BTreeSet<String> {
    let (sandbox, block) = Sandbox::with_block(32);
    let mut found = BTreeSet::new();
    let mut add = |document: &Value| collect(document, name_of(document), &mut found);
    let holder = sandbox.hold(&["--slot", "3"]);
    let waiter = Running::start(sandbox.semlock(["lock", "--slot", "3", "--", "true"]));
    until_waiting(block, 1);
    until("the waiter is seen", || waiter.waits_for_a_semaphore());
    abandon(block.writer(Slot::new(5)));
    let other = Set::create_private(1, 0o600).unwrap();
    let mut perl = Command::new("perl");
    perl.args(["-e", "semop($ARGV[0], pack 's!3', 0, -1, 0)", &other.semid().to_string()]);
    let perl = Running::start(perl);
    until("the wait is seen", || perl.waits_for_a_semaphore() && other.ncnt(0) == Ok(1));
    fs::write(sandbox.directory.join("names"), "a\n").unwrap();
    // A limit that is nearly reached is a finding with details.
    fs::write("/proc/sys/kernel/sem", "34 1000 8 3").unwrap();
    let other = other.semid().to_string();
    let json = |arguments: &[&str]| sandbox.run([arguments, &["--format", "json"]].concat());
    for arguments in [
        &["status"][..],
        &["status", "a", "b"],
        &["status", "--all", "--limit-warn", "1"],
        &["status", "--all-namespaces"],
        &["status", "--id", &other],
        &["status", "--slots", "all", "--sessions", "names"],
    ] {
        add(&json(arguments).exits(0).json());
    }
    add(&json(&["probe-max"]).exits(0).json());
    add(&json(&["remove", "--all", "--idle", "0", "--dry-run"]).json());
    let busy = json(&["lock", "-n", "--slot", "3", "--for", "1"]);
    add(&serde_json::from_str(&busy.exits(75).stderr()).unwrap());
    assert_eq!((holder.finish(), waiter.finish()), (0, 0));
    sandbox.run(["unlock", "--abandoned", "--all"]).exits(0);
    add(&json(&["remove", "--dry-run"]).exits(0).json());
    add(&json(&["create", "--replace", "--nsems", "34"]).exits(0).json());
    found
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_real_document_has_every_name_that_the_manual_has() {
    let found = found();
    for Fields { of, places, rows, .. } in fields() {
        for (name, value, _) in *rows {
            let is_there = places.iter().any(|place| found.contains(&format!("{place} {name}")));
            let is_column = matches!(value.kind, Kind::Column);
            assert!(is_there || is_column, "no document has {name}, a field of {of}");
        }
    }
    let is_met = |name: &str| found.contains(&format!("{name} schema"));
    assert!(DOCUMENTS.iter().all(|(name, _)| is_met(name)), "{found:?}");
}

#[test]
fn a_column_has_the_name_that_json_has() {
    let is_listed = |place: &str, column: &str| fields_at(place).any(|(name, ..)| *name == column);
    for (place, columns) in [
        ("status-block.slots[]", &SlotColumn::ALL.map(SlotColumn::name)[..]),
        ("status-all.sets[]", &SetColumn::ALL.map(SetColumn::name)),
        ("status-set.semaphores[]", &SemaphoreColumn::ALL.map(SemaphoreColumn::name)),
    ] {
        for column in columns {
            assert!(is_listed(place, column), "src/manual/fields lacks the column {column}");
        }
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn what_json_says_of_a_set_or_a_slot_in_one_word_is_a_column() {
    let sets = SetColumn::ALL.map(SetColumn::name);
    let slots = SlotColumn::ALL.map(SlotColumn::name);
    let sandbox = Sandbox::new();
    let block = Block::create(DEFAULT_KEY, 32, 0o700).unwrap();
    abandon(block.writer(Slot::new(5)));
    let json = |options: &[&str]| {
        let words = ["status", "--format", "json"];
        sandbox.run([&words, options].concat()).exits(0).json()
    };
    for (document, columns) in
        [(&json(&["--all-namespaces"])["sets"][0], &sets[..]), (&json(&[])["slots"][0], &slots[..])]
    {
        for (name, value) in document.as_object().unwrap() {
            let is_list = value.is_array() || value.is_object();
            assert!(is_list || columns.contains(&name.as_str()), "{name} is no column");
        }
    }
    assert!(sets.contains(&"kept_by"));
    // Each has what JSON has.
    let holder = sandbox.hold(&["--slot", "3"]);
    let columns = |columns: &str, all: &[&str]| {
        let words = ["status", "--no-headers", "--columns", columns];
        sandbox.run([&words, all].concat()).exits(0).stdout().trim().to_owned()
    };
    let kept_by = &json(&["--all"])["sets"][0]["kept_by"];
    assert_eq!(columns("kept_by", &["--all"]), kept_by[0].to_string());
    let set = &json(&["--all"])["sets"][0];
    let group = set["cgroup"].as_str().map_or_else(|| set["cgid"].to_string(), Into::into);
    assert_eq!(columns("cgroup", &["--all"]), group);
    let started = json(&[])["slots"][0]["started"].as_str().unwrap().to_owned();
    assert_eq!(columns("started", &[]).lines().next().unwrap().trim(), started);
    assert_eq!(holder.finish(), 0);
}

#[test]
fn a_name_of_the_past_or_of_ipcs_leads_to_the_one_that_there_is() {
    let sandbox = Sandbox::new();
    for (typed, meant) in [
        (["--columns", "slot,last-pid"], "status --columns slot,sempid"),
        (
            ["--columns=key-hex,owner,used,changed", "-a"],
            "status --columns=key_hex,user,otime,ctime -a",
        ),
        (["--sort", "used"], "status --sort otime"),
        (["--sort", "changed"], "status --sort ctime"),
        (["--sort", "owner"], "status --sort uid"),
        (["--columns", "semid,perms"], "status --columns semid,mode"),
    ] {
        let refused = sandbox.run([&["status"], &typed[..]].concat());
        refused.exits(64).complains(&format!("\n  fix: semlock {meant}\n"));
    }
    sandbox.run(["status", "--columns", "nonsense"]).exits(64).complains("slots have slot, state");
}
