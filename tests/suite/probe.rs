//! `probe-max`: what it measures is what the kernel does, and nothing is left.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::common::{Finished, Running, Sandbox};
use fastrand::Rng;
use semlock::sysv::{Set, all_sets};
use serde_json::{Value, json};

pub fn limited(limits: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write("/proc/sys/kernel/sem", limits).unwrap();
    sandbox
}

fn probe(sandbox: &Sandbox, options: &[&str]) -> Value {
    let run = [&["probe-max", "--format", "json"], options].concat();
    sandbox.run(run).exits(0).json()
}

/// The largest set that can be made, by making one and one that is larger.
fn is_the_largest(nsems: u32) -> bool {
    let possible = |nsems| Set::create_private(nsems, 0o600).map(Set::remove).is_ok();
    (nsems == 0 || possible(nsems)) && !possible(nsems + 1)
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn the_largest_set_is_exact_under_every_limit_and_the_binding_one_is_named() {
    for (limits, used, most, binding) in [
        ("32000 1024000000 500 32000", &[][..], 32000, "SEMMSL"),
        ("1 100 10 10", &[], 1, "SEMMSL"),
        ("2 100 10 10", &[], 2, "SEMMSL"),
        ("8 100 10 10", &[], 8, "SEMMSL"),
        ("250 100 10 10", &[], 100, "SEMMNS"),
        ("250 100 10 10", &[60, 37], 3, "SEMMNS"),
        ("250 100 10 10", &[60, 39], 1, "SEMMNS"),
        ("250 100 10 10", &[60, 40], 0, "SEMMNS"),
        ("250 1000 10 2", &[5, 6], 0, "SEMMNI"),
        ("250 1000 10 3", &[5, 6], 250, "SEMMSL"),
        ("65535 1024000000 500 32000", &[], 65535, "SEMMSL"),
        ("65536 1024000000 500 32000", &[7], 65536, "SEMMSL"),
        ("100000 1024000000 500 32000", &[], 100_000, "SEMMSL"),
        ("100000 80000 500 32000", &[1], 79_999, "SEMMNS"),
    ] {
        let sandbox = limited(limits);
        for &nsems in used {
            Set::create_private(nsems, 0o600).unwrap();
        }
        let report = probe(&sandbox, &[]);
        let told = (&report["max_nsems"], &report["binding_limit"], &report["available"]);
        assert_eq!(told, (&json!(most), &json!(binding), &json!(true)), "{limits} {used:?}");
        assert!(is_the_largest(most), "{limits} {used:?}");
        let power = if most == 0 { 0 } else { 1 << most.ilog2() };
        assert_eq!(report["max_power_of_two"], power, "{limits} {used:?}");
        let numbers: Vec<u32> = limits.split(' ').map(|number| number.parse().unwrap()).collect();
        let declared = &report["limits"];
        let names = ["semmsl", "semmns", "semopm", "semmni"];
        assert_eq!(
            names.map(|name| declared[name].as_u64().unwrap()),
            numbers[..].iter().map(|&number| u64::from(number)).collect::<Vec<_>>()[..]
        );
        assert_eq!(declared["sets_used"], used.len());
        assert_eq!(declared["semaphores_used"], used.iter().sum::<u32>());
        assert_eq!(all_sets().unwrap().len(), used.len(), "a set was left behind");
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs more than five operations in a call")]
fn what_the_kernel_really_does_is_told() {
    let sandbox = limited("100 1000 37 10");
    let report = probe(&sandbox, &[]);
    for (name, value) in [
        ("undo", json!(true)),
        ("timed_wait", json!(true)),
        ("zeroed", json!(true)),
        ("max_operations", json!(37)),
        ("max_value", json!(32767)),
    ] {
        assert_eq!(report[name], value, "{name}");
    }
    assert_eq!(report["schema"], 1);
    let table = sandbox.run(["probe-max"]).exits(0).stdout();
    for part in [
        "largest set now         100, limited by SEMMSL",
        "SEM_UNDO after SIGKILL  yes",
        "operations per call     37",
        "SEMMNI                  10, 0 in use",
    ] {
        assert!(table.contains(part), "expected {part:?} in {table}");
    }
}

#[test]
fn no_room_is_an_answer_in_which_nothing_is_made_up() {
    let sandbox = limited("250 1000 10 1");
    Set::create_private(3, 0o600).unwrap();
    let report = probe(&sandbox, &[]);
    for name in [
        "recommended",
        "effective_slots",
        "undo",
        "timed_wait",
        "zeroed",
        "max_operations",
        "max_value",
        "first_lock_cost",
    ] {
        assert_eq!(report[name], Value::Null, "{name}");
    }
    sandbox.run(["probe-max", "--require", "undo"]).exits(1).complains("could not be measured");
    sandbox.run(["probe-max"]).exits(0).contains("no block can be created now");
}

#[test]
fn no_size_is_recommended_where_no_session_can_be_locked() {
    for (semopm, undo) in [(0, Value::Null), (1, true.into()), (2, true.into())] {
        let sandbox = limited(&format!("40 1000 {semopm} 10"));
        let report = probe(&sandbox, &[]);
        assert_eq!((&report["max_nsems"], &report["max_operations"]), (&40.into(), &semopm.into()));
        assert_eq!((&report["recommended"], &report["undo"]), (&Value::Null, &undo));
        let answer = sandbox.run(["probe-max"]);
        answer.exits(0).contains("no session can be locked: that takes 3 operations").is_said("");
    }
    assert_eq!(probe(&limited("40 1000 3 10"), &[])["recommended"], 38);
}

#[test]
fn a_ci_job_can_insist() {
    let sandbox = limited("40 1000 10 10");
    sandbox
        .run(["probe-max", "--at-least", "40", "--require", "undo,timed-wait", "-q"])
        .exits(0)
        .is_silent();
    sandbox.run(["probe-max", "--at-least", "41", "-q"]).exits(1).is_silent();
    sandbox.run(["probe-max", "--at-least", "41", "--format", "json"]).exits(1).json();
    for wrong in [
        ["--at-least", "-1"],
        ["--require", "magic"],
        ["--id-length", "0"],
        ["--id-length", "207"],
        ["--sessions", "0"],
        ["--format", "xml"],
    ] {
        sandbox.run([&["probe-max"][..], &wrong].concat()).exits(64);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_shell_reads_the_variables() {
    let sandbox = limited("40 1000 10 10");
    let mut shell = Command::new("sh");
    let script = "set -eu; eval \"$($1 probe-max --format env)\"; echo $SEMLOCK_AVAILABLE $SEMLOCK_MAX_NSEMS $SEMLOCK_MAX_POWER_OF_TWO $SEMLOCK_BINDING_LIMIT $SEMLOCK_UNDO $SEMLOCK_TIMED_WAIT $SEMLOCK_SEMMNS $SEMLOCK_SETS_USED $SEMLOCK_RECOMMENDED $SEMLOCK_EFFECTIVE_SLOTS";
    shell.args(["-c", script, "sh", sandbox.binary()]);
    Finished::of(shell).exits(0).prints("true 40 32 SEMMSL true true 1000 0 38 19\n");
    // One assignment a line, as CI systems want it, with nothing to be quoted.
    for line in sandbox.run(["probe-max", "--format", "env"]).exits(0).stdout().lines() {
        let (name, value) = line.split_once('=').unwrap();
        assert!(
            name.starts_with("SEMLOCK_")
                && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'),
            "{line}"
        );
        assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'), "{line}");
    }
}

#[test]
fn the_recommended_size_makes_sessions_meet_as_rarely_as_it_says_by_perls_own_count() {
    let sandbox = limited("32000 1024000000 500 32000");
    let mut random = Rng::with_seed(31);
    for (sessions, length, ids) in
        [(64, 32, 100_000), (64, 12, 20_000), (10, 13, 20_000), (200, 40, 20_000), (64, 4, 20_000)]
    {
        let options = ["--sessions", &sessions.to_string(), "--id-length", &length.to_string()];
        let report = probe(&sandbox, &options);
        let expected = report["collisions"].as_f64().unwrap();
        let nsems = report["recommended"].as_u64().unwrap();
        let slots = report["effective_slots"].as_u64().unwrap();
        assert_eq!(nsems, 2 * slots);
        if sessions <= 64 {
            assert!(expected < 0.01, "{report}");
        }
        if sessions <= 64 && length > 12 {
            // No more than needed: the next smaller size that spreads is not enough.
            let smaller = (1..slots).rev().find(|slots| slots % 2 == 1 && slots % 31 != 0).unwrap();
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let chance = 1.0 - (1.0 - 1.0 / smaller as f64).powi(sessions - 1);
            assert!(chance >= 0.01, "{smaller} would do");
        }
        let ids: Vec<String> = (0..ids)
            .map(|_| {
                (0..length).map(|_| char::from(b"0123456789abcdef"[random.usize(..16)])).collect()
            })
            .collect();
        let fallen = perls_slots(&sandbox, nsems, &ids);
        let met = fallen.chunks_exact(sessions.try_into().unwrap()).flat_map(|open| {
            open.iter().enumerate().map(|(at, slot)| {
                open.iter().enumerate().any(|(other, same)| other != at && same == slot)
            })
        });
        let (met, all) =
            met.fold((0_u32, 0_u32), |(met, all), meets| (met + u32::from(meets), all + 1));
        let share = f64::from(met) / f64::from(all);
        // Four standard deviations, twice what independent trials have: those of
        // a pair are not.
        let spread = 4.0 * (2.0 * expected / f64::from(all)).sqrt();
        assert!(
            (share - expected).abs() < spread,
            "{sessions} sessions of {length} digits: {share} instead of {expected}"
        );
    }
}

#[test]
fn ids_that_are_too_few_to_fall_on_all_slots_alike_are_counted_exactly() {
    let sandbox = limited("32000 1024000000 500 32000");
    let report = probe(&sandbox, &["--id-length", "4"]);
    let nsems = report["recommended"].as_u64().unwrap();
    let every: Vec<_> = (0..=u16::MAX).map(|id| format!("{id:04x}")).collect();
    let mut fallen: BTreeMap<String, u32> = BTreeMap::new();
    for slot in perls_slots(&sandbox, nsems, &every) {
        *fallen.entry(slot).or_default() += 1;
    }
    let share = |ids: u32| f64::from(ids) / 65536.0;
    let meets = |share: f64| share * (1.0 - (1.0 - share).powi(63));
    let expected: f64 = fallen.into_values().map(|ids| meets(share(ids))).sum();
    assert!(expected < 0.01, "{expected}");
    assert!((report["collisions"].as_f64().unwrap() - expected).abs() < 1e-9, "{report}");
}

#[test]
fn a_set_that_is_larger_than_all_that_are_tried_is_not_denied() {
    let sandbox = limited("10000000 1024000000 500 10");
    let report = probe(&sandbox, &[]);
    assert_eq!((&report["max_nsems"], &report["binding_limit"]), (&1_048_576.into(), &Value::Null));
    sandbox.run(["probe-max"]).contains("1048576, and no larger one was tried");
    let more = sandbox.run(["probe-max", "-q", "--at-least", "1048577"]);
    more.exits(1).is_silent();
    let more = sandbox.run(["probe-max", "--at-least", "1048577"]);
    more.exits(1)
        .complains("the largest that can be created now has 1048576\n")
        .complains("  evidence: no larger one was tried\n");
}

/// The slots on which ids fall by the real module.
fn perls_slots(sandbox: &Sandbox, nsems: u64, ids: &[String]) -> Vec<String> {
    let asked: Vec<_> = ids.iter().map(|id| format!("{nsems} {id}")).collect();
    let file = sandbox.directory.join("ids");
    fs::write(&file, asked.join("\n")).unwrap();
    let mut perl = Command::new("perl");
    perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/slots.pl"));
    perl.stdin(fs::File::open(file).unwrap());
    let slots: Vec<_> = Finished::of(perl).exits(0).stdout().lines().map(String::from).collect();
    assert_eq!(slots.len(), ids.len());
    slots
}

#[test]
fn where_the_limits_allow_too_little_the_best_is_recommended_and_said_to_be_no_more() {
    let sandbox = limited("100 1000 10 10");
    let report = probe(&sandbox, &[]);
    assert_eq!((&report["recommended"], &report["effective_slots"]), (&json!(98), &json!(49)));
    assert!(report["collisions"].as_f64().unwrap() > 0.5);
    assert!(report["reason"].as_str().unwrap().contains("the best possible"), "{report}");
    let one = probe(&sandbox, &["--sessions", "1"]);
    assert_eq!((&one["recommended"], &one["collisions"]), (&json!(2), &json!(0.0)));
    // 62 is twice 31, on which short ids spread badly.
    let sandbox = limited("62 1000 10 10");
    assert_eq!(probe(&sandbox, &[])["recommended"], 58);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs what only Linux has")]
fn a_larger_set_costs_a_process_more() {
    let sandbox = limited("32000 1024000000 500 32000");
    let cost =
        |sessions| probe(&sandbox, &["--sessions", sessions])["first_lock_cost"].as_f64().unwrap();
    // From 12 times on a quiet machine; that it costs more at all is the point.
    assert!(cost("150") > 2.0);
}

#[test]
fn on_a_terminal_nothing_but_the_answer_is_shown_by_a_quick_probe() {
    let sandbox = limited("100 1000 10 10");
    let mut script = Command::new("script");
    script.args(["-q", "-c", &format!("{} probe-max", sandbox.binary()), "/dev/null"]);
    let mut terminal = Running::start(script);
    assert!(terminal.line().starts_with(" semaphores"), "the answer comes first");
}
