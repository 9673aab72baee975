//! Verdicts while processes fork and end without a pause, beside owners that
//! live. Needs root: `make test` runs it as root.
//!
//! As it is, a few verdicts; with SEMLOCK_STORM=N, so many.

mod common;

use std::collections::BTreeMap;
use std::process::Command;

use common::{Running, Sandbox};
use serde_json::Value;

/// How many processes there are at any time that fork and end.
const STORM: usize = 100;

/// Two processes: each has a set, at a key and without one, that only an ended
/// child of it has used.
fn owners() -> Vec<(Running, i32)> {
    let start = |key: &str| {
        let mut perl = Command::new("perl");
        perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/owner.pl"));
        perl.args([key, "1521", "1521"]);
        let mut owner = Running::start(perl);
        let semid = owner.line().parse().unwrap();
        (owner, semid)
    };
    vec![start("17409"), start("0")]
}

/// Processes of the owners' user, in the same namespace, each of which forks and
/// ends at once, while its child does the same; all of them end with the first one.
fn storm(sandbox: &Sandbox) -> Running {
    let program = "$( = 1521; $) = '1521 1521'; ($<, $>) = (1521, 1521); $SIG{CHLD} = 'IGNORE';
        for (1 .. $ARGV[0]) { unless (fork // die) { while (1) { exit if fork // 1 } } }
        $| = 1; print \"blows\\n\"; sleep while 1";
    let mut perl = Command::new("unshare");
    perl.args(["--pid", "--fork", "--kill-child", "perl", "-e", program, &STORM.to_string()]);
    perl.current_dir(&sandbox.directory);
    let mut storm = Running::start(perl);
    assert_eq!(storm.line(), "blows");
    storm
}

fn rounds() -> usize {
    let rounds = std::env::var("SEMLOCK_STORM").ok().and_then(|rounds| rounds.parse().ok());
    rounds.unwrap_or(50)
}

#[test]
fn no_living_owner_is_overlooked_while_processes_fork_and_end_without_a_pause() {
    let sandbox = Sandbox::for_every_user();
    let owners = owners();
    let storm = storm(&sandbox);
    let mut tally = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    for _ in 0..rounds() {
        let status = ["status", "--all", "--idle", "0s", "--format", "json"];
        let report = sandbox.run(status).exits(0).json();
        for (_, semid) in &owners {
            let sets = report["sets"].as_array().unwrap();
            let set = sets.iter().find(|set| set["semid"] == *semid).expect("an owner's set");
            let Value::String(verdict) = &set["verdict"] else { panic!("no verdict: {set}") };
            *tally.entry(verdict.clone()).or_default() += 1;
            if verdict == "orphaned" {
                wrong.push(set.clone());
            }
        }
    }
    println!("storm: {STORM} processes fork and end, {} rounds, verdicts: {tally:?}", rounds());
    assert!(wrong.is_empty(), "{} of {tally:?} are wrong: {}", wrong.len(), wrong[0]);
    storm.kill();
}
