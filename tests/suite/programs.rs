//! Programs of other makers that use semaphores, or could without showing it:
//! what one of them uses is kept while it lives and goes once it has ended.

use std::fs;
use std::process::Command;

use crate::common::world::{OTHER, until_the_sets_are_past};
use crate::common::world::{
    Program, User, World, by_key, everybody, line, only, sees_every_process, semids,
};
use crate::common::{Finished, until};
use serde_json::Value;

/// Who owns the set, and who looks at it.
fn owners_and_lookers() -> Vec<(User, User)> {
    let all = everybody();
    let pair = |owner| {
        let looks = |looker| (looker == User::Tester || looker == owner).then_some((owner, looker));
        all.iter().copied().filter_map(looks).collect::<Vec<_>>()
    };
    all.iter().copied().flat_map(pair).collect()
}

fn uid_of(user: User) -> u32 {
    if user == User::Other { OTHER } else { 0 }
}

/// Starts a program and waits until it says that it is ready.
#[track_caller]
fn ready(world: &World, user: User, program: &[&str]) -> Program {
    let mut program = world.start(user, program);
    assert_eq!(program.running.line(), "ready");
    program
}

/// After the last user has ended: the set goes, unless there may be users that
/// cannot be seen from here.
#[track_caller]
fn goes_once_nobody_has_the_key(world: &World, looker: User) {
    if sees_every_process() {
        return world.removes_everything(looker);
    }
    let semid = only().semid;
    world.keeps(looker, &[semid]);
    assert_eq!(world.verdict(looker, semid).verdict, "unknown");
}

const PHP: &str = "$set = sem_get(0x4711, 1, 0600) or exit(1);
sem_acquire($set); sem_release($set); echo \"ready\\n\"; fgets(STDIN);";

/// PHP, which has a set of its own and has used it.
fn php(world: &World, owner: User) -> Program {
    let php = ready(world, owner, &["php", "-r", PHP]);
    let set = by_key(0x4711);
    assert_eq!((set.nsems, set.mode, set.uid), (3, 0o600, uid_of(owner)));
    php
}

/// PHP that has nothing to do with any set.
fn other_php(world: &World, owner: User, options: &[&str]) -> Program {
    let script = "echo \"ready\\n\"; fgets(STDIN);";
    let other = ready(world, owner, &[&["php"], options, &["-r", script]].concat());
    let maps = fs::read_to_string(format!("/proc/{}/maps", other.pid)).unwrap();
    assert!(maps.contains("/sysvsem.so"), "{maps}");
    other
}

#[test]
fn what_php_uses_is_kept_while_it_lives() {
    for (owner, looker) in owners_and_lookers() {
        let world = World::open();
        let php = php(&world, owner);
        let semid = only().semid;
        world.keeps(looker, &[semid]);
        let verdict = world.verdict(looker, semid);
        assert!(["in-use", "idle"].contains(&&*verdict.verdict), "{verdict:?}");
        world.semlock(looker, &["remove", "--key", "0x4711", "--idle", "0s"]).exits(75);
        drop(php);
        goes_once_nobody_has_the_key(&world, looker);
    }
}

#[test]
fn another_php_keeps_what_a_dead_one_left_until_it_is_ignored_by_pid_or_by_either_name() {
    let executable = fs::canonicalize("/usr/bin/php").unwrap();
    let executable = executable.file_name().unwrap().to_str().unwrap();
    for (owner, looker) in owners_and_lookers() {
        let world = World::open();
        let (php, other) = (php(&world, owner), other_php(&world, owner, &[]));
        drop(php);
        let semid = only().semid;
        world.keeps_for(looker, semid, &other);
        let pid = other.pid.to_string();
        let planned = |ignored: &str| -> Value {
            let plan = ["--dry-run", "--format", "json", "--ignore", ignored];
            world.remove_orphaned(looker, &plan).exits(0).json()
        };
        let plan = planned("no-such-program");
        assert_eq!(plan["removed"], serde_json::json!([]));
        assert!(plan["kept"][0]["evidence"].to_string().contains("php"), "{plan}");
        if sees_every_process() {
            for ignored in [&*pid, "php", executable] {
                let plan = planned(ignored);
                assert_eq!(plan["removed"][0]["semid"], semid, "{ignored}: {plan}");
            }
            world.remove_orphaned(looker, &["--ignore", executable]).exits(0);
            assert!(semids().is_empty());
        }
        drop(other);
    }
}

#[test]
fn another_php_keeps_no_set_that_is_smaller_than_what_php_opens() {
    for (owner, looker) in owners_and_lookers() {
        let world = World::open();
        world.perl(owner, "my $id = semget(0x4712, 2, 01600); semop($id, pack 's!3', 0, 1, 0)");
        assert_eq!((only().nsems, only().uid), (2, uid_of(owner)));
        // Without the module that could call any function.
        let other = other_php(&world, owner, &["-n", "-d", "extension=sysvsem"]);
        goes_once_nobody_has_the_key(&world, looker);
        drop(other);
    }
}

/// Python with the module sysv_ipc and a semaphore at a key, or without one.
fn python(world: &World, owner: User, key: &str) -> Program {
    let script = format!(
        "import sysv_ipc
semaphore = sysv_ipc.Semaphore({key}, sysv_ipc.IPC_CREX, initial_value=1)
semaphore.acquire(); semaphore.release(); print('ready', flush=True); input()"
    );
    ready(world, owner, &["/usr/bin/python3", "-c", &script])
}

#[test]
fn what_python_uses_is_kept_while_it_lives() {
    for (owner, looker) in owners_and_lookers() {
        let world = World::open();
        let user = python(&world, owner, "0x4713");
        let set = by_key(0x4713);
        assert_eq!((set.nsems, set.uid, set.otime > 0), (1, uid_of(owner), true));
        world.keeps(looker, &[set.semid]);
        drop(user);
        goes_once_nobody_has_the_key(&world, looker);
    }
}

#[test]
fn what_python_uses_without_a_key_is_kept_while_it_or_its_worker_lives() {
    for (owner, looker) in owners_and_lookers() {
        let world = World::new();
        let user = python(&world, owner, "sysv_ipc.IPC_PRIVATE");
        let set = only();
        assert_eq!((set.key, set.nsems, set.uid), (0, 1, uid_of(owner)));
        world.keeps(looker, &[set.semid]);
        // The last user is now one that has ended; Python itself goes on.
        world.perl(owner, &format!("semop({}, pack 's!6', 0, -1, 0, 0, 1, 0) or die", set.semid));
        world.keeps_for(looker, set.semid, &user);
        world.semlock(looker, &["remove", "--id", "0", "--idle", "0s"]).exits(75);
        drop(user);
        world.removes_everything(looker);
    }
}

#[test]
fn what_fakeroot_uses_is_kept_while_its_daemon_or_its_command_lives() {
    for (owner, looker) in owners_and_lookers() {
        let world = World::open();
        let script = "echo ready; exec cat";
        let command = ready(&world, owner, &["fakeroot-sysv", "sh", "-c", script]);
        let set = only();
        assert_eq!((set.key != 0, set.nsems, set.uid), (true, 1, uid_of(owner)));
        world.keeps(looker, &[set.semid]);
        // The daemon removes its set when it is told to end, not when it is killed.
        let session = command.pid.to_string();
        // It has a session of its own.
        let daemon = world.pids(&["--ns", &session, "--nslist", "ipc", "--exact", "faked-sysv"]);
        assert_eq!(daemon.len(), 1, "{daemon:?}");
        world.signal("KILL", &daemon);
        until("the daemon is gone", || !world.pids(&[]).contains(&daemon[0]));
        // The script that started both, and the command below it.
        let left = world.pids(&["--session", &session]);
        assert_eq!(left.len(), 2, "{left:?}");
        world.keeps(looker, &[set.semid]);
        world.signal("KILL", &left);
        until("both are gone", || world.pids(&[]).iter().all(|pid| !left.contains(pid)));
        drop(command);
        goes_once_nobody_has_the_key(&world, looker);
    }
}

/// A private set of the owner's, created and used by a process that has ended.
fn left_over(world: &World, owner: User) -> i32 {
    let script = "my $id = semget(0, 1, 01600); semop($id, pack 's!3', 0, 1, 0) or die; print $id";
    let semid = world.perl(owner, script).parse().unwrap();
    let set = line(semid);
    assert_eq!((set.key, set.uid, set.cuid), (0, uid_of(owner), uid_of(owner)));
    semid
}

/// A set that an older program of its owner keeps, and why; it goes when that has ended.
fn is_kept_by(start: impl Fn(&World, User) -> Program, why: &str) {
    for (owner, looker) in owners_and_lookers() {
        let world = World::new();
        let program = start(&world, owner);
        let semid = left_over(&world, owner);
        let verdict = world.keeps_for(looker, semid, &program);
        let evidence = verdict.evidence.to_lowercase();
        assert!(evidence.contains(&why.to_lowercase()), "{why:?}: {verdict:?}");
        world.semlock(looker, &["remove", "--id", "0", "--idle", "0s"]).exits(75);
        drop(program);
        world.removes_everything(looker);
    }
}

/// What a program has mapped.
fn maps(world: &World, program: &Program) -> String {
    world.run(User::Tester, &["cat", &format!("/proc/{}/maps", program.pid)]).exits(0).stdout()
}

/// A program that says that it is ready, and waits; linked as said.
fn compile(world: &World, options: &[&str]) -> String {
    let source = "#include <stdio.h>
int main(void) { puts(\"ready\"); fflush(stdout); return getchar(); }\n";
    fs::write(world.path("waits.c"), source).unwrap();
    let mut cc = Command::new("cc");
    cc.args(options).args(["-o", &world.path("waits"), &world.path("waits.c")]);
    Finished::of(cc).exits(0);
    world.path("waits")
}

#[test]
fn a_static_program_of_the_owner_keeps_the_set_because_its_calls_cannot_be_seen() {
    let start = |world: &World, user| {
        let program = ready(world, user, &[&compile(world, &["-static"])]);
        assert!(!maps(world, &program).contains(".so"));
        program
    };
    is_kept_by(start, "static");
}

#[test]
fn a_go_program_of_the_owner_keeps_the_set_because_its_calls_cannot_be_seen() {
    let path = "/usr/bin/promtool";
    let image = fs::read(path).unwrap();
    assert!(has(&image, b".note.go.buildid") && has(&image, b"\xff Go buildinf:"));
    let start = |world: &World, user| {
        let program = world.start(user, &[path, "check", "metrics"]);
        until("promtool runs", || maps(world, &program).contains(path));
        assert!(maps(world, &program).contains("libc.so"), "it is static, too");
        program
    };
    is_kept_by(start, "go ");
}

fn has(image: &[u8], part: &[u8]) -> bool {
    image.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_program_of_the_owner_with_a_foreign_function_interface_keeps_the_set() {
    let script = "import ctypes; print('ready', flush=True); input()";
    let start = |world: &World, user| {
        let program = ready(world, user, &["/usr/bin/python3", "-c", script]);
        let maps = maps(world, &program);
        assert!(maps.contains("/_ctypes.") && maps.contains("/libffi."), "{maps}");
        program
    };
    is_kept_by(start, "/_ctypes.");
}

#[test]
fn programs_of_the_owner_without_semaphore_calls_keep_nothing() {
    let script = "print('ready', flush=True); input()";
    for (owner, looker) in owners_and_lookers() {
        let world = World::new();
        let dynamic = ready(&world, owner, &[&compile(&world, &[])]);
        assert!(maps(&world, &dynamic).contains("libc.so"));
        let python = ready(&world, owner, &["/usr/bin/python3", "-c", script]);
        assert!(!maps(&world, &python).contains("libffi"));
        left_over(&world, owner);
        world.removes_everything(looker);
        drop((dynamic, python));
    }
}

#[test]
fn a_static_program_that_is_younger_than_the_set_does_not_keep_it() {
    for (owner, looker) in owners_and_lookers() {
        let world = World::new();
        // Its parent lives and is older than the set, so nothing else can have told
        // it of the set.
        // The set's times are whole seconds.
        let script = "import os, time; time.sleep(2); print('ready', flush=True); \
                      program = input(); os.spawnv(os.P_WAIT, program, [program])";
        let mut parent = ready(&world, owner, &["/usr/bin/python3", "-c", script]);
        left_over(&world, owner);
        until_the_sets_are_past();
        parent.running.tell(&compile(&world, &["-static"]));
        assert_eq!(parent.running.line(), "ready");
        world.removes_everything(looker);
        drop(parent);
    }
}
