//! What every test stands on: a private IPC namespace, the built binary, and
//! an end in which nothing is left running.

#![allow(dead_code)]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use semlock::session::{Block, DEFAULT_KEY};

/// How long anything may take that should take no time.
const PATIENCE: Duration = Duration::from_mins(1);

/// A semaphore table of the test thread's own, which its children inherit and
/// which the kernel empties when they have ended; and a directory.
pub struct Sandbox {
    /// Removed at the end.
    pub directory: PathBuf,
    semlock: PathBuf,
}

impl Sandbox {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        unshare(CloneFlags::CLONE_NEWIPC)
            .expect("tests need IPC namespaces: run them by `make test`, as root or where user namespaces are allowed");
        set_child_subreaper(true).unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("semlock-test-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        Self { directory, semlock: env!("CARGO_BIN_EXE_semlock").into() }
    }

    /// The same, with the binary where every user can reach it.
    pub fn for_every_user() -> Self {
        let mut sandbox = Self::new();
        let copy = sandbox.directory.join("semlock");
        // Not by fs::copy: another test's child could inherit the descriptor that
        // writes, and the copy then be "busy" when it is run.
        let paths = [&sandbox.semlock, &copy];
        let installed = Command::new("install").arg("-m755").args(paths).status();
        assert!(installed.unwrap().success());
        sandbox.semlock = copy;
        sandbox
    }

    /// A sandbox in which there is a block at the default key.
    pub fn with_block(nsems: u16) -> (Self, Block) {
        let sandbox = Self::new();
        let block = Block::create(DEFAULT_KEY, nsems, 0o700).unwrap();
        (sandbox, block)
    }

    /// The binary, to be run or started.
    pub fn semlock<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.semlock);
        command.args(arguments).stdin(Stdio::null()).current_dir(&self.directory);
        for name in ["SEMLOCK_KEY", "SEMLOCK_HELD", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command
    }

    /// The path of the binary, for commands that run it again.
    pub fn binary(&self) -> &str {
        self.semlock.to_str().unwrap()
    }

    /// Runs the binary to its end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        Finished::of(self.semlock(arguments))
    }

    /// Runs a command that holds the lock which `options` ask for, until it is
    /// finished, killed or dropped.
    pub fn hold(&self, options: &[&str]) -> Running {
        let arguments = [&["lock"], options, &["--", "cat"]].concat();
        let mut holder = Running::start(self.semlock(arguments));
        assert_eq!(holder.ask("held"), "held", "the lock was not got");
        holder
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
        let left = holders();
        for &pid in &left {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        until("every holder gone", || holders().is_empty());
        if !thread::panicking() {
            assert!(left.is_empty(), "the test left holder processes behind: {left:?}");
        }
    }
}

/// The holder processes in the test thread's namespace. Reaps those that have
/// ended: where the first process does not, they would stay as zombies.
pub fn holders() -> Vec<i32> {
    let here = fs::read_link("/proc/thread-self/ns/ipc").unwrap();
    let pids = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|&pid: &i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        // A holder is the leader of its own session; no other child of a test's is.
        let adopted = fields.get(1) == Some(&std::process::id().to_string().as_str());
        if fields[0] == "Z" && adopted && fields.get(3) == Some(&pid.to_string().as_str()) {
            let _ = waitpid(Pid::from_raw(pid), None);
        }
        let words = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.starts_with("semlock\0hold\0")
            && fs::read_link(format!("/proc/{pid}/ns/ipc")).is_ok_and(|ns| ns == here)
    })
    .collect()
}

/// A program that has ended.
pub struct Finished {
    said: String,
    output: Output,
}

impl Finished {
    pub fn of(mut command: Command) -> Self {
        let said = format!("{command:?}");
        let output = command.output().unwrap_or_else(|error| panic!("{said}: {error}"));
        Self { said, output }
    }

    /// The same where the test has given standard output a place of its own.
    pub fn of_stderr(mut command: Command) -> Self {
        let said = format!("{command:?}");
        let child = command.stderr(Stdio::piped()).spawn();
        let output = child.and_then(Child::wait_with_output);
        let output = output.unwrap_or_else(|error| panic!("{said}: {error}"));
        Self { said, output }
    }

    /// Fails the test, showing all there is, unless it exited with `status`.
    #[track_caller]
    pub fn exits(&self, status: i32) -> &Self {
        assert!(self.output.status.code() == Some(status), "expected status {status} of {self}");
        self
    }

    /// Fails the test unless it was killed by `signal`.
    #[track_caller]
    pub fn is_killed_by(&self, signal: i32) -> &Self {
        assert!(self.output.status.signal() == Some(signal), "expected signal {signal} of {self}");
        self
    }

    #[track_caller]
    pub fn prints(&self, stdout: &str) -> &Self {
        assert!(self.stdout() == stdout, "expected stdout {stdout:?} of {self}");
        self
    }

    #[track_caller]
    pub fn contains(&self, part: &str) -> &Self {
        assert!(self.stdout().contains(part), "expected stdout with {part:?} of {self}");
        self
    }

    #[track_caller]
    pub fn complains(&self, stderr: &str) -> &Self {
        assert!(self.stderr().contains(stderr), "expected stderr with {stderr:?} of {self}");
        self
    }

    #[track_caller]
    pub fn is_silent(&self) -> &Self {
        assert!(
            self.output.stdout.is_empty() && self.output.stderr.is_empty(),
            "expected no output of {self}"
        );
        self
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Standard output, which must be one JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout())
            .unwrap_or_else(|error| panic!("no JSON, {error}: {self}"))
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}\n{}\nstdout: {}\nstderr: {}",
            self.said,
            self.output.status,
            self.stdout(),
            self.stderr()
        )
    }
}

/// A program that runs and is talked to; killed and reaped when dropped.
pub struct Running {
    pub child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    pub fn pid(&self) -> i32 {
        self.child.id().try_into().unwrap()
    }

    /// Fails if it says nothing for a minute.
    #[track_caller]
    fn speaks(&self) {
        let mut stdout = [PollFd::new(self.stdout.get_ref().as_fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(PATIENCE).unwrap();
        let ready = !self.stdout.buffer().is_empty() || poll(&mut stdout, timeout).unwrap() > 0;
        assert!(ready, "it said nothing for a minute");
    }

    /// The next line of its standard output, waited for; empty at the end.
    #[track_caller]
    pub fn line(&mut self) -> String {
        self.speaks();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().into()
    }

    /// Says a line to its standard input.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Reads on until `part` has been seen; fails at the end of the output.
    #[track_caller]
    pub fn reads(&mut self, part: &str) {
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains(part) {
            self.speaks();
            let mut byte = [0];
            let read = self.stdout.read(&mut byte).unwrap();
            assert!(read == 1, "ended before {part:?}: {:?}", String::from_utf8_lossy(&seen));
            seen.push(byte[0]);
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).unwrap();
    }

    /// Says a line, and waits for the answer.
    pub fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.line()
    }

    /// Closes its standard input and waits for its end.
    pub fn finish(mut self) -> i32 {
        drop(self.stdin.take());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
    }

    /// Ends it by SIGKILL and waits for its end.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Perl application with sessions in the sandbox (tests/perl/client.pl).
pub fn perl(sandbox: &Sandbox, nsems: u16) -> Running {
    let mut perl = Command::new("perl");
    perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/client.pl"));
    perl.arg(&sandbox.directory).arg(nsems.to_string());
    Running::start(perl)
}

/// A session id as tests/perl takes it: every byte percent-encoded.
pub fn encode(id: &[u8]) -> String {
    let encode = |mut text: String, byte| {
        write!(text, "%{byte:02x}").unwrap();
        text
    };
    id.iter().fold(String::new(), encode)
}

/// Raises a semaphore of the default block for good, by a process that has ended since.
pub fn abandon(semnum: u16) {
    let raise = "my $id = semget(31818, 0, 0); semop($id, pack 's!3', $ARGV[0], 1, 0) or die";
    let mut perl = Command::new("perl");
    perl.args(["-e", raise, &semnum.to_string()]);
    Finished::of(perl).exits(0);
}

/// Waits until `seen` says so, looking again and again; fails after a minute.
#[track_caller]
pub fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !seen() {
        assert!(Instant::now() < end, "not seen within a minute: {what}");
        thread::yield_now();
    }
}

/// Waits until as many processes wait for semaphores of `block` as said.
#[track_caller]
pub fn until_waiting(block: Block, number: i32) {
    let set = block.set();
    let waiting = |semnum| set.ncnt(semnum).unwrap() + set.zcnt(semnum).unwrap();
    until("processes waiting in the block", || {
        (0..block.nsems()).map(waiting).sum::<i32>() == number
    });
}

/// Fails unless every semaphore is 0.
#[track_caller]
pub fn assert_free(block: Block) {
    let values = block.set().values().unwrap();
    assert!(values.iter().all(|&value| value == 0), "left behind: {values:?}");
}
