//! What semlock says and does where it cannot look: nothing is removed, nothing
//! called orphaned, and no check is an all-clear. Needs root, for mounts and
//! other users.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::common::users::{NOBODY, as_nobody, sandbox};
use crate::common::world::{Program, User, World, semids, until_the_sets_are_past};
use crate::common::{Finished, Running, Sandbox, until};
use nix::sys::signal::Signal;
use semlock::sysv::Set;

/// A process of nobody's that owns a set with a key, one without, and lives. It
/// does to itself first what `how` says, as Perl.
fn owner(how: &str) -> Running {
    let script = format!(
        "use IPC::SysV qw(IPC_PRIVATE IPC_CREAT); {how};
         defined semget($_, 1, IPC_CREAT | 0600) or die $! for 0x4401, IPC_PRIVATE;
         $| = 1; print \"made\\n\"; <STDIN>"
    );
    let mut perl = Command::new("perl");
    perl.args(["-e", &script]);
    let mut perl = Running::start(as_nobody(perl));
    assert_eq!(perl.line(), "made");
    perl
}

/// semlock after these commands of a shell, in a mount namespace of its own.
fn after(sandbox: &Sandbox, mounts: &str, arguments: &str) -> Finished {
    let command = format!("{mounts} && exec {} {arguments}", sandbox.binary());
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "sh", "-c", &command]).stdin(Stdio::null());
    Finished::of(shell)
}

const NO_PROC: &str = "mount -t tmpfs none /proc";

#[test]
#[ignore = "needs root"]
fn without_proc_nothing_is_orphaned_and_no_check_is_an_all_clear() {
    let sandbox = sandbox();
    let _owner = owner("");
    let before = semids();
    let remove = "remove --orphaned --idle 0s --yes --verbose";
    after(&sandbox, NO_PROC, remove).exits(0).contains(": unknown: the processes cannot be listed");
    after(&sandbox, NO_PROC, "remove --all --idle 0s --yes").exits(75);
    after(&sandbox, NO_PROC, "status --all --check --idle 0s").exits(77).complains(
        "  evidence: the processes cannot be listed: No such file or directory (ENOENT)\n",
    );
    assert_eq!(semids(), before);
}

#[test]
#[ignore = "needs root"]
fn where_proc_hides_processes_a_user_is_told_that_they_are_hidden() {
    let sandbox = sandbox();
    let _owner = owner("");
    let hide = "mount -t proc -o hidepid=2 proc /proc && setpriv --reuid 1521 --regid 1521 --clear-groups true";
    let command = format!(
        "{hide} && exec setpriv --reuid 1521 --regid 1521 --clear-groups {} status --all --idle 0s --no-headers --columns verdict,evidence",
        sandbox.binary()
    );
    let mut shell = Command::new("unshare");
    shell.args(["--pid", "--fork", "--mount", "sh", "-c", &command]).stdin(Stdio::null());
    let said = Finished::of(shell);
    said.exits(0);
    assert!(!said.stdout().contains("orphaned"), "{said}");
}

#[test]
#[ignore = "needs root"]
fn an_owner_lives_whatever_its_name_is() {
    let sandbox = sandbox();
    for name in [r#""gr\xc3""#, r#""\xff\xfe\x00""#, r#""x\n7 orphaned""#, r#"") R 1 (""#] {
        let set = format!(
            "open my $comm, '>', '/proc/self/comm' or die; print $comm {name}; close $comm"
        );
        let owner = owner(&set);
        let before = semids();
        let said = sandbox.run(["remove", "--orphaned", "--idle", "0s", "--yes"]);
        assert_eq!(semids(), before, "{said}");
        said.exits(0);
        let list =
            ["status", "--all", "--idle", "0s", "--no-headers", "--columns", "verdict,evidence"];
        let list = sandbox.run(list);
        assert_eq!(list.stdout().lines().count(), before.len(), "a line a set: {list}");
        assert!(!list.stdout().contains("\n orphaned"), "{list}");
        owner.kill();
        sandbox.run(["remove", "--orphaned", "--idle", "0s", "--yes"]).exits(0);
        assert!(semids().is_empty(), "the owner has ended");
    }
}

#[test]
#[ignore = "needs root"]
fn with_few_descriptors_what_lives_is_kept() {
    let sandbox = sandbox();
    let _owner = owner("");
    let before = semids();
    for limit in 3..9 {
        let command = format!(
            "ulimit -n {limit}; exec {} remove --orphaned --idle 0s --yes",
            sandbox.binary()
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).stdin(Stdio::null());
        let said = Finished::of(shell);
        assert_eq!(semids(), before, "{limit}: {said}");
        assert!(!said.stdout().contains(": orphaned"), "{limit}: {said}");
    }
}

#[test]
#[ignore = "needs root"]
fn a_process_whose_first_thread_has_ended_keeps_what_it_could_use() {
    let sandbox = sandbox();
    let script = "
import ctypes, threading, sys, sysv_ipc
sysv_ipc.Semaphore(0x4401, sysv_ipc.IPC_CREX, 0o600)
def live():
    print('made', flush=True)
    sys.stdin.read()
threading.Thread(target=live).start()
ctypes.CDLL(None).pthread_exit(None)
";
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", script]);
    let mut python = Running::start(as_nobody(python));
    assert_eq!(python.line(), "made");
    let stat = format!("/proc/{}/stat", python.pid());
    until("the first thread has ended", || fs::read_to_string(&stat).unwrap().contains(") Z "));
    let said = sandbox.run(["remove", "--orphaned", "--idle", "0s", "--yes"]).exits(0).stdout();
    assert!(said.contains(&format!("process {} (python3) ", python.pid())), "{said}");
    assert_eq!(semids().len(), 1);
    python.kill();
    sandbox.run(["remove", "--orphaned", "--idle", "0s", "--yes"]).exits(0);
    assert!(semids().is_empty());
}

/// Sets that no process could use: some of root's, and then one of another user's.
fn orphans(world: &World, number: usize) {
    let script = |number| {
        format!(
            "use IPC::SysV q(IPC_PRIVATE); for (1 .. {number}) {{
             semop(semget(IPC_PRIVATE, 1, 0600) // die($!), pack 's!3', 0, 1, 0) or die }}"
        )
    };
    world.perl(User::Tester, &script(number));
    world.perl(User::Other, &script(1));
    until_the_sets_are_past();
}

/// A process of the other user's that starts now and uses a set.
fn user_of(world: &World, semid: i32) -> Program {
    let script =
        format!("semop({semid}, pack('s!3', 0, 1, 0)) or die; $| = 1; print \"used\\n\"; <STDIN>");
    let mut user = world.start(User::Other, &["perl", "-e", &script]);
    assert_eq!(user.running.line(), "used");
    user
}

#[test]
#[ignore = "needs root"]
fn what_comes_into_use_while_the_question_waits_for_an_answer_is_kept() {
    let world = World::new();
    orphans(&world, 1);
    let [first, second] = semids()[..] else { panic!("two sets") };
    // A shell that stays could know root's set.
    let command = format!("exec {} remove --orphaned --idle 0s --verbose", world.sandbox.binary());
    let terminal = ["script", "-q", "-e", "-c", &command, "/dev/null"];
    let mut remove = Running::start(world.command(User::Tester, &terminal));
    remove.reads("remove 2 sets? [y/N/list] ");
    let _user = user_of(&world, second);
    remove.tell("y");
    let said = remove.reads(&format!("kept semid {second}, no key, 1 semaphore, owner "));
    assert!(said.contains(&format!("removed semid {first}, ")), "{said}");
    assert_eq!(remove.finish(), 0);
    assert_eq!(semids(), [second], "{said}");
}

#[test]
#[ignore = "needs root"]
fn what_comes_into_use_during_a_long_pass_is_kept() {
    let world = World::new();
    orphans(&world, 4000);
    let last = *semids().last().unwrap();
    let options = ["remove", "--orphaned", "--idle", "0s", "--yes", "--verbose"];
    let remove = [&[world.sandbox.binary()], &options[..]].concat();
    let shell = ["sh", "-c", "echo $$; exec \"$@\"", "sh"];
    let mut remove = Running::start(world.command(User::Tester, &[&shell[..], &remove].concat()));
    let pid: i32 = remove.line().parse().unwrap();
    remove.line();
    world.signal("STOP", &[pid]);
    let stopped = Instant::now();
    let _user = user_of(&world, last);
    // The survey must be older than anything may be removed by.
    until("the survey is old", || stopped.elapsed().as_secs() >= 2);
    // nsenter has stopped with it, and makes it go on.
    remove.signal(Signal::SIGCONT);
    assert_eq!(remove.finish(), 0);
    assert_eq!(semids(), [last]);
}

#[test]
#[ignore = "needs root"]
fn at_the_limit_of_processes_it_works_without_a_thread_or_says_what_is_missing() {
    let sandbox = sandbox();
    let create = ["create", "--owner", "nobody"];
    sandbox.run(create).exits(0);
    let limited = |arguments: &[&str]| {
        let mut command = Command::new("prlimit");
        command.arg("--nproc=1").arg(sandbox.binary()).args(arguments).stdin(Stdio::null());
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
        let said = Finished::of(command);
        assert!(!said.stderr().contains("bug in semlock"), "{said}");
        said
    };
    limited(&["status"]).exits(0);
    limited(&["status", "--all"]).exits(0);
    limited(&["lock", "--verbose", "a", "--", "true"]).exits(0);
    let held = sandbox.hold(&["a"]);
    limited(&["lock", "--verbose", "-w", "0.1", "a", "--", "true"]).exits(75);
    limited(&["lock", "a"]).exits(71);
    limited(&["status", "--all-namespaces"]).exits(71).complains("start a thread");
    held.kill();
}

#[test]
#[ignore = "needs root"]
fn one_set_that_is_named_and_was_never_used_goes_and_one_that_was_used_needs_a_verdict() {
    let sandbox = sandbox();
    let untouched = Set::create_private(3, 0o600).unwrap().semid();
    sandbox.run(["remove", "--id", &untouched.to_string()]).exits(0);
    let used = Set::create_private(3, 0o600).unwrap();
    used.set_value(2, 1).unwrap();
    let id = used.semid().to_string();
    sandbox
        .run(["remove", "--id", &id])
        .exits(75)
        .complains("it is in use\n  evidence: process ")
        .complains(&format!("  fix: semlock remove --id {id} --force  #"));
    sandbox.run(["remove", "--id", &id, "--force"]).exits(0);
    assert!(semids().is_empty());
}
