//! What is wrong with many sets, and that what is printed for it does that and no more.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::common::remedy::limited;
use crate::common::world::{User, World, everybody, sees_every_process, semids};
use crate::common::{Finished, Sandbox};
use semlock::session::Block;
use semlock::sysv::Key;
use serde_json::{Value, json};

/// Leaves behind three sets, of one, two and three semaphores, all of them used.
const LEAVE: &str = "use IPC::SysV qw(IPC_PRIVATE);
    for my $nsems (1 .. 3) {
        my $id = semget(IPC_PRIVATE, $nsems, 0600) // die $!;
        semop($id, pack 's!*', map { ($_, 1, 0) } 0 .. $nsems - 1) or die $!
    }";

fn findings(report: &Value, kind: &str) -> Vec<Value> {
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["kind"] == kind).cloned().collect()
}

fn look(world: &World, options: &[&str]) -> Value {
    let words = ["status", "--all", "--idle", "0s", "--format", "json"];
    world.semlock(User::Tester, &[&words[..], options].concat()).exits(0).json()
}

/// Runs a command as it was printed.
fn follow(world: &World, fix: &Value) {
    let directory = Path::new(world.sandbox.binary()).parent().unwrap().display();
    let command = fix.as_str().unwrap().split("  # ").next().unwrap();
    let script = format!("PATH={directory}:$PATH; exec {command} --yes");
    world.run(User::Tester, &["sh", "-ec", &script]).exits(0);
}

#[test]
fn the_command_for_orphaned_sets_removes_those_that_were_asked_for_and_no_others() {
    let world = World::new();
    world.perl(User::Tester, LEAVE);
    let report = look(&world, &["--nsems", "2"]);
    let [finding] = &findings(&report, "orphaned")[..] else { panic!("{report}") };
    let subject = finding["subject"].as_str().unwrap();
    assert!(subject.contains("1 set of root (0) is orphaned: no living process"), "{subject}");
    assert!(subject.contains("removing it frees 1 of "), "{subject}");
    follow(&world, &finding["fix"][0]);
    assert_eq!(semids(), [0, 2]);
    let report = look(&world, &["--id", "2"]);
    assert_eq!(findings(&report, "orphaned")[0]["fix"], json!(["semlock remove --id 2"]));
    follow(&world, &findings(&look(&world, &[]), "orphaned")[0]["fix"][0]);
    assert_eq!(semids(), [0; 0]);
    world.semlock(User::Tester, &["status", "--all", "--check"]).exits(0);
}

#[test]
fn a_limit_that_is_nearly_reached_comes_with_what_frees_enough() {
    let world = World::new();
    std::fs::write("/proc/sys/kernel/sem", "8 64 8 3").unwrap();
    world.perl(User::Tester, LEAVE);
    let report = look(&world, &[]);
    let [limit] = &findings(&report, "limit")[..] else { panic!("{report}") };
    assert_eq!(limit["subject"], "3 of 3 sets (SEMMNI) exist");
    assert_eq!(limit["details"], json!(["root (0) has the most: 3 sets with 6 semaphores"]));
    let orphaned = &findings(&report, "orphaned")[0];
    assert_eq!(orphaned["fix"], json!([]), "a command is printed once");
    assert_eq!(orphaned["details"], json!(["the fix above also fixes this"]));
    follow(&world, &limit["fix"][0]);
    world.semlock(User::Tester, &["status", "--all", "--check"]).exits(0);
}

#[test]
fn who_has_most_is_who_has_most_of_what_is_nearly_used_up() {
    let Some(&other @ User::Other) = everybody().last() else { return };
    let world = World::open();
    let make = |user, number: u32, nsems: u32| {
        let script = format!("semget(0, {nsems}, 0600) // die $! for 1 .. {number}");
        world.perl(user, &script);
    };
    make(User::Tester, 1, 8);
    make(other, 3, 1);
    for (limits, most) in
        [("8 1000 8 4", "3 sets with 3 semaphores"), ("8 11 8 100", "1 set with 8")]
    {
        std::fs::write("/proc/sys/kernel/sem", limits).unwrap();
        let report = look(&world, &[]);
        let limit = &findings(&report, "limit")[0];
        assert!(limit["details"][0].as_str().unwrap().contains(most), "{limits}: {limit}");
    }
}

#[test]
fn a_set_that_is_named_and_missing_is_an_error_and_the_others_are_shown() {
    let sandbox = Sandbox::new();
    Block::create(Key::new(7), 2, 0o700).unwrap();
    let alone = sandbox.run(["status", "--key", "99"]);
    let alone = alone.exits(66).stderr();
    let alone = alone.lines().next().unwrap();
    for named in
        [&["--key", "88", "--key", "99", "--key", "7"][..], &["--all", "--key", "99", "--key", "7"]]
    {
        let said = sandbox.run([&["status", "--columns", "semid", "--no-headers"], named].concat());
        said.exits(66).complains(alone);
        assert_eq!(said.stdout().trim(), "0", "{said}");
        sandbox.run([&["status", "--check"], named].concat()).exits(66).complains(alone);
        let json = sandbox.run([&["status", "--format", "json"], named].concat());
        let errors: Vec<Value> = json
            .exits(66)
            .stderr()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(errors.len(), named.iter().filter(|word| ["88", "99"].contains(word)).count());
        assert!(errors.iter().all(|error| error["status"] == 66), "{json}");
        let report: Value = serde_json::from_str(&json.stdout()).unwrap();
        assert_eq!(report["sets"].as_array().unwrap().len(), 1);
    }
    let said = sandbox.run(["status", "--all", "--id", "98"]);
    said.exits(66).complains("cannot show block with semid 98: Invalid argument (EINVAL)");
    abandon("7");
    let both = sandbox.run(["status", "--check", "--key", "7", "--key", "99"]);
    both.exits(66).contains("abandoned-lock: block with key 7, ").complains(alone);
    sandbox.run(["status", "--check", "--key", "7", "--id", "0"]).exits(1);
}

#[test]
fn where_nothing_is_in_the_way_the_limit_is_raised() {
    let sandbox = limited("8 64 8 2");
    for key in [7, 8] {
        Block::create(Key::new(key), 6, 0o700).unwrap();
    }
    let check = || sandbox.run(["status", "--all", "--check"]);
    let said: Finished = check();
    said.exits(1).contains("limit: 2 of 2 sets (SEMMNI) exist\n");
    let fix = said.stdout();
    let fix = fix.lines().find_map(|line| line.strip_prefix("  fix: ")).unwrap().to_owned();
    assert!(fix.starts_with("sysctl -w kernel.sem='8 64 8 4'"), "{fix}");
    crate::common::remedy::follow(&sandbox, &fix);
    check().exits(0);
}

#[test]
fn the_applications_block_is_orphaned_between_two_runs_and_that_is_no_trouble() {
    let world = World::open();
    // Root's own may be kept by what started these tests.
    let owner = *everybody().last().unwrap();
    for key in ["31818", "31819"] {
        let create = ["create", "-q", "--nsems", "34", "--key", key];
        world.semlock(owner, &create).exits(0);
    }
    let report = look(&world, &[]);
    let verdicts: Vec<_> = [0, 1].map(|at| report["sets"][at]["verdict"].clone()).into();
    let orphaned = findings(&report, "orphaned");
    if owner == User::Other && sees_every_process() {
        assert_eq!(verdicts, ["orphaned", "orphaned"]);
        let subject = orphaned[0]["subject"].as_str().unwrap();
        assert!(subject.starts_with("1 set of "), "{subject}");
        follow(&world, &orphaned[0]["fix"][0]);
        assert_eq!(semids(), [0]);
        world.semlock(User::Tester, &["status", "--all", "--idle", "0s", "--check"]).exits(0);
    } else {
        assert_eq!(orphaned, [Value::Null; 0]);
    }
}

/// Has a process raise the writer flags of blocks of two semaphores, and end.
fn abandon(keys: &str) {
    let raise = format!(
        "for ({keys}) {{ my $id = semget($_, 0, 0) // die $!; semop($id, pack 's!3', 1, 1, 0) or die $! }}"
    );
    let mut perl = Command::new("perl");
    perl.args(["-e", &raise]);
    Finished::of(perl).exits(0);
}

#[test]
fn what_is_wrong_in_a_block_is_said_with_its_key_and_one_survey_serves_all() {
    let sandbox = Sandbox::new();
    for key in 1..=1000 {
        Block::create(Key::new(key), 2, 0o700).unwrap();
    }
    let check = |number: usize| {
        let begin = Instant::now();
        let said = sandbox.run(["status", "--all", "--check"]);
        said.exits(1).contains("abandoned-lock: block with key 500, semid 499: ");
        assert_eq!(said.stdout().matches("abandoned-lock: ").count(), number, "{said}");
        begin.elapsed()
    };
    abandon("500");
    let one = check(1);
    abandon("1 .. 499, 501 .. 1000");
    // A survey for each would take hundreds of times as long.
    let all = check(1000);
    assert!(all < 200 * one, "{one:?} for one, {all:?} for 1,000");
}

#[test]
fn inside_of_a_container_one_line_says_what_to_type_on_the_host() {
    let world = World::new();
    for key in [71, 72] {
        world.perl(User::Tester, &format!("semget({key}, 1, 01600) // die $!"));
    }
    let status = ["status", "--all", "--idle", "0s"];
    let said = world.semlock(User::Tester, &status);
    let host = "on the host: semlock --ipc-namespace PID status --all";
    said.exits(0)
        .contains(&format!("\nnote: processes that cannot be seen from inside this container may use 2 of these sets; see them {host}"));
    assert_eq!(said.stdout().matches("on the host").count(), 1, "{said}");
    world.semlock(User::Tester, &[&status[..], &["--check"]].concat()).exits(77).complains(host);
}
