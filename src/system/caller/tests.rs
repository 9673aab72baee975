//! Callers that are made up, and real ones.

use std::process::{Command, Stdio};

use super::*;
use crate::system::own_child::OwnChild;
use crate::system::record::Listed;

/// A program that runs until its input ends.
fn start(words: &[&str]) -> OwnChild {
    OwnChild::start(Command::new(words[0]).args(&words[1..]).stdin(Stdio::piped()))
}

fn link(process: &OwnChild) -> Link {
    Link::read(process.pid()).unwrap().unwrap()
}

/// Its first child, once there is one.
fn child(process: &OwnChild) -> Link {
    loop {
        for Listed { pid, .. } in platform::list().unwrap() {
            match Link::read(pid) {
                Ok(Some(link)) if link.record.parent == process.pid().raw() => return link,
                _ => {}
            }
        }
    }
}

fn caller_of(link: Link) -> Caller {
    Caller { handle: Handle::open(link.pid), link, is_followed: false }
}

#[test]
fn a_shell_that_runs_one_command_is_a_wrapper() {
    for (words, wraps) in [
        (&["sh", "-c", "read x"][..], true),
        (&["sh", "-e", "-c", "read x"], true),
        (&["sh", "-c", "read x; true"], false),
        (&["sh"], false),
        (&["cat"], false),
        (&["timeout", "1000", "cat"], true),
    ] {
        let running = start(words);
        // It has begun as a copy of this process.
        let words: Vec<OsString> = words.iter().map(Into::into).collect();
        while super::super::command_line(link(&running).pid) != Entry::Is(words.clone()) {
            std::thread::yield_now();
        }
        assert_eq!(is_wrapper(&link(&running)), wraps, "{words:?}");
    }
}

#[test]
fn a_subshell_stands_for_the_shell_around_it() {
    let around = start(&["sh", "-c", "(read x); true"]);
    let inner = child(&around);
    let (pid, outer) = (inner.pid, link(&around).pid);
    assert_eq!(caller_of(inner).stands_for().collect::<Vec<_>>(), [pid, outer]);
    let other = start(&["sh", "-c", "sh -c 'read x; true'; true"]);
    let inner = child(&other);
    while super::super::command_line(inner.pid).ok().is_some_and(|words| words.len() < 3)
        || super::super::command_line(inner.pid)
            .equals(super::super::command_line(link(&other).pid))
    {
        std::thread::yield_now();
    }
    let pid = inner.pid;
    assert_eq!(caller_of(inner).stands_for().collect::<Vec<_>>(), [pid]);
}

#[test]
fn a_chain_is_unchanged_while_each_is_the_parent_of_the_one_before() {
    let parent = Link::read(Pid::parent().unwrap()).unwrap().unwrap();
    let own = Link::read(Pid::own()).unwrap().unwrap();
    assert!(is_unchanged([&parent].into_iter()));
    assert!(is_unchanged([].into_iter()));
    assert!(!is_unchanged([&own].into_iter()));
    assert!(!is_unchanged([&parent, &own].into_iter()));
}

#[test]
fn no_lock_is_kept_for_a_caller_that_is_not_meant() {
    let unfit = |name: &str, change: fn(&mut Caller)| {
        let cat = start(&["cat"]);
        let mut caller = caller_of(link(&cat));
        caller.link.record.name = name.into();
        caller.link.record.has_terminal = true;
        change(&mut caller);
        caller.unfit()
    };
    assert_eq!(unfit("cat", |_| ()), None);
    assert_eq!(unfit("systemd", |_| ()), Some(Unfit::Reaper));
    assert_eq!(unfit("cat", |caller| caller.link.record.parent = 0), Some(Unfit::NoParent));
    assert_eq!(unfit("cat", |caller| caller.is_followed = true), Some(Unfit::Followed));
    let daemon = |caller: &mut Caller| {
        (caller.link.record.parent, caller.link.record.has_terminal) = (1, false);
    };
    assert_eq!(unfit("cat", daemon), Some(Unfit::Daemon));
    assert_eq!(unfit("cat", |caller| caller.link.record.parent = 1), None);
    assert_eq!(unfit("xargs", |_| ()), None, "cat only has its name");
}

#[test]
fn a_script_with_one_command_is_recognized() {
    for one in [
        "semlock lock a",
        " semlock lock \"$1\" >/dev/null 2>&1 ",
        "A=1 timeout 5 semlock lock a;",
        "sh -c \"semlock lock a\"",
    ] {
        assert!(is_one_command(one), "{one}");
    }
    for more in [
        "semlock lock a; work",
        "semlock lock a && work",
        "semlock lock a || exit",
        "semlock lock a & wait",
        "x=$(semlock lock a)",
        "{ semlock lock a\nwork\n}",
        "eval \"$1\"",
        ". ./script",
        "A=1 source x",
        "",
    ] {
        assert!(!is_one_command(more), "{more}");
    }
}
