//! Apache httpd with all its mutexes as semaphore sets, through all that may happen
//! to its processes: what it uses is never removed, and what a dead one left is.
//! Needs root, as a server does that becomes another user.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::world::{
    Model, Program, Server, User, World, line, semids, sets, until_the_sets_are_past,
};
use crate::common::{LONG_SETTLED, until, until_the_sets_are_older_than};

/// semlock, which removes what it takes for orphaned, again and again.
struct Cleaner<'a> {
    world: &'a World,
    _program: Program,
}

impl<'a> Cleaner<'a> {
    fn start(world: &'a World) -> Self {
        let binary = world.sandbox.binary();
        let script = format!(
            "while :; do {binary} remove --orphaned --idle 0s --yes --verbose; echo pass $?; done >passes 2>&1"
        );
        let program = world.start(User::Tester, &["sh", "-c", &script]);
        let cleaner = Self { world, _program: program };
        cleaner.passes();
        cleaner
    }

    /// Waits until it has begun a pass and ended it.
    fn passes(&self) {
        let passes =
            || self.world.read("passes").lines().filter(|line| line.starts_with("pass ")).count();
        let before = passes();
        until("two ends of a pass", || passes() >= before + 2);
    }

    /// Fails if it ever removed or refused anything.
    #[track_caller]
    fn has_done_nothing(&self) {
        let passes = self.world.read("passes");
        let kept = ["kept semid ", "  fix: semlock remove ", "nothing to remove: "];
        let kept = |line: &str| kept.iter().any(|start| line.starts_with(start));
        let wrong = |line: &&str| !kept(line) && *line != "pass 0";
        // The last line may not be written to its end.
        let whole = passes.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let wrong: Vec<_> = whole.lines().filter(wrong).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// Fails unless every set is as it was after passes of the cleaner.
#[track_caller]
fn are_kept(world: &World, cleaner: &Cleaner<'_>, sets: &[i32]) {
    cleaner.passes();
    cleaner.has_done_nothing();
    assert_eq!(semids(), sets);
    for &semid in sets {
        let verdict = world.verdict(User::Tester, semid);
        assert!(["in-use", "idle"].contains(&&*verdict.verdict), "{verdict:?}");
    }
}

/// The same, and that the server answers with them.
#[track_caller]
fn serves_on(world: &World, server: &Server, cleaner: &Cleaner<'_>, sets: &[i32]) {
    are_kept(world, cleaner, sets);
    assert!(server.answers(), "{}", server.log(world));
    let log = server.log(world);
    for trouble in ["Invalid argument", "Identifier removed", "No space left"] {
        assert!(!log.contains(trouble), "{log}");
    }
}

fn world() -> World {
    let world = World::new();
    std::fs::write("/proc/sys/kernel/sem", "32 256 32 64").unwrap();
    world
}

/// Everything that may happen to a server, with the cleaner beside it all the time.
fn lives_through_everything(model: Model, fcgid: bool) {
    let world = world();
    let server = Server::configured(&world, User::Tester, model, fcgid, 8080);
    server.start(&world);
    let first = sets();
    assert!(first.len() >= if fcgid { 3 } else { 1 }, "{first:?}");
    for set in &first {
        assert_eq!((set.key, set.nsems, set.mode, set.uid, set.cuid), (0, 1, 0o600, 33, 0));
    }
    let cleaner = Cleaner::start(&world);
    serves_on(&world, &server, &cleaner, &semids());
    for _ in 0..3 {
        let sets = server.restart_gracefully(&world);
        serves_on(&world, &server, &cleaner, &sets);
    }
    restarts_seconds_after_its_start(&world, &server, first[0].ctime);
    let sets = semids();
    serves_on(&world, &server, &cleaner, &sets);
    loses_its_children(&world, &server, &cleaner);
    let sets = restarts_and_has_no_children(&world, &server, &cleaner);
    loses_its_parent(&world, &server, &cleaner);
    cleaner.has_done_nothing();
    drop(cleaner);
    assert_eq!(semids(), sets);
    world.kill_everything();
    world.removes_everything(User::Tester);
}

fn restarts_seconds_after_its_start(world: &World, server: &Server, started: u64) {
    until("the server has run for seconds", || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() >= started + 4
    });
    let sets = server.restart_gracefully(world);
    // The kernel's clock for sets lags a little.
    assert!(sets.iter().all(|&semid| line(semid).ctime >= started + 3));
}

/// Waits until all of its children are others than these, and the sets are those
/// with which it goes on: if its process manager died, mod_fcgid has it restart.
fn recovers(world: &World, server: &Server, cleaner: &Cleaner<'_>, children: &[i32]) -> Vec<i32> {
    let mut sets = Vec::new();
    until("all of its children are new", || {
        cleaner.has_done_nothing();
        sets = semids();
        server.answers()
            && server.children(world).iter().all(|pid| !children.contains(pid))
            && semids() == sets
    });
    sets
}

fn loses_its_children(world: &World, server: &Server, cleaner: &Cleaner<'_>) {
    let children = server.children(world);
    assert!(!children.is_empty());
    world.signal("KILL", &children);
    let sets = recovers(world, server, cleaner, &children);
    serves_on(world, server, cleaner, &sets);
}

/// The parent is stopped, so that the moment lasts: the last user of its new sets
/// is a child that has ended and that it has not waited for.
fn restarts_and_has_no_children(world: &World, server: &Server, cleaner: &Cleaner<'_>) -> Vec<i32> {
    let sets = server.restart_gracefully(world);
    server.until_it_answers();
    // An old child may have answered.
    until("it has children", || !server.children(world).is_empty());
    let parent = server.parent(world);
    world.signal("STOP", &[parent]);
    are_kept(world, cleaner, &sets);
    let children = server.children(world);
    assert!(!children.is_empty());
    world.signal("KILL", &children);
    until("it has no child", || server.children(world).is_empty());
    are_kept(world, cleaner, &sets);
    for semid in &sets {
        let named = ["remove", "--id", &semid.to_string(), "--idle", "0s"];
        world.semlock(User::Tester, &named).exits(75);
    }
    world.signal("CONT", &[parent]);
    let sets = recovers(world, server, cleaner, &children);
    serves_on(world, server, cleaner, &sets);
    sets
}

fn loses_its_parent(world: &World, server: &Server, cleaner: &Cleaner<'_>) {
    let sets = semids();
    let children = server.children(world);
    let parent = server.parent(world);
    world.signal("KILL", &[parent]);
    until("it has no parent", || !world.pids(&[]).contains(&parent));
    are_kept(world, cleaner, &sets);
    let alive = world.pids(&[]);
    assert!(children.iter().any(|pid| alive.contains(pid)), "no child outlived its parent");
}

#[test]
#[ignore = "needs root"]
fn prefork_keeps_its_sets_through_everything() {
    lives_through_everything(Model::Prefork, false);
}

#[test]
#[ignore = "needs root"]
fn event_keeps_its_sets_through_everything() {
    lives_through_everything(Model::Event, false);
}

#[test]
#[ignore = "needs root"]
fn prefork_with_mod_fcgid_keeps_its_sets_through_everything() {
    lives_through_everything(Model::Prefork, true);
}

#[test]
#[ignore = "needs root"]
fn event_with_mod_fcgid_keeps_its_sets_through_everything() {
    lives_through_everything(Model::Event, true);
}

#[test]
#[ignore = "needs root"]
fn of_a_dead_and_a_living_server_exactly_the_dead_ones_sets_go() {
    let world = world();
    let models = [(Model::Prefork, false), (Model::Event, false), (Model::Prefork, true)];
    for (model, fcgid) in models {
        let dead = Server::configured(&world, User::Tester, model, fcgid, 8080);
        for _ in 0..3 {
            dead.start(&world);
            world.kill_everything();
        }
    }
    let left = semids();
    until_the_sets_are_older_than(LONG_SETTLED);
    let living: Vec<_> = [8090, 8092, 8094]
        .into_iter()
        .zip(models)
        .map(|(port, (model, fcgid))| {
            let server = Server::configured(&world, User::Tester, model, fcgid, port);
            let shell = server.start_in_the_foreground(&world);
            (server, shell)
        })
        .collect();
    let used: Vec<_> = semids().into_iter().filter(|id| !left.contains(id)).collect();
    assert_eq!(left.len(), 3 * used.len());
    let removed = world.remove_orphaned(User::Tester, &["--format", "json"]);
    let removed = removed.exits(0).json()["removed"].as_array().unwrap().clone();
    let mut ids: Vec<_> = removed.iter().map(|set| set["semid"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, left.iter().map(|&id| i64::from(id)).collect::<Vec<_>>());
    assert_eq!(semids(), used);
    assert!(living.iter().all(|(server, _)| server.answers()));
}

#[test]
#[ignore = "needs root"]
fn a_server_that_made_itself_a_daemon_less_than_a_minute_later_keeps_what_its_launcher_may_have_created()
 {
    let world = world();
    let server = Server::configured(&world, User::Tester, Model::Prefork, false, 8080);
    server.start(&world);
    world.kill_everything();
    let left = semids();
    until_the_sets_are_past();
    server.start(&world);
    let all = semids();
    assert!(all.len() > left.len());
    world.keeps(User::Tester, &all);
    world.kill_everything();
    world.removes_everything(User::Tester);
}
