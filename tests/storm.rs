//! Verdicts while processes fork and end without a pause, beside owners that
//! live. Needs root: `make test` runs it as root.
//!
//! As it is, a few verdicts; with SEMLOCK_STORM=N, so many.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Running, Sandbox};
use serde_json::Value;

/// How many processes there are at any time that fork and end.
const STORM: usize = 100;

/// The user of both.
const USER: u32 = 1521;

/// Two processes: each has a set, at a key and without one, that only an ended
/// child of it has used.
fn owners() -> Vec<(Running, i32)> {
    let start = |key: &str| {
        let mut perl = Command::new("perl");
        perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/owner.pl"));
        perl.args([key, &USER.to_string(), &USER.to_string()]);
        let mut owner = Running::start(perl);
        let semid = owner.line().parse().unwrap();
        (owner, semid)
    };
    vec![start("17409"), start("0")]
}

/// Processes of the owners' user, in the same namespace, each of which forks and
/// ends at once, while its child does the same; all of them end with the first one.
fn storm(sandbox: &Sandbox) -> Running {
    let program = "my ($user, $count) = @ARGV; $( = $user; $) = \"$user $user\"; ($<, $>) = ($user, $user); $SIG{CHLD} = 'IGNORE';
        for (1 .. $count) { unless (fork // die) { while (1) { exit if fork // 1 } } }
        $| = 1; print \"blows\\n\"; sleep while 1";
    // They leave some of the processors' time to others, and never rest.
    let mut perl = Command::new("setpriv");
    perl.args(["--pdeathsig", "KILL", "nice", "-n", "19", "unshare"]);
    perl.args(["--pid", "--fork", "--kill-child", "perl", "-e", program])
        .args([USER.to_string(), STORM.to_string()]);
    perl.current_dir(&sandbox.directory);
    let mut storm = Running::start(perl);
    assert_eq!(storm.line(), "blows");
    storm
}

/// How many processes of the storm's user there are.
fn in_the_air() -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter(|entry| entry.metadata().is_ok_and(|data| data.uid() == USER)).count()
}

/// How many rounds are asked for, and how long they may take: with SEMLOCK_STORM, as
/// long as they need; otherwise a machine that is busy does fewer.
fn rounds() -> (usize, Duration) {
    let asked = std::env::var("SEMLOCK_STORM").ok().and_then(|rounds| rounds.parse().ok());
    asked.map_or((50, Duration::from_mins(1)), |rounds| (rounds, Duration::MAX))
}

#[test]
fn no_living_owner_is_overlooked_while_processes_fork_and_end_without_a_pause() {
    let sandbox = Sandbox::for_every_user();
    let owners = owners();
    let storm = storm(&sandbox);
    let mut tally = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    let ((most, time), begin) = (rounds(), Instant::now());
    let mut done = 0;
    while done < most && begin.elapsed() < time {
        done += 1;
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
    assert!(in_the_air() > STORM / 2, "the storm has ended: {} are left", in_the_air());
    println!("storm: {STORM} processes fork and end, {done} rounds, verdicts: {tally:?}");
    assert!(wrong.is_empty(), "{} of {tally:?} are wrong: {}", wrong.len(), wrong[0]);
    storm.kill();
}
