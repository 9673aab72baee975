//! Real programs and semlock beside them, with only each other to look at.

mod clock;
mod server;
mod sets;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use serde_json::Value;
pub use server::{Model, Server};
pub use sets::{by_key, line, only, semids, sets, until_the_sets_are_past};

use crate::common::{Finished, Running, Sandbox, kill_what_is_left, until};

/// Whose processes and sets these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// Who runs the tests: root, or an ordinary user in a user namespace.
    Tester,
    /// Another user, without any privilege.
    Other,
}

/// Everybody that the tests can be.
pub fn everybody() -> Vec<User> {
    if has_every_uid() { vec![User::Tester, User::Other] } else { vec![User::Tester] }
}

/// A uid that nobody else uses, also no other test at the same time.
pub const OTHER: u32 = 31521;

/// Whether the tests can become another user: not in a user namespace of one.
pub fn has_every_uid() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap();
    let length = map.split_whitespace().nth(2).unwrap().parse::<u32>().unwrap();
    nix::unistd::geteuid().is_root() && length > OTHER
}

/// Whether no process of the machine is hidden from the tests by a pid namespace.
pub fn sees_every_process() -> bool {
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap();
    namespace.to_str() == Some("pid:[4026531836]")
}

/// An IPC namespace, and what runs in it.
pub struct World {
    pub sandbox: Sandbox,
    /// The first process of its pid namespace, if it has one of its own.
    first: Option<First>,
}

struct First {
    unshare: Running,
    /// Of the first process, as the tests see it.
    pid: i32,
}

impl World {
    /// One whose processes see each other only. Its first process is a plain
    /// program without semaphore calls, which leads the session.
    pub fn new() -> Self {
        let sandbox = sandbox();
        let mut unshare = Command::new("unshare");
        unshare.args(["--pid", "--fork", "--mount-proc", "--kill-child"]);
        unshare.args(clock::corrected()).args(["setsid", "cat"]);
        let mut unshare = Running::start(unshare);
        assert_eq!(unshare.ask("ready"), "ready");
        let pid = child_of(unshare.pid()).expect("the first process");
        Self { sandbox, first: Some(First { unshare, pid }) }
    }

    /// One that sees all of the machine's processes, where semlock can know who
    /// finds a set by its key.
    pub fn open() -> Self {
        Self { sandbox: sandbox(), first: None }
    }

    pub fn directory(&self) -> &Path {
        &self.sandbox.directory
    }

    /// A file in its directory.
    pub fn path(&self, name: &str) -> String {
        self.directory().join(name).to_str().unwrap().into()
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.directory().join(name)).unwrap_or_default()
    }

    /// A command in this world.
    pub fn command(&self, user: User, program: &[&str]) -> Command {
        let mut words: Vec<String> = Vec::new();
        if let Some(first) = &self.first {
            let target = first.pid.to_string();
            words.extend(["nsenter", "--target", &target, "--pid", "--mount"].map(Into::into));
            words.extend(clock::corrected().first().map(|_| "--time".into()));
        }
        if user == User::Other {
            let uid = OTHER;
            words.extend(["setpriv".into(), format!("--reuid={uid}"), format!("--regid={uid}")]);
            words.push("--clear-groups".into());
        }
        words.extend(program.iter().map(ToString::to_string));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.directory()).env("HOME", self.directory());
        for name in ["SEMLOCK_KEY", "SEMLOCK_HELD", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, user: User, program: &[&str]) -> Finished {
        Finished::of(self.command(user, program))
    }

    /// Runs a Perl program to its end, and thereby the last user of a set.
    pub fn perl(&self, user: User, script: &str) -> String {
        let ended = self.run(user, &["perl", "-e", script]);
        ended.exits(0).stdout().trim().into()
    }

    /// Starts a program that lives until it is killed, in a session of its own.
    pub fn start(&self, user: User, program: &[&str]) -> Program {
        let script = "cd \"$0\" && echo $$ && exec \"$@\"";
        let shell = ["setsid", "sh", "-c", script, self.directory().to_str().unwrap()];
        let running = Running::start(self.command(user, &[&shell[..], program].concat()));
        let mut program = Program { running, pid: 0, entered: self.first.is_some() };
        program.pid = program.running.line().parse().expect("its pid");
        program
    }

    /// Sends a signal to processes of this world, by the numbers that they have in it.
    pub fn signal(&self, signal: &str, pids: &[i32]) {
        let signal = format!("-{signal}");
        let pids: Vec<_> = pids.iter().map(ToString::to_string).collect();
        let words = ["kill", &signal].into_iter().chain(pids.iter().map(String::as_str));
        self.run(User::Tester, &words.collect::<Vec<_>>()).exits(0);
    }

    /// Its living processes that pgrep finds by these options; without any, all.
    pub fn pids(&self, options: &[&str]) -> Vec<i32> {
        let pgrep = [&["pgrep", "--runstates", "RSDT"], options].concat();
        let found = self.run(User::Tester, &pgrep).stdout();
        found.lines().map(|pid| pid.parse().unwrap()).collect()
    }

    /// Kills all of its processes but the first one, so that none can tidy up.
    pub fn kill_everything(&self) {
        assert!(self.first.is_some(), "that would be everything on the machine");
        self.run(User::Tester, &["sh", "-c", "kill -9 -1"]);
        until("everything is gone", || self.pids(&[]) == [1]);
    }

    /// semlock; again, as it says itself, where processes start and end too fast.
    pub fn semlock(&self, user: User, arguments: &[&str]) -> Finished {
        let mut words = vec![self.sandbox.binary().to_owned()];
        words.extend(arguments.iter().map(ToString::to_string));
        if self.first.is_none() && arguments[0] == "remove" {
            words.extend(bystanders());
        }
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let mut said = self.run(user, &words);
        until("the processes can be looked at", || {
            let hurried = "start and end faster than they can be read";
            let failed = said.stdout().contains(hurried) || said.stderr().contains(hurried);
            if failed {
                said = self.run(user, &words);
            }
            !failed
        });
        said
    }

    /// Removes what is orphaned, without regard to what was used a moment ago.
    pub fn remove_orphaned(&self, user: User, more: &[&str]) -> Finished {
        let words = ["remove", "--orphaned", "--idle", "0s", "--yes", "--verbose"];
        self.semlock(user, &[&words[..], more].concat())
    }

    /// What is thought of a set.
    #[track_caller]
    pub fn verdict(&self, user: User, semid: i32) -> Judgement {
        let words = ["status", "--all", "--idle", "0s", "--format", "json"];
        let report = self.semlock(user, &words).exits(0).json();
        let sets = report["sets"].as_array().unwrap();
        let set = sets.iter().find(|set| set["semid"] == semid).expect("the set");
        Judgement::of(set)
    }

    /// Fails unless the sets outlive an attempt to remove what is orphaned.
    #[track_caller]
    pub fn keeps(&self, user: User, sets: &[i32]) {
        let kept = self.remove_orphaned(user, &[]);
        kept.exits(0);
        assert_eq!(semids(), sets, "{kept}");
    }

    /// The same, and that the set is idle because of this process.
    #[track_caller]
    pub fn keeps_for(&self, user: User, semid: i32, program: &Program) -> Judgement {
        self.keeps(user, &[semid]);
        let verdict = self.verdict(user, semid);
        assert_eq!(verdict.verdict, "idle", "{verdict:?}");
        assert!(verdict.kept_by.contains(&program.pid), "{}: {verdict:?}", program.pid);
        verdict
    }

    /// Fails unless all sets go as orphaned.
    #[track_caller]
    pub fn removes_everything(&self, user: User) {
        let removed = self.remove_orphaned(user, &[]);
        removed.exits(0);
        assert!(semids().is_empty(), "{removed}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(first) = &mut self.first {
            // With the first process the kernel ends all others before it lets go.
            let _ = kill(Pid::from_raw(first.pid), Signal::SIGKILL);
            until("the world is over", || {
                reap_adopted();
                first.unshare.child.try_wait().unwrap().is_some()
            });
        } else {
            // Daemons may be left, most of all by a test that has failed.
            kill_what_is_left();
        }
    }
}

/// Reaps what has ended in a world and was left to the tests: a world is over only
/// when nothing of it is left. Only a child that was adopted is in another pid
/// namespace itself.
fn reap_adopted() {
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    for pid in pids {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let has = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>()
        };
        if has("PPid:") == [std::process::id().to_string()] && has("NSpid:").len() > 1 {
            let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        }
    }
}

/// What to ignore in a world without a pid namespace of its own, as it has nothing to
/// do with the sets: these tests, which have semaphore calls, by the names that each
/// user can read; and what started them, which not every user may look into.
pub fn bystanders() -> Vec<String> {
    let tests = std::env::current_exe().unwrap();
    let tests = tests.file_name().unwrap().to_str().unwrap();
    let mut ignored = vec![tests.to_owned(), tests[..tests.len().min(15)].to_owned()];
    let mut pid = parent_of(std::process::id());
    while pid != 0 {
        ignored.push(pid.to_string());
        pid = parent_of(pid);
    }
    ignored.into_iter().flat_map(|which| ["--ignore".into(), which]).collect()
}

fn parent_of(pid: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').nth(1).unwrap().parse().unwrap()
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::for_every_user();
    fs::set_permissions(&sandbox.directory, fs::Permissions::from_mode(0o777)).unwrap();
    sandbox
}

/// The one child of a process that only waits for it.
fn child_of(pid: i32) -> Option<i32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.trim().parse().ok()
}

/// A program that was started in a world; ended by SIGKILL when it is dropped.
pub struct Program {
    pub running: Running,
    /// As its world numbers it.
    pub pid: i32,
    /// Whether `running` is only its parent, which has entered the world.
    entered: bool,
}

impl Drop for Program {
    fn drop(&mut self) {
        let parent = self.running.pid();
        let pid = if self.entered { child_of(parent) } else { Some(parent) };
        if let Some(pid) = pid {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        // A world ends only when all that was in it is reaped, here by the parent.
        let _ = self.running.child.wait();
    }
}

#[derive(Debug)]
pub struct Judgement {
    pub verdict: String,
    pub evidence: String,
    pub kept_by: Vec<i32>,
}

impl Judgement {
    fn of(set: &Value) -> Self {
        let list = |name: &str| set[name].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().map(Into::into);
        Self {
            verdict: text(&set["verdict"]).unwrap(),
            evidence: list("evidence").iter().filter_map(text).collect::<Vec<String>>().join("\n"),
            kept_by: serde_json::from_value(list("kept_by").into()).unwrap(),
        }
    }
}
