//! Programs with semaphore sets at a key or of another user's, whose last user has
//! ended. Needs root, which becomes those users.

use crate::common::Finished;
use crate::common::world::{OTHER, Program, User, World, by_key, only, sees_every_process, semids};
use serde_json::Value;

/// Www-data, in Debian.
const WORKER: u32 = 33;

/// A process of an ordinary user's that has created a set of mode 0600, which one
/// of its children was the last to change, by SETVAL.
fn owner(world: &World, key: i32, nsems: u16, values: i32) -> Program {
    let script = format!(
        "use IPC::SysV q(SETVAL); my $id = semget({key}, {nsems}, 01600) // die $!;
        if (!fork) {{ semctl($id, $_, SETVAL, {values}) or die for 0 .. {nsems} - 1; exit }}
        wait; die if $?; $| = 1; print qq(ready\\n); <STDIN>"
    );
    let mut owner = world.start(User::Other, &["perl", "-e", &script]);
    assert_eq!(owner.running.line(), "ready");
    let set = only();
    let expected = (i64::from(key), u32::from(nsems), 0o600, OTHER, 0);
    assert_eq!((set.key, set.nsems, set.mode, set.uid, set.otime), expected);
    owner
}

/// What was written, wherever it was.
fn said(finished: &Finished) -> String {
    finished.stdout() + &finished.stderr()
}

fn is_kept_although_only_its_creator_lives(key: i32, nsems: u16, values: i32) {
    let world = World::open();
    let owner = owner(&world, key, nsems, values);
    let id = only().semid.to_string();
    let uid = OTHER.to_string();
    let named: &[&[&str]] = &[
        &["--owner", &uid, "--yes"],
        &["--owner", &uid, "--idle", "0s", "--yes"],
        &["--all", "--yes"],
        &["--all", "--idle", "0s", "--yes"],
        &["--nsems", &nsems.to_string(), "--idle", "0s", "--yes"],
        &["--id", &id],
        &["--id", &id, "--idle", "0s"],
    ];
    for options in named {
        let refused = world.semlock(User::Tester, &[&["remove"], *options].concat());
        refused.exits(75);
        let said = said(&refused);
        for wrong in ["slot", "reader", "holds a lock", "write lock"] {
            assert!(!said.contains(wrong), "{wrong:?}: {refused}");
        }
        if options.contains(&"0s") {
            assert!(said.contains(&format!("process {} (perl", owner.pid)), "{refused}");
            assert!(said.contains("--ignore"), "{refused}");
            assert!(said.contains("--force") || !options.contains(&"--id"), "{refused}");
        }
        assert_eq!(semids().len(), 1, "{refused}");
    }
    world.keeps(User::Tester, &[only().semid]);
    let verdict = world.verdict(User::Tester, only().semid);
    assert_eq!(verdict.verdict, "idle", "{verdict:?}");
    drop(owner);
    let gone = world.semlock(User::Tester, &["remove", "--id", &id, "--idle", "0s"]);
    gone.exits(if key == 0 || sees_every_process() { 0 } else { 75 });
}

#[test]
#[ignore = "needs root"]
fn a_set_with_a_key_is_no_block_without_the_execute_bit_and_is_kept_for_its_creator() {
    is_kept_although_only_its_creator_lives(0x4401, 4, 0);
}

#[test]
#[ignore = "needs root"]
fn free_mutexes_are_no_locks_that_somebody_left() {
    is_kept_although_only_its_creator_lives(0x4401, 4, 1);
}

#[test]
#[ignore = "needs root"]
fn an_odd_set_and_one_without_a_key_are_kept_for_their_creator_just_so() {
    is_kept_although_only_its_creator_lives(0x4401, 3, 0);
    is_kept_although_only_its_creator_lives(0, 4, 1);
}

#[test]
#[ignore = "needs root"]
fn a_set_with_a_key_and_the_execute_bit_may_be_a_block_and_goes_by_its_locks_if_named() {
    let world = World::open();
    let owner = owner_with_the_execute_bit(&world);
    let id = only().semid.to_string();
    world.semlock(User::Tester, &["remove", "--all", "--idle", "0s", "--yes"]).exits(75);
    let removed = world.semlock(User::Tester, &["remove", "--id", &id, "--idle", "0s"]);
    removed.exits(0).complains(&format!("process {} (perl", owner.pid));
    assert!(semids().is_empty());
}

/// What a Perl application looks like that has opened its block.
fn owner_with_the_execute_bit(world: &World) -> Program {
    let script = "my $id = semget(0x4402, 4, 01700) // die $!;
        $| = 1; print qq(ready\\n); <STDIN>";
    let mut owner = world.start(User::Other, &["perl", "-e", script]);
    assert_eq!(owner.running.line(), "ready");
    assert_eq!((only().mode, only().nsems), (0o700, 4));
    owner
}

/// A daemon of root's that created its set seconds after its start and gave it to
/// its workers' user; one of them has used it and ended.
fn daemon(world: &World, key: i32) -> Daemon {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/daemon.pl");
    let words = ["perl", script, &key.to_string(), &WORKER.to_string()];
    let mut program = world.start(User::Tester, &words);
    let line = program.running.line();
    let (pid, start) = line.split_once(' ').unwrap_or_else(|| panic!("{line:?}"));
    let daemon = Daemon { pid: pid.parse().unwrap(), _starter: program };
    let set = only();
    assert_eq!((set.key, set.uid, set.cuid), (key.into(), WORKER, 0));
    assert!(set.ctime >= start.parse::<u64>().unwrap() + 4 && set.otime >= set.ctime, "{set:?}");
    daemon
}

struct Daemon {
    /// As its world numbers it.
    pid: i32,
    /// Only its standard output is left of it.
    _starter: Program,
}

fn outlives_its_worker(world: &World, daemon: &Daemon) {
    let semid = only().semid;
    world.keeps(User::Tester, &[semid]);
    let verdict = world.verdict(User::Tester, semid);
    assert_eq!(verdict.verdict, "idle", "{verdict:?}");
    assert!(verdict.kept_by.contains(&daemon.pid), "{}: {verdict:?}", daemon.pid);
    for options in [&["--id", &semid.to_string()][..], &["--owner", "www-data", "--yes"]] {
        let words = [&["remove", "--idle", "0s"], options].concat();
        let refused = world.semlock(User::Tester, &words);
        refused.exits(75);
        assert!(said(&refused).contains(&format!("process {} (perl", daemon.pid)), "{refused}");
    }
    assert_eq!(semids(), [semid]);
}

#[test]
#[ignore = "needs root"]
fn the_private_set_that_a_daemon_gave_to_its_workers_is_kept_while_it_lives_alone() {
    let world = World::new();
    let daemon = daemon(&world, 0);
    outlives_its_worker(&world, &daemon);
    world.kill_everything();
    world.removes_everything(User::Tester);
}

#[test]
#[ignore = "needs root"]
fn the_set_with_a_key_that_a_daemon_gave_to_its_workers_is_kept_while_it_lives_alone() {
    let world = World::open();
    let daemon = daemon(&world, 0x4403);
    assert_eq!(by_key(0x4403).uid, WORKER);
    outlives_its_worker(&world, &daemon);
    world.signal("KILL", &[daemon.pid]);
    crate::common::until("the daemon is gone", || !world.pids(&[]).contains(&daemon.pid));
    if sees_every_process() {
        world.removes_everything(User::Tester);
    }
}

#[test]
#[ignore = "needs root"]
fn what_the_user_of_a_set_with_a_key_is_told_is_what_root_is_told() {
    let world = World::open();
    let owner = owner(&world, 0x4401, 4, 1);
    let told = |user| {
        let words = ["status", "--all", "--idle", "0s", "--format", "json"];
        let set = world.semlock(user, &words).exits(0).json()["sets"][0].clone();
        [set["verdict"].clone(), contains(&set["kept_by"], owner.pid)]
    };
    assert_eq!(told(User::Other), [Value::from("idle"), true.into()]);
    assert_eq!(told(User::Tester), told(User::Other));
}

fn contains(list: &Value, pid: i32) -> Value {
    list.as_array().is_some_and(|pids| pids.contains(&pid.into())).into()
}

#[test]
#[ignore = "needs root"]
fn a_script_keeps_no_private_set_of_another_users() {
    let world = World::new();
    let mut script = world.start(User::Tester, &["sh", "-c", "echo ready; read line"]);
    assert_eq!(script.running.line(), "ready");
    let leaks = "my $id = semget(0, 1, 01600); semop($id, pack 's!3', 0, 1, 0) or die";
    world.perl(User::Other, leaks);
    assert_eq!((only().uid, only().cuid), (OTHER, OTHER));
    world.removes_everything(User::Tester);
    drop(script);
}
