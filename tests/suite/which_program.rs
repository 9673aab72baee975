//! `status --all` of sets that servers have left behind: which program they are of, who
//! leaks, and the printed command, after which nothing is wrong any more.

use std::path::Path;

use crate::common::world::{
    Model, Server, User, World, everybody, has_every_uid, sees_every_process, semids,
};
use crate::common::{Finished, until};
use serde_json::{Value, json};

/// What a postmaster that was killed has left behind: sets of 16 semaphores and one
/// that is counted up to 537.
const POSTGRES: &str = "use IPC::SysV qw(IPC_CREAT SETVAL);
for my $key (5432001 .. 5432003) {
    my $id = semget($key, 17, IPC_CREAT | 0600) // die $!;
    for (0 .. 15) { semctl($id, $_, SETVAL, 1) or die $! }
    semctl($id, 16, SETVAL, 536) or die $!;
    semop($id, pack 's!3', 16, 1, 0) or die $!;
}";

/// What PHP leaves behind whatever becomes of it: only sem_remove() removes it.
const PHP: &str = "foreach ([0x4a01, 0x4a02] as $key) {
    $set = sem_get($key); sem_acquire($set); sem_release($set);
}";

fn look(world: &World, user: User, options: &[&str]) -> Value {
    let words = ["status", "--all", "--idle", "0s", "--format", "json"];
    world.semlock(user, &[&words[..], options].concat()).exits(0).json()
}

/// The same on a terminal of 80 columns.
fn screen(world: &World, user: User) -> String {
    let binary = world.sandbox.binary();
    let command = format!("stty cols 80; NO_COLOR=1 {binary} status --all --idle 0s");
    let said = world.run(user, &["script", "-qec", &command, "/dev/null"]);
    said.exits(0).stdout().replace('\r', "")
}

fn check(world: &World, user: User) -> Finished {
    world.semlock(user, &["status", "--all", "--idle", "0s", "--check"])
}

/// Runs a command as it was printed, in a shell that finds semlock, with an answer to
/// what it asks.
fn follow(world: &World, user: User, fix: &str) {
    let (command, _) = fix.split_once("  # ").unwrap_or((fix, ""));
    let directory = Path::new(world.sandbox.binary()).parent().unwrap().display();
    // A shell that runs a script could have the sets.
    let script = format!("PATH={directory}:$PATH; exec {command} --yes");
    world.run(user, &["sh", "-ec", &script]).exits(0);
}

fn fixes(screen: &str) -> Vec<&str> {
    screen.lines().filter_map(|line| line.strip_prefix("  fix: ")).collect()
}

/// Fails unless the screen names the program, fits and ends with commands after which
/// nothing is wrong.
#[track_caller]
fn is_cleaned_up_as_printed(world: &World, user: User, program: Option<&str>) {
    let screen = screen(world, user);
    let name = program.unwrap_or("?");
    let row = |line: &&str| line.starts_with(' ') && line.contains(&format!(" {name} "));
    assert!(screen.lines().any(|line| row(&line)), "no {name} in {screen}");
    let fixes = fixes(&screen);
    assert!(!fixes.is_empty(), "{screen}");
    check(world, user).exits(1);
    for line in screen.lines().filter(|line| !line.starts_with("  fix: ")) {
        assert!(line.chars().count() <= 80, "{line:?} in {screen}");
    }
    follow(world, user, fixes[0]);
    assert_eq!(semids(), [0; 0], "{screen}");
    check(world, user).exits(0);
}

#[test]
fn what_postgres_and_php_leave_behind_goes_by_the_printed_command() {
    for (program, make) in [("postgres", ["perl", "-e", POSTGRES]), ("php", ["php", "-r", PHP])] {
        let world = World::open();
        for user in everybody() {
            world.run(user, &make).exits(0);
            let sets = look(&world, user, &[]);
            let program_of = |set: &Value| set["program"].clone();
            let programs: Vec<_> =
                sets["sets"].as_array().unwrap().iter().map(program_of).collect();
            assert_eq!(programs, vec![json!(program); semids().len()], "{sets}");
            if sees_every_process() && matches!(user, User::Other) {
                is_cleaned_up_as_printed(&world, user, Some(program));
                continue;
            }
            // Inside of a container it is not known who finds a set by its key. Elsewhere,
            // this program may use the sets of its own user. Processes that may use them,
            // and that cannot be looked into, are named with the command that ignores them,
            // unless there are many.
            if sees_every_process() && !fixes(&screen(&world, user)).is_empty() {
                is_cleaned_up_as_printed(&world, user, Some(program));
                continue;
            }
            check(&world, user).exits(if sees_every_process() { 0 } else { 77 });
            if !sees_every_process() {
                world.remove_orphaned(user, &[]).exits(0);
                assert_eq!(semids().len(), programs.len(), "{sets}");
            }
            world.semlock(user, &["remove", "--all", "--force", "--yes"]).exits(0);
        }
    }
}

#[test]
fn what_a_killed_apache_leaves_behind_goes_by_the_printed_command() {
    for user in everybody() {
        let world = World::new();
        let server = Server::configured(&world, user, Model::Prefork, false, 8080);
        server.start(&world);
        let report = look(&world, user, &[]);
        let owner = report["sets"][0]["uid"].clone();
        assert!(report["sets"].as_array().unwrap().iter().all(|set| set["program"] == "apache2"));
        assert_eq!(report["summary"][0]["program"], "apache2");
        assert_eq!(
            (&report["summary"][0]["uid"], &report["summary"][0]["orphaned"]),
            (&owner, &json!(0))
        );
        check(&world, user).exits(0);
        world.kill_everything();
        is_cleaned_up_as_printed(&world, user, None);
    }
}

/// A set as PHP leaves it, on which another program then waits.
const LIKE_PHP: &str = "use IPC::SysV qw(IPC_CREAT);
    my $id = semget(0x4a03, 3, IPC_CREAT | 0666) // die $!;
    if (!fork) { semop($id, pack 's!9', 0, 1, 0, 1, 0, 0, 2, 0, 0) or die $!; exit }
    wait; $| = 1; print qq(ready\n); semop($id, pack 's!3', 0, -2, 0)";

#[test]
fn what_a_process_waits_on_is_not_said_to_be_of_the_program_that_it_looks_like() {
    let world = World::new();
    let mut perl = world.start(User::Tester, &["perl", "-e", LIKE_PHP]);
    assert_eq!(perl.running.line(), "ready");
    until("the wait is seen", || look(&world, User::Tester, &[])["sets"][0]["waiting"] == 1);
    let report = look(&world, User::Tester, &[]);
    assert_eq!(
        (&report["sets"][0]["waiting"], &report["sets"][0]["program"]),
        (&json!(1), &json!(null))
    );
    assert_eq!(look(&world, User::Tester, &["--program", "php"])["sets"], json!([]));
    drop(perl);
    assert_eq!(look(&world, User::Tester, &[])["sets"][0]["program"], "php");
}

#[test]
fn sets_are_selected_by_program_as_by_anything_else() {
    let world = World::open();
    world.run(User::Tester, &["perl", "-e", POSTGRES]).exits(0);
    world.run(User::Tester, &["php", "-r", PHP]).exits(0);
    let ids = |options: &[&str]| {
        let sets = look(&world, User::Tester, options)["sets"].as_array().unwrap().clone();
        sets.iter().map(|set| set["semid"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), [0, 1, 2, 3, 4]);
    assert_eq!(ids(&["--program", "php"]), [3, 4]);
    assert_eq!(ids(&["--program", "postgres", "--nsems", "3"]), [0; 0]);
    assert_eq!(ids(&["--nsems", "17"]), [0, 1, 2]);
    assert_eq!(ids(&["--creator", "4242"]), [0; 0]);
    assert_eq!(ids(&["--private"]), [0; 0]);
    assert_eq!(ids(&["--key", "5432002", "--id", "0", "--key", "0x4a02"]), [0, 1, 4]);
    let words = ["status", "--program", "php", "--columns", "semid,program", "--no-headers"];
    let line = world.semlock(User::Tester, &words).exits(0).stdout();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["3", "php", "4", "php"]);
    let remove = ["remove", "--program", "php", "--idle", "0s", "--force", "--yes"];
    world.semlock(User::Tester, &remove).exits(0);
    assert_eq!(semids(), [0, 1, 2]);
    world.semlock(User::Tester, &["status", "--program", "php", "a"]).exits(64);
    world.semlock(User::Tester, &["remove", "--program", "php", "--key", "1"]).exits(64);
}

#[test]
fn one_process_that_keeps_what_others_have_left_is_named_with_what_to_type() {
    let world = World::new();
    // Its child leaves two sets behind, which it was there to see created.
    let script = "use IPC::SysV q(IPC_PRIVATE);
        if (!fork) { for (1, 2) {
            my $id = semget(IPC_PRIVATE, 1, 0600) // die $!; semop($id, pack 's!3', 0, 1, 0) or die $!
        } exit }
        wait; $| = 1; print qq(ready\n); <STDIN>";
    let user = if has_every_uid() { User::Other } else { User::Tester };
    let mut keeper = world.start(user, &["perl", "-e", script]);
    assert_eq!(keeper.running.line(), "ready");
    let report = look(&world, user, &[]);
    let [finding] = &report["findings"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(finding["kind"], "kept-by-one");
    let said = format!("only process {} (perl) keeps 2 sets of ", keeper.pid);
    assert!(finding["subject"].as_str().unwrap().starts_with(&said), "{finding}");
    let fix = finding["fix"][0].as_str().unwrap();
    assert!(fix.contains(&format!("--ignore {}  # if", keeper.pid)), "{fix}");
    check(&world, user).exits(1).contains(&said);
    follow(&world, user, fix);
    assert_eq!(semids(), [0; 0]);
    check(&world, user).exits(0);
}
