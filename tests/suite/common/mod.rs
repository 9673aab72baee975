//! What every test stands on: a private IPC namespace, the built binary, and
//! an end in which nothing is left running.

pub mod both;
pub mod console;
#[cfg(target_pointer_width = "64")]
pub mod filter;
pub mod gvisor;
mod holders;
mod machine;
pub mod markdown;
pub mod offered;
mod program;
pub mod remedy;
pub mod schema;
pub mod screen;
pub mod soon;
pub mod strace;
pub mod system_call;
pub mod users;
mod wait;
pub mod world;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub use holders::holders;

use machine::Share;
pub use machine::{Alone, leaving_it_to_others};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
pub use program::{Finished, Running};
use semlock::session::{Block, DEFAULT_KEY};
pub use wait::{
    LONG_SETTLED, OLD, PATIENCE, until, until_it_is_later, until_the_sets_are_older_than,
    until_waiting,
};

/// How long a process may take to see that another one has ended, on a busy machine.
const SHORTLY: Duration = Duration::from_secs(5);

/// What a survey says that does not come to an end on a busy machine.
pub const ENDLESS: &str = "processes start and end faster than they can be read";

/// A semaphore table of the test thread's own, which its children inherit and
/// which the kernel empties when they have ended; and a directory.
pub struct Sandbox {
    /// Removed at the end.
    pub directory: PathBuf,
    semlock: PathBuf,
    /// Given up last.
    _share: Share,
}

impl Sandbox {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let share = Share::new();
        unshare(CloneFlags::CLONE_NEWIPC)
            .expect("tests need IPC namespaces: run them by `make test`, as root or where user namespaces are allowed");
        set_child_subreaper(true).unwrap();
        // A run that was killed may have left one of the same name.
        let directory = loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("semlock-test-{}-{number}", std::process::id());
            let directory = std::env::temp_dir().join(name);
            match fs::create_dir(&directory) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => break made.map(|()| directory).unwrap(),
            }
        };
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        Self { directory, semlock: env!("CARGO_BIN_EXE_semlock").into(), _share: share }
    }

    /// The same, with the binary where every user can reach it.
    pub fn for_every_user() -> Self {
        let mut sandbox = Self::new();
        let copy = sandbox.directory.join("semlock");
        // A link costs nothing, but another file system or owner may not allow it.
        // Not by fs::copy: another test's child could inherit the descriptor that
        // writes, and the copy then be "busy" when it is run.
        if fs::hard_link(&sandbox.semlock, &copy).is_err() {
            let paths = [&sandbox.semlock, &copy];
            let installed = Command::new("install").arg("-m755").args(paths).status();
            assert!(installed.unwrap().success());
        }
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
        let mut command = self.program(self.binary());
        command.args(arguments);
        command
    }

    /// A program that finds the binary as `semlock` in its PATH, as do its children.
    pub fn program(&self, program: &str) -> Command {
        let binary = fs::canonicalize(&self.semlock).unwrap();
        let directory = binary.parent().unwrap().display();
        let path = format!("{directory}:{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap());
        let mut command = Command::new(program);
        command.env("PATH", path).stdin(Stdio::null()).current_dir(&self.directory);
        for name in ["SEMLOCK_KEY", "SEMLOCK_HELD", "RUST_BACKTRACE", "MAKEFLAGS", "MAKELEVEL"] {
            command.env_remove(name);
        }
        command
    }

    /// A shell that runs `text`. Its last command is a process of its own, too.
    pub fn shell(&self, text: &str) -> Command {
        let mut shell = self.program("sh");
        shell.arg("-c").arg(format!("{text}\nexit $?"));
        shell
    }

    /// An IPv4 address of this sandbox's own.
    pub fn address(&self) -> String {
        let name = self.directory.to_str().unwrap();
        let numbers: Vec<u32> = name.rsplit('-').take(2).map(|it| it.parse().unwrap()).collect();
        let [number, pid] = numbers[..] else { panic!("{name}") };
        format!("127.{}.{}.{}", number % 250 + 1, pid >> 8 & 0xff, (pid & 0xff).max(1))
    }

    /// The path of the binary, for commands that run it again.
    pub fn binary(&self) -> &str {
        self.semlock.to_str().unwrap()
    }

    /// Runs the binary to its end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        Finished::of(self.semlock(arguments))
    }

    /// Runs `remove` as if nothing else were there, and every set were old: with
    /// options that select sets, or name one. Again, if it says that so many processes
    /// start and end at the moment that nothing can be told.
    pub fn remove(&self, options: &[&str]) -> Finished {
        loop {
            let finished = Finished::of(self.removing(options));
            let is_told = !finished.stdout().contains(ENDLESS);
            if is_told && !finished.stderr().contains(ENDLESS) {
                return finished;
            }
        }
    }

    /// The same, to be run: with a line for each set, unless it is quiet.
    pub fn removing(&self, options: &[&str]) -> Command {
        let mut command = self.semlock(["remove"]);
        command.args(alone());
        if !options.contains(&"--idle") {
            command.args(["--idle", "0s"]);
        }
        if !options.iter().any(|option| ["-q", "--quiet"].contains(option)) {
            command.arg("--verbose");
        }
        command.args(options);
        command
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
        if thread::panicking() {
            kill_what_is_left();
        }
        // A holder ends a moment after the process that it keeps a lock for.
        let end = Instant::now() + SHORTLY;
        while !holders().is_empty() && Instant::now() < end && !thread::panicking() {
            thread::sleep(Duration::from_millis(1));
        }
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

/// How often something random is tried. When root runs the tests again as an ordinary
/// user (tests/run), a fifth: what it shows does not depend on the user.
pub fn rounds(all: usize) -> usize {
    if std::env::var_os("SEMLOCK_FEW_ROUNDS").is_some() { all.div_ceil(5) } else { all }
}

/// Kills every process, but this one, in the test thread's own IPC namespace.
fn kill_what_is_left() {
    let here = fs::read_link("/proc/thread-self/ns/ipc").unwrap();
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_here =
        |pid: &i32| fs::read_link(format!("/proc/{pid}/ns/ipc")).is_ok_and(|ns| ns == here);
    let this = std::process::id().cast_signed();
    for pid in pids.filter(|&pid| pid != this).filter(is_here) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// A Perl application with sessions in the sandbox (tests/perl/client.pl).
pub fn perl(sandbox: &Sandbox, nsems: u16) -> Running {
    perl_in(&sandbox.directory, nsems)
}

/// The same with sessions in this directory.
pub fn perl_in(directory: &Path, nsems: u16) -> Running {
    let mut perl = Command::new("perl");
    perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/client.pl"));
    perl.arg(directory).arg(nsems.to_string());
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

/// Options by which `remove` leaves out of account what is there whatever a test
/// does: the test itself, whose code may have semaphore calls, and what started it,
/// which an ordinary user may not look into, nor root everywhere.
pub fn alone() -> Vec<String> {
    let parent = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok().filter(|&pid| pid != 0)
    };
    let line = std::iter::successors(Some(std::process::id()), parent);
    let pids = line.chain([1]).map(|pid| pid.to_string());
    // A shell that the test has just started may know the sets of the same second.
    let which = pids.chain(["sh", "bash"].map(String::from));
    which.flat_map(|which| ["--ignore".into(), which]).collect()
}

/// Fails unless every semaphore is 0.
#[track_caller]
pub fn assert_free(block: Block) {
    let values = block.set().values().unwrap();
    assert!(values.iter().all(|&value| value == 0), "left behind: {values:?}");
}
