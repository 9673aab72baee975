//! A table that is full of what Apache left when it was killed, beside PHP, which could
//! call any function: what root and an ordinary user see at 80 columns, and that the
//! printed commands make room. Needs root, as a server does that becomes another user.

use std::fs;
use std::process::Stdio;

use crate::common::world::{Model, Program, Server, User, World, semids, until_the_sets_are_past};
use crate::common::{Finished, until};

/// How many sets there is room for.
const ROOM: usize = 8;

/// Whom Apache's children and PHP run as.
const WWW_DATA: [&str; 4] = ["setpriv", "--reuid=33", "--regid=33", "--clear-groups"];

fn full_world() -> World {
    let world = World::new();
    fs::write("/proc/sys/kernel/sem", format!("32 256 32 {ROOM}")).unwrap();
    world
}

/// PHP's own web server, which has nothing to do with any set.
fn php(world: &World, user: &[&str]) -> Program {
    let words = [user, &["php", "-d", "ffi.enable=1", "-S", "127.0.0.1:0"]].concat();
    let who = if user.is_empty() { User::Other } else { User::Tester };
    let php = world.start(who, &words);
    let maps = world.path("maps");
    until("PHP has its libraries", || {
        let script = format!("cat /proc/{}/maps >{maps} && grep -q libffi {maps}", php.pid);
        world.run(User::Tester, &["sh", "-c", &script]).status() == Some(0)
    });
    php
}

/// Starts Apache and kills it before it can tidy up, until there is no room for it.
fn kill_apache_until_the_table_is_full(world: &World) {
    let server = Server::configured(world, User::Tester, Model::Prefork, false, 8080);
    let configuration = world.path("conf-8080");
    loop {
        let before = semids().len();
        let script = format!("rm -f {}; apache2 -f {configuration}", world.path("pid-8080"));
        let started = world.run(User::Tester, &["sh", "-c", &script]);
        let is_full =
            || (started.stderr() + &server.log(world)).contains("No space left on device");
        until("it answers, or there is no room", || is_full() || server.answers());
        world.run(User::Tester, &["pkill", "-9", "apache2"]);
        until("it is gone", || world.pids(&["apache2"]).is_empty());
        if is_full() {
            return fill_up(world);
        }
        assert!(semids().len() > before, "{started}");
    }
}

/// Apache takes back what it created where there was no room for all of it: other sets
/// of its user take the rest.
fn fill_up(world: &World) {
    let script = "use IPC::SysV q(IPC_PRIVATE); 1 while defined semget(IPC_PRIVATE, 1, 0600)";
    world.run(User::Tester, &[&WWW_DATA[..], &["perl", "-e", script]].concat()).exits(0);
    assert_eq!(semids().len(), ROOM);
    until_the_sets_are_past();
}

/// What semlock says on a terminal of 80 columns.
fn screen(world: &World, user: User, line: &str) -> Finished {
    let command = format!("stty cols 80; exec {} {line}", world.sandbox.binary());
    let terminal = ["script", "-q", "-e", "-c", &command, "/dev/null"];
    let mut script = world.command(user, &terminal);
    script.stdin(Stdio::null());
    let said = Finished::of(script);
    println!("$ semlock {line}\n{}", said.stdout());
    let is_fix = |line: &str| line.contains("fix:") || line.starts_with("  ");
    let wide = |line: &&str| !is_fix(line) && line.trim_end().chars().count() > 80;
    let is_error = line.starts_with("create");
    assert!(is_error || plain(&said.stdout()).lines().find(wide).is_none(), "{said}");
    said
}

/// The command that is printed, and its condition.
fn printed(said: &Finished) -> (String, String) {
    let text = plain(&said.stdout());
    let fix = text.lines().find_map(|line| line.trim_end().strip_prefix("  fix: semlock "));
    let (command, note) =
        fix.unwrap_or_else(|| panic!("no fix: {said}")).split_once("  # ").unwrap();
    (command.into(), note.into())
}

/// The text without colours.
fn plain(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |seen, part| seen + part.split_once('m').map_or(part, |(_, rest)| rest))
}

const REMOVE: &str = "remove --orphaned --idle 0s --yes";

#[test]
#[ignore = "needs root"]
fn root_frees_what_php_keeps_by_the_printed_command_and_the_next_look_is_clean() {
    let world = full_world();
    let php = php(&world, &WWW_DATA);
    kill_apache_until_the_table_is_full(&world);
    screen(&world, User::Tester, "create --quiet").exits(71).contains("SEMMNI");
    screen(&world, User::Tester, "status --all --idle 0s").exits(0);
    let kept = screen(&world, User::Tester, REMOVE);
    let who = format!("process {} (php)", php.pid);
    let text = plain(&kept.exits(0).stdout());
    assert!(text.contains(&format!("idle     {who} may use them")), "{text}");
    assert!(text.contains(&format!("nothing to remove: {ROOM} sets kept")), "{text}");
    assert_eq!(text.lines().count(), 4, "{text}");
    let (command, note) = printed(&kept);
    assert_eq!(note, format!("if {who} has nothing to do with them"));
    let removed = screen(&world, User::Tester, &command);
    let last = format!("removed {ROOM} sets; {ROOM} of {ROOM} sets (SEMMNI) existed, 0 now");
    removed.exits(0).contains(&last);
    assert!(semids().is_empty());
    screen(&world, User::Tester, REMOVE)
        .exits(0)
        .contains("nothing to remove: there is no such set");
    screen(&world, User::Tester, "create --nsems 30 --quiet").exits(0);
    screen(&world, User::Tester, "status --all --check").exits(0);
}

#[test]
#[ignore = "needs root"]
fn an_ordinary_user_frees_his_own_and_sees_the_others_in_one_line() {
    let world = full_world();
    let php = php(&world, &[]);
    let script = "use IPC::SysV q(IPC_PRIVATE); for (1 .. 3) {
        my $id = semget(IPC_PRIVATE, 1, 0600) // die; semop($id, pack(q(s!3), 0, 1, 0)) or die }";
    world.perl(User::Other, script);
    kill_apache_until_the_table_is_full(&world);
    let others = ROOM - 3;
    screen(&world, User::Other, "create --quiet").exits(71).contains("SEMMNI");
    screen(&world, User::Other, "status --all --idle 0s").exits(0);
    let kept = screen(&world, User::Other, REMOVE);
    let who = format!("process {} (php)", php.pid);
    let text = plain(&kept.exits(0).stdout());
    assert!(text.contains(&format!("{who} may use them")), "{text}");
    let row =
        format!("kept       {others}  www-data  -        only the owner or root may remove them");
    assert!(text.contains(&row), "{text}");
    let (command, _) = printed(&kept);
    let removed = screen(&world, User::Other, &command);
    let last = format!(
        "removed 3 sets, kept {others}; {ROOM} of {ROOM} sets (SEMMNI) existed, {others} now"
    );
    removed.exits(0).contains(&last);
    screen(&world, User::Other, REMOVE)
        .exits(0)
        .contains(&format!("nothing to remove: {others} sets kept"));
    screen(&world, User::Other, "remove --all --idle 0s --yes").exits(77);
    screen(&world, User::Other, "create --quiet").exits(0);
    assert_eq!(semids().len(), others + 1);
}

/// Sets that root's own check left behind.
fn leak_as_root(world: &World) {
    let script = "use IPC::SysV q(IPC_PRIVATE); for (1 .. 8) {
        my $id = semget(IPC_PRIVATE, 1, 0600) // die; semop($id, pack(q(s!3), 0, 1, 0)) or die }";
    world.perl(User::Tester, script);
    until_the_sets_are_past();
}

#[test]
#[ignore = "needs root"]
fn what_root_leaks_goes_although_the_first_process_is_older_unless_it_could_call_any_function() {
    let world = full_world();
    leak_as_root(&world);
    let removed = screen(&world, User::Tester, REMOVE);
    removed.exits(0).contains("removed 8 sets; 8 of 8 sets (SEMMNI) existed, 0 now");
    let php = php(&world, &["env"]);
    leak_as_root(&world);
    let kept = screen(&world, User::Tester, REMOVE);
    let row = format!("process {} (php) may use them", php.pid);
    kept.exits(0).contains(&row);
    assert_eq!(kept.stdout().lines().count(), 4, "{kept}");
    let (command, _) = printed(&kept);
    screen(&world, User::Tester, &command).exits(0).contains("removed 8 sets; ");
    assert!(semids().is_empty());
}
