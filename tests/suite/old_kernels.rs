//! Kernels without the calls that Linux got later, and filters that refuse them: by a real
//! system call filter.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::filter::{errno, filtered, semctl_fails};
use crate::common::{Running, Sandbox, assert_free, holders, until};
use nix::errno::Errno;
use semlock::session::Block;

/// Linux 5.1 to 5.9 have them.
const LATER: [i64; 3] = [libc::SYS_pidfd_send_signal, libc::SYS_pidfd_open, libc::SYS_close_range];

/// Does something as on Linux 5.0, and where a filter refuses what is newer.
fn without_later_calls(something: impl Fn() + Send + Sync) {
    for refusal in [Errno::ENOSYS, Errno::EPERM] {
        filtered(&LATER, errno(refusal), &something);
    }
}

/// A script that does this, says "held" and reads a line.
fn script(sandbox: &Sandbox, lock: &str) -> Running {
    let mut shell = sandbox.program("sh");
    shell.args(["-c", &format!("exec 7<.; {lock} || exit; echo held; read line")]);
    let mut script = Running::start(shell);
    assert_eq!(script.line(), "held");
    script
}

fn gives_back(block: Block) {
    until("the lock given back", || block.set().values().unwrap().iter().all(|&value| value == 0));
}

#[test]
fn a_lock_without_command_is_held_until_its_owner_ends() {
    without_later_calls(|| {
        let (sandbox, block) = Sandbox::with_block(8);
        for ends_by_kill in [false, true] {
            let owner = script(&sandbox, "semlock lock a");
            sandbox.run(["lock", "-n", "a", "--", "true"]).exits(75);
            if ends_by_kill {
                owner.kill();
            } else {
                assert_eq!(owner.finish(), 1);
            }
            gives_back(block);
        }
    });
}

#[test]
fn a_holder_keeps_nothing_that_it_inherited() {
    without_later_calls(|| {
        let (sandbox, block) = Sandbox::with_block(8);
        let owner = script(&sandbox, "semlock lock a");
        let directory = sandbox.directory.clone();
        let holder = holders()[0];
        let keeps_a_directory = || {
            let descriptors = fs::read_dir(format!("/proc/{holder}/fd")).unwrap().flatten();
            let mut files = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
            files.any(|file| file == directory)
        };
        assert!(!keeps_a_directory());
        assert_eq!(owner.finish(), 1);
        gives_back(block);
    });
}

#[test]
fn a_lock_is_held_for_another_process_and_unlocked() {
    without_later_calls(|| {
        let (sandbox, block) = Sandbox::with_block(8);
        let owner = Running::start(Command::new("cat"));
        let pid = owner.pid().to_string();
        sandbox.run(["lock", "--for", &pid, "a"]).exits(0);
        sandbox.run(["lock", "-n", "a", "--", "true"]).exits(75);
        assert_eq!(owner.finish(), 0);
        gives_back(block);
        let script = script(&sandbox, "semlock lock a && semlock unlock a && semlock lock b");
        assert_eq!(script.finish(), 1);
        gives_back(block);
        assert_free(block);
    });
}

#[test]
fn an_owner_that_has_ended_is_no_owner() {
    let sandbox = Sandbox::new();
    sandbox.run(["create"]).exits(0);
    let mut ended = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
    let pid = ended.id().to_string();
    ended.wait().unwrap();
    without_later_calls(|| {
        sandbox.run(["lock", "--for", &pid, "a"]).exits(64);
    });
}

#[test]
fn sets_are_listed_without_the_call_that_reads_one_of_another_user() {
    const SEM_STAT_ANY: i32 = 20;
    let (sandbox, block) = Sandbox::with_block(8);
    let semid = block.set().semid().to_string();
    let lists = || {
        let listed = sandbox.run(["status", "--all", "--format", "json"]).exits(0).json();
        assert_eq!(listed["sets"][0]["semid"].to_string(), semid);
        assert_eq!(listed["sets"][0]["nsems"], 8);
    };
    lists();
    // EINVAL is the answer of Linux before 4.17, EFAULT that of an old C library.
    for answer in [Errno::EINVAL, Errno::EFAULT, Errno::ENOSYS] {
        semctl_fails(SEM_STAT_ANY, answer, lists);
    }
}

#[test]
fn the_version_says_what_is_used_instead() {
    without_later_calls(|| {
        filtered(&[libc::SYS_semtimedop], errno(Errno::ENOSYS), || {
            let version = Sandbox::new().run(["--version"]);
            version.exits(0).is_said("");
            version.contains("\ntimed wait: semop(2), interrupted by a thread\n");
            version.contains("\nend of a process: polled\n");
        });
    });
}
