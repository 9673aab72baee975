//! The files of /proc, made up and of real processes.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use nix::unistd;

use super::*;
use crate::system::own_child::OwnChild;
use crate::system::own_root;
use crate::system::platform::tid;

const STAT: &str = " S 1 40 41 34816 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 777 9000 1 2 3 4 140737 29 30 31 32 33 34 35 36 37 38 7";

#[test]
fn a_name_may_have_parentheses_line_ends_and_any_bytes() {
    for name in [&b"bash"[..], b"a) R 7 (b", b"x\n7 orphaned", b"gr\xc3", b""] {
        let line = [b"12 (", name, b")", STAT.as_bytes()].concat();
        let stat = parse_stat(&line).unwrap();
        assert_eq!(stat.name, name);
        assert_eq!((stat.state, stat.parent, stat.group, stat.session), (b'S', 1, 40, 41));
        assert_eq!((stat.flags, stat.threads, stat.started), (4_194_560, 3, 777));
        assert_eq!((stat.terminal, stat.stack, stat.cpu), (34_816, 140_737, Some(7)));
    }
}

#[test]
fn a_truncated_file_is_not_taken_for_a_complete_one() {
    let line = [b"12 (bash)", STAT.as_bytes()].concat();
    let stack = STAT.find("140737").unwrap() + "12 (bash)".len();
    for length in 0..stack + "14073".len() {
        let read = parse_stat(&line[..length]);
        assert!(read.is_none_or(|stat| stat.stack < 140_737), "{length}");
    }
    assert_eq!(parse_status(b"Name:\tx\nUid:\t0\t0\t0\t0\n"), None);
    assert_eq!(parse_status(b"Gid:\t0\t0\t0\t0\n"), None);
    assert_eq!(parse_status(b"Uid:\t0\t0\t0\tx\nGid:\t0\t0\t0\t0\n"), None);
}

#[test]
fn a_status_has_every_id_and_the_capabilities() {
    let status = parse_status(
        b"Name:\tgr\xc3\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t9 10 \nNSpid:\t70\t1\nCapPrm:\t0000000000008000\n",
    );
    assert_eq!(
        status,
        Some(Status {
            uids: [1, 2, 3, 4].map(Uid::new).into(),
            gids: [5, 6, 7, 8].map(Gid::new).into(),
            groups: [9, 10].map(Gid::new).into(),
            capabilities: Some(0x8000),
            pids: vec![70, 1],
        })
    );
}

#[test]
fn a_namespace_is_known_by_its_inode_number() {
    assert_eq!(inode(b"ipc:[4026531839]"), Some(4_026_531_839));
    assert_eq!(inode(b"ipc:[]"), None);
    assert_eq!(inode(b"/dev/null"), None);
}

/// `cat`, which waits for input, with an environment of one variable.
fn waiting_cat(value: &str) -> OwnChild {
    let mut cat = Command::new("cat");
    cat.arg("-").env_clear().env("A", value).stdin(Stdio::piped()).stdout(Stdio::null());
    OwnChild::start(&mut cat)
}

#[test]
fn another_process_is_read() {
    let cat = waiting_cat("1");
    let pid = cat.pid();
    assert_eq!(name(pid), Entry::Is(b"cat".to_vec()));
    assert_eq!(command_line(pid), Entry::Is(vec!["cat".into(), "-".into()]));
    assert_eq!(environment(pid), Entry::Is(b"A=1\0".to_vec()));
    assert_eq!(read_start(pid, "exe"), Entry::Is(*b"\x7fELF"));
    let path = executable(pid).ok().unwrap();
    assert!(path.starts_with(b"/") && !path.ends_with(b"/"), "{path:?}");
    assert!(standard_input(pid).ok().unwrap().starts_with(b"pipe:["));
    let thread = Tid::new(pid.raw()).unwrap();
    assert_eq!(threads(pid), Entry::Is(vec![thread]));
    assert!(cpu(pid, thread).ok().is_some());
    assert!(run_the_same(pid, waiting_cat("1").pid()) && !run_the_same(pid, Pid::own()));
}

#[test]
fn this_process_is_read_as_the_system_calls_tell() {
    let stat = stat(Pid::own()).ok().unwrap();
    assert_eq!(stat.parent, unistd::getppid().as_raw());
    assert_eq!(stat.group, unistd::getpgrp().as_raw());
    assert_eq!(stat.session, unistd::getsid(None).unwrap().as_raw());
    let status = status(Pid::own(), "status").ok().unwrap();
    let [uid, gid] = [unistd::getuid().as_raw(), unistd::getgid().as_raw()];
    assert_eq!((status.uids, status.gids), (vec![Uid::new(uid); 4], vec![Gid::new(gid); 4]));
    assert_eq!(status.pids.first(), Some(&Pid::own().raw()));
    assert!(threads(Pid::own()).ok().unwrap().contains(&tid::own()));
    let inode = fs::metadata("/proc/self/ns/ipc").unwrap().ino();
    assert_eq!(namespace(Pid::own(), "ns/ipc"), Entry::Is(inode));
    assert!(shows_our_pids().unwrap());
}

#[test]
fn a_process_that_has_ended_is_gone() {
    let mut cat = waiting_cat("1");
    let pid = cat.pid();
    cat.end();
    assert_eq!(name(pid), Entry::Gone);
    assert_eq!(stat(pid), Entry::Gone);
    assert_eq!(threads(pid), Entry::Gone);
    assert_eq!(read_start::<4>(pid, "exe"), Entry::Gone);
    assert!(!run_the_same(pid, pid));
}

#[test]
fn a_file_that_is_longer_than_the_buffer_is_read_to_its_end() {
    for length in [10, 4094, 4095, 10_000] {
        let text = "a".repeat(length);
        let cat = waiting_cat(&text);
        let expected = format!("A={text}\0").into_bytes();
        assert_eq!(read_record(cat.pid(), "environ"), Entry::Is(expected), "{length}");
    }
}

#[test]
fn hidden_processes_are_known_by_an_option_of_the_last_mount_of_proc() {
    let mount =
        |at: &str, options: &str| format!("30 1 0:4 / {at} rw,nosuid - proc proc {options}\n");
    for (mounts, expected) in [
        (String::new(), false),
        (mount("/proc", "rw"), false),
        (mount("/proc", "rw,hidepid=0"), false),
        (mount("/proc", "rw,hidepid=off"), false),
        (mount("/proc", "rw,hidepid=2"), true),
        (mount("/proc", "rw,gid=7,hidepid=invisible"), true),
        (mount("/jail/proc", "rw,hidepid=2"), false),
        (mount("/proc", "rw,hidepid=2") + &mount("/proc", "rw"), false),
        (mount("/proc", "rw") + &mount("/proc", "rw,hidepid=1"), true),
    ] {
        assert_eq!(hides(mounts.as_bytes()), expected, "{mounts}");
    }
}

#[test]
fn another_proc_is_known_by_its_own_link_and_one_that_hides_processes_by_its_mount() {
    let ours = || (shows_our_pids().ok(), hides_processes().ok());
    assert_eq!(ours().0, Some(true));
    let hides = "25 30 0:23 / /proc rw - proc proc rw,hidepid=2\n";
    let shows = "25 30 0:23 / /proc rw - proc proc rw\n";
    for (mounts, hidden) in [(hides, true), (shows, false)] {
        let files = [("proc/self/mountinfo", mounts)];
        assert_eq!(own_root::with_files(&files, ours), (None, Some(hidden)));
    }
    let seen = own_root::with_files(&[("proc/1/stat", "")], || {
        std::os::unix::fs::symlink("1", "/proc/self").unwrap();
        ours()
    });
    assert_eq!(seen, (Some(Pid::own().raw() == 1), None));
}
