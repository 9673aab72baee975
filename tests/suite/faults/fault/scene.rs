//! What is there while calls fail: a machine of its own with servers that live,
//! a lock that is held, and a set that a process left behind.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use semlock::sysv::{Key, Semid, Set};

use super::{Fault, Task};
use crate::common::{Running, Sandbox, until};

/// Owners of the sets: two servers, a daemon of root that gave its set away, and
/// a program that has ended.
const SERVER: u32 = 1521;
const WORKER: u32 = 1522;
const ENDED: u32 = 1777;

pub struct Scene {
    shell: Running,
    pub sandbox: Sandbox,
    /// Sets whose creators live.
    pub living: Vec<i32>,
    /// Pids of those, as the machine counts.
    servers: Vec<String>,
    pub block: i32,
    pub orphan: i32,
}

/// A run of the binary, and what it left.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// Whether the call that was to fail was made.
    pub injected: bool,
    /// Whether every server lives.
    pub servers_live: bool,
}

impl Scene {
    /// A pid namespace whose first process only starts the shell that does as
    /// told: a first process owns no locks.
    pub fn new() -> Self {
        let sandbox = Sandbox::for_every_user();
        let mut shell = Command::new("setpriv");
        shell.args([
            "--pdeathsig",
            "KILL",
            "unshare",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child",
            "setsid",
            "sh",
            "-c",
        ]);
        shell.arg("sh; exit").current_dir(&sandbox.directory);
        for name in ["SEMLOCK_KEY", "SEMLOCK_HELD", "RUST_BACKTRACE"] {
            shell.env_remove(name);
        }
        let shell = Running::start(shell);
        let mut scene =
            Self { shell, sandbox, living: Vec::new(), servers: Vec::new(), block: 0, orphan: 0 };
        scene.furnish();
        scene
    }

    fn furnish(&mut self) {
        for _ in 0..6 {
            self.shell.tell("sleep infinity &");
        }
        for (key, user, given) in
            [(0x4401, SERVER, SERVER), (0, SERVER, SERVER), (0, 0, WORKER), (0, 0, 0)]
        {
            let semid = self.start_owner(key, user, given);
            self.living.push(semid);
        }
        let binary = self.sandbox.binary().to_owned();
        self.run("", &format!("{binary} create --key 0x5151 --nsems 34"));
        self.block = Set::open(Key::new(0x5151)).unwrap().semid().raw();
    }

    fn start_owner(&mut self, key: i32, user: u32, given: u32) -> i32 {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/owner.pl");
        let file = self.path("semid");
        fs::write(&file, "").unwrap();
        let pid = self.shell.ask(&format!("perl {script} {key} {user} {given} >semid & echo $!"));
        self.servers.push(pid);
        until("a set created", || fs::read_to_string(&file).unwrap().ends_with('\n'));
        fs::read_to_string(file).unwrap().trim().parse().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.directory.join(name)
    }

    /// Puts back what the run before may have taken away.
    fn restore(&mut self) {
        if Set::from_id(Semid::new(self.orphan)).info().is_err() || self.orphan == 0 {
            let create = format!(
                "$( = {ENDED}; $) = \"{ENDED} {ENDED}\"; ($<, $>) = ({ENDED}, {ENDED}); \
                 my $id = semget(0, 1, 0600) // die; semctl($id, 0, 16, 1) or die; print \"$id\\n\""
            );
            let orphan = self.shell.ask(&format!("perl -e '{create}'"));
            self.orphan = orphan.parse().unwrap();
        }
        if self.is_free() {
            let binary = self.sandbox.binary().to_owned();
            let locked = self.shell.ask(&format!("{binary} lock --key 0x5151 -n s; echo $?"));
            assert_eq!(locked, "0", "the lock was not got");
        }
    }

    /// Whether no lock is in the block.
    pub fn is_free(&self) -> bool {
        Set::from_id(Semid::new(self.block)).values().unwrap().iter().all(|&value| value == 0)
    }

    /// Whether all that lives is there.
    pub fn is_complete(&self) -> bool {
        self.living.iter().chain([&self.block]).all(|&semid| Self::exists(semid))
    }

    pub fn exists(semid: i32) -> bool {
        Set::from_id(Semid::new(semid)).info().is_ok()
    }

    /// Runs the task while one call fails.
    pub fn under(&mut self, fault: &Fault) -> Run {
        self.restore();
        self.strace(&fault.injection(), fault.task)
    }

    /// Runs the task while every call is recorded.
    pub fn trace(&mut self, task: Task) -> (Run, String) {
        self.restore();
        let run = self.strace("", task);
        (run, fs::read_to_string(self.path("trace")).unwrap())
    }

    fn strace(&mut self, options: &str, task: Task) -> Run {
        let binary = self.sandbox.binary().to_owned();
        let strace =
            format!("timeout --foreground 30 strace --seccomp-bpf -f -qq -o trace {options}");
        self.run(&strace, &format!("{binary} {}", task.arguments()))
    }

    fn run(&mut self, under: &str, command: &str) -> Run {
        let servers = self.servers.join(" ");
        let answer = self.shell.ask(&format!(
            "{under} {command} >stdout 2>stderr </dev/null; echo $? $(kill -0 {servers} 2>&1 && echo live)"
        ));
        let (status, live) = answer.split_once(' ').unwrap_or((&answer, ""));
        let read = |name| String::from_utf8_lossy(&fs::read(self.path(name)).unwrap()).into_owned();
        let injected = fs::read(self.path("trace"))
            .is_ok_and(|trace| String::from_utf8_lossy(&trace).contains("(INJECTED)"));
        Run {
            status: status.parse().unwrap(),
            stdout: read("stdout"),
            stderr: read("stderr"),
            injected,
            servers_live: live == "live",
        }
    }
}
