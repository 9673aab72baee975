//! A machine made up for the tests of the rules: processes and sets as values.

mod access;
#[cfg(family = "linux")]
mod claims;
mod completeness;
mod evidence;
mod knowledge;
#[cfg(family = "linux")]
mod lazy;
mod means;
mod program;
mod rules;
mod without_users;

use jiff::{SignedDuration, Timestamp};
use nix::errno::Errno;

use super::{Ignored, Judge, JudgeOptions, Judgement, MIN_AGE, Verdict};
use crate::holder::Holders;
use crate::system::{
    Clock, Code, Entry, Executable, Incomplete, Pid, Process, Processes, Shell, Unclear,
};
use crate::sysv::{Credentials, Gid, Key, Permissions, Semaphore, Semid, SetInfo, SetState, Uid};

/// The user that owns most sets here; created by root, as a server's are.
const OWNER: Uid = Uid::new(33);
const ROOT: Uid = Uid::new(0);
const OTHER: Uid = Uid::new(1000);

/// When the sets were last changed, in seconds.
const CHANGED: i64 = 1_000_000;

/// When semlock looks, so much later.
const LATER: f64 = 5_000.0;

/// The IPC namespace of the sets, and another one.
const HERE: u64 = 1;
const ELSEWHERE: u64 = 2;

fn at(after: f64) -> Timestamp {
    let after = SignedDuration::from_secs_f64(after);
    Timestamp::from_second(CHANGED).unwrap() + after
}

fn pid(raw: i32) -> Pid {
    Pid::new(raw).unwrap()
}

/// A process of a user that started so many seconds after the sets were changed,
/// leads its own session, and is a child of the first process.
fn process(raw: i32, uid: Uid, started: f64) -> Process {
    Process::made_up(
        pid(raw),
        at(started),
        Credentials { gids: vec![group(uid)], ..Credentials::of_user(uid) },
        Code::none(),
    )
}

/// The first process, older than every set, without semaphore calls.
fn init() -> Process {
    process(1, ROOT, -9_000.0).with(|init| (init.parent, init.first) = (None, true))
}

trait Change {
    fn with(self, change: impl FnOnce(&mut Process)) -> Process;
    fn calls(self) -> Process;
    fn child_of(self, parent: i32) -> Process;
}

impl Change for Process {
    fn with(mut self, change: impl FnOnce(&mut Process)) -> Process {
        change(&mut self);
        self
    }

    fn calls(self) -> Process {
        self.with_code(Entry::Is(Code::calls("/usr/lib/libapr-1.so.0")))
    }

    /// In its session and group.
    fn child_of(self, parent: i32) -> Process {
        let parent = Some(pid(parent));
        self.with(|child| (child.parent, child.group, child.session) = (parent, parent, parent))
    }
}

/// The group of a user's own.
fn group(user: Uid) -> Gid {
    Gid::new(user.raw())
}

fn info(key: i32, mode: u16) -> SetInfo {
    SetInfo {
        key: Key::new(key),
        semid: Semid::new(7),
        nsems: 1,
        permissions: Permissions {
            uid: OWNER,
            gid: group(OWNER),
            cuid: ROOT,
            cgid: group(ROOT),
            mode,
        },
        otime: None,
        ctime: Some(at(0.0)),
    }
}

fn state(info: SetInfo) -> SetState {
    let semaphores = vec![Semaphore::default(); usize::try_from(info.nsems).unwrap()];
    SetState { info, semaphores }
}

/// A private set of the owner's, whose last user has ended.
fn private() -> SetState {
    let mut state = state(info(0, 0o600));
    state.semaphores[0].sempid = Pid::new(99);
    state
}

/// The same with a key.
fn keyed() -> SetState {
    state(info(0x4401, 0o600))
}

fn options() -> JudgeOptions {
    JudgeOptions {
        here: Some(HERE),
        own: None,
        uid: ROOT,
        ancestors: Vec::new(),
        ignored: Vec::new(),
        min_age: MIN_AGE,
    }
}

fn survey(processes: Vec<Process>) -> Processes {
    let clock = Clock::steady(at(-10_000.0));
    Processes::of(processes, clock, at(LATER))
}

fn judge(state: &SetState, processes: Vec<Process>) -> Judgement {
    Judge::new(survey(processes), Holders::default(), options()).judge(state)
}

fn verdict(state: &SetState, processes: Vec<Process>) -> Verdict {
    judge(state, processes).verdict
}
