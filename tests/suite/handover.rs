//! The handover of a lock to its holder: status 0 means that the lock is held
//! and stays so, any other that nothing is, whatever fails or is killed on
//! the way.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::common::strace::{Tracees, attach, occurrences, strace};
use crate::common::{Finished, Running, Sandbox, assert_free, holders, until, until_waiting};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use semlock::session::{Block, slot_of};

/// What send(3) and recv(3) call. On 32-bit x86, strace names what socketcall(2) does.
const SEND: &str = if cfg!(target_arch = "x86") { "send" } else { "sendto" };
const RECEIVE: &str = if cfg!(target_arch = "x86") { "recv" } else { "recvfrom" };

/// The calls that the two make, in either's libraries.
const CALLS: [&str; 25] = [
    "openat",
    "read",
    "readlink",
    "close",
    "fcntl",
    "fcntl64",
    "dup2",
    "dup3",
    "close_range",
    "setsid",
    "chdir",
    "prctl",
    "pidfd_open",
    "poll",
    "ppoll",
    "socketpair",
    SEND,
    RECEIVE,
    "clone",
    "clone3",
    "vfork",
    "execve",
    "semop",
    "semtimedop",
    "wait4",
];

const ERRNOS: [&str; 5] = ["EIO", "ENFILE", "EMFILE", "EACCES", "ENOMEM"];

fn writer_of_a(block: Block) -> i32 {
    block.set().value(block.writer(slot_of(b"a", 32).unwrap()).into()).unwrap()
}

struct Trial {
    sandbox: Sandbox,
    block: Block,
    owner: Option<Running>,
    runs: u32,
    held: u32,
}

impl Trial {
    fn new() -> Self {
        let (sandbox, block) = Sandbox::with_block(32);
        Self { sandbox, block, owner: None, runs: 0, held: 0 }
    }

    fn log(&self) -> PathBuf {
        self.sandbox.directory.join(format!("log{}", self.runs))
    }

    /// `lock a` for a new owner.
    fn lock(&mut self, mut before: Command) -> Command {
        self.runs += 1;
        let mut cat = Command::new("cat");
        cat.stdin(Stdio::piped());
        let owner = Running::start(cat);
        let pid = owner.pid().to_string();
        self.owner = Some(owner);
        before.args([self.sandbox.binary(), "lock", "--for", &pid, "a"]);
        for name in ["SEMLOCK_KEY", "SEMLOCK_HELD", "LD_LIBRARY_PATH"] {
            before.env_remove(name);
        }
        before
    }

    /// Runs it to its end. strace and the holder may have its stderr for longer.
    fn run(&self, mut lock: Command) -> (ExitStatus, String) {
        let path = self.sandbox.directory.join(format!("stderr{}", self.runs));
        lock.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&path).unwrap());
        let status = lock.status().unwrap();
        (status, fs::read_to_string(path).unwrap())
    }

    /// Fails unless the lock is there if and only if `status` says so, and goes
    /// with its owner.
    #[track_caller]
    fn judge(&mut self, fault: &str, status: Option<i32>, stderr: &str) {
        if status == Some(0) {
            assert_eq!(writer_of_a(self.block), 1, "{fault}: status 0, not locked");
            self.held += 1;
        } else {
            assert!(!stderr.is_empty(), "{fault}: {status:?} without a message");
            assert_eq!(writer_of_a(self.block), 0, "{fault}: {status:?}, locked: {stderr}");
        }
        self.owner.take().unwrap().kill();
        until("the lock given back", || writer_of_a(self.block) == 0);
        until("no holder left", || holders().is_empty());
    }
}

fn faults(tracees: Tracees) {
    let mut trial = Trial::new();
    let log = trial.log();
    let lock = strace(tracees, &log, None);
    let lock = trial.lock(lock);
    let (status, stderr) = trial.run(lock);
    trial.judge("none", status.code(), &stderr);
    let ended = if tracees == Tracees::All { 2 } else { 1 };
    until("strace has ended", || {
        fs::read_to_string(&log).unwrap().matches("exit_group(").count() == ended
    });
    let occurrences = occurrences(&log);
    for call in CALLS {
        for number in 1..=occurrences.get(call).copied().unwrap_or(0) {
            for errno in ERRNOS {
                let fault = format!("{call}:error={errno}:when={number}");
                let lock = strace(tracees, &trial.log(), Some(&fault));
                let lock = trial.lock(lock);
                let (status, stderr) = trial.run(lock);
                trial.judge(&fault, status.code(), &stderr);
            }
        }
    }
    println!("{tracees:?}: {} runs, {} of them with the lock held", trial.runs, trial.held);
    assert_free(trial.block);
}

#[test]
fn a_fault_in_the_process_that_starts_the_holder_leaves_no_lock_that_was_not_reported() {
    faults(Tracees::First);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a pidfd")]
fn a_fault_in_both_leaves_no_lock_that_was_not_reported() {
    faults(Tracees::All);
}

/// Has `inject` happen to a holder from its lock on; how its starter ended, and
/// strace, which ends with the holder.
fn from_the_lock_on(trial: &mut Trial, inject: Option<&str>) -> (Option<i32>, String, Child) {
    let other = trial.sandbox.hold(&["a"]);
    let log = trial.log();
    let mut lock = trial.lock(Command::new("env"));
    let path = trial.sandbox.directory.join(format!("stderr{}", trial.runs));
    let mut lock = lock.stdin(Stdio::null()).stderr(File::create(&path).unwrap()).spawn().unwrap();
    until_waiting(trial.block, 1);
    let strace = attach(holders()[0], inject, &log);
    assert_eq!(other.finish(), 0);
    let status = lock.wait().unwrap().code();
    let stderr = fs::read_to_string(path).unwrap();
    (status, stderr, strace)
}

/// The calls that a holder makes from its lock to its owner's end, and how often.
fn calls_from_the_lock_on(trial: &mut Trial) -> Vec<(String, u32)> {
    let log = trial.log();
    let (status, stderr, mut strace) = from_the_lock_on(trial, None);
    trial.judge("none", status, &stderr);
    strace.wait().unwrap();
    occurrences(&log).into_iter().filter(|(call, _)| call != "exit_group").collect()
}

#[test]
fn once_the_holder_has_said_that_it_has_the_lock_no_fault_ends_it() {
    let mut trial = Trial::new();
    for (call, number) in calls_from_the_lock_on(&mut trial) {
        for number in 1..=number {
            for errno in ERRNOS {
                let fault = format!("{call}:error={errno}:when={number}");
                let (status, stderr, mut strace) = from_the_lock_on(&mut trial, Some(&fault));
                trial.judge(&fault, status, &stderr);
                strace.wait().unwrap();
            }
        }
    }
    println!("holder: {} runs, {} of them with the lock held", trial.runs, trial.held);
    assert!(trial.held > 1);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs what only Linux has")]
fn a_holder_that_is_killed_on_the_way_is_reported() {
    let mut trial = Trial::new();
    let mut reported = 0;
    for (call, number) in calls_from_the_lock_on(&mut trial) {
        for number in 1..=number {
            let death = format!("{call}:signal=SIGKILL:when={number}");
            let (status, stderr, mut strace) = from_the_lock_on(&mut trial, Some(&death));
            if status != Some(0) {
                assert_eq!(writer_of_a(trial.block), 0, "{death}");
                assert_eq!(status, Some(71), "{death}: {stderr}");
                assert!(stderr.contains("the process that was to keep it was killed"), "{stderr}");
                reported += 1;
            }
            trial.owner.take().unwrap().kill();
            until("the lock given back", || writer_of_a(trial.block) == 0);
            until("no holder left", || holders().is_empty());
            strace.wait().unwrap();
        }
    }
    assert!(reported > 5, "{reported} of {}", trial.runs);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a pidfd")]
fn a_holder_that_cannot_rely_on_the_kernel_releases_its_lock_itself() {
    for ending in [Some(Signal::SIGTERM), Some(Signal::SIGHUP), Some(Signal::SIGINT), None] {
        let mut trial = Trial::new();
        let log = trial.log();
        // Another answer than Linux', and no way to test SEM_UNDO.
        let doubt = "semctl:error=ERANGE:when=1 socketpair:error=EMFILE";
        let (status, stderr, mut strace) = from_the_lock_on(&mut trial, Some(doubt));
        assert_eq!((status, writer_of_a(trial.block)), (Some(0), 1), "{stderr}");
        assert!(stderr.contains("ignores SEM_UNDO"), "{stderr}");
        match ending {
            Some(signal) => kill(Pid::from_raw(holders()[0]), signal).unwrap(),
            None => trial.owner.take().unwrap().kill(),
        }
        strace.wait().unwrap();
        let log = fs::read_to_string(log).unwrap();
        assert!(log.contains("sem_op=-1"), "{ending:?}: {log}");
        until("the lock given back", || writer_of_a(trial.block) == 0);
    }
}

#[test]
fn a_starter_that_is_killed_before_it_says_so_leaves_no_lock() {
    let mut trial = Trial::new();
    for call in ["socketpair", "clone3", "ppoll", RECEIVE, SEND] {
        let death = format!("{call}:signal=SIGKILL:when=1");
        let lock = strace(Tracees::First, &trial.log(), Some(&death));
        let lock = trial.lock(lock);
        let (status, stderr) = trial.run(lock);
        assert_eq!(status.signal(), Some(9), "{death}: {stderr}");
        until("no holder left", || holders().is_empty());
        until("the lock given back", || writer_of_a(trial.block) == 0);
        trial.owner.take().unwrap().kill();
    }
}

#[test]
fn a_holder_that_is_stopped_is_waited_for() {
    let (sandbox, block) = Sandbox::with_block(32);
    let other = sandbox.hold(&["a"]);
    let owner = sandbox.hold(&["b"]);
    let lock = sandbox.semlock(["lock", "--for", &owner.pid().to_string(), "a"]);
    let lock = Running::start(lock);
    until_waiting(block, 1);
    let holder = Pid::from_raw(holders()[0]);
    kill(holder, Signal::SIGSTOP).unwrap();
    assert_eq!(other.finish(), 0);
    assert!(!lock.has_spoken());
    kill(holder, Signal::SIGCONT).unwrap();
    assert_eq!(lock.finish(), 0);
    assert_eq!(writer_of_a(block), 1);
    owner.kill();
    until("the lock given back", || writer_of_a(block) == 0);
}

#[test]
fn a_lock_that_is_got_just_now_is_not_one_that_the_caller_has_already() {
    let (sandbox, block) = Sandbox::with_block(32);
    let other = sandbox.hold(&["a"]);
    let mut script = Running::start(sandbox.shell("semlock lock a; echo $?; read end"));
    until_waiting(block, 1);
    // Longer than until the next look at who has the lock.
    let late = format!("{SEND}:delay_enter=2500000:when=1");
    let log = sandbox.directory.join("log");
    let mut strace = attach(holders()[0], Some(&late), &log);
    assert_eq!(other.finish(), 0);
    assert_eq!(script.line(), "0");
    script.kill();
    strace.wait().unwrap();
    until("the lock given back", || writer_of_a(block) == 0);
}

#[test]
fn a_caller_that_ignores_its_children_gets_the_same_statuses() {
    let (sandbox, block) = Sandbox::with_block(32);
    let run_any = |words: &[&str]| {
        let mut perl = Command::new("perl");
        perl.args(["-e", "$SIG{CHLD} = 'IGNORE'; exec @ARGV"]).args(words);
        perl.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
        Finished::of(perl)
    };
    let run = |words: &[&str]| run_any(&[&[sandbox.binary()], words].concat());
    let owner = sandbox.hold(&["b"]);
    let pid = owner.pid().to_string();
    run(&["lock", "-n", "--for", &pid, "b"]).exits(75).is_silent();
    run(&["lock", "-n", "-E", "9", "--for", &pid, "b"]).exits(9).is_silent();
    run(&["lock", "--for", &pid, "a"]).exits(0).is_silent();
    assert_eq!(writer_of_a(block), 1);
    run(&["probe-max", "--quiet", "--require", "undo"]).exits(0);
    let ignored = run_any(&["grep", "SigIgn", "/proc/self/status"]).stdout();
    run(&["lock", "c", "--", "grep", "SigIgn", "/proc/self/status"]).exits(0).prints(&ignored);
    owner.kill();
    until("the lock given back", || writer_of_a(block) == 0);
}

#[test]
fn few_descriptors_are_enough_or_an_error() {
    let mut trial = Trial::new();
    let closed = ["", "<&-", "<&- >&-", "<&- >&- 2>&-"];
    for limit in 3..=12 {
        for closed in closed {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("exec {closed}; ulimit -n {limit}; exec \"$@\""), "sh"]);
            let lock = trial.lock(shell);
            let (status, mut stderr) = trial.run(lock);
            if closed.contains("2>") {
                stderr = "not to be seen".into();
            }
            trial.judge(&format!("ulimit -n {limit} {closed}"), status.code(), &stderr);
        }
    }
    assert!(trial.held > 10, "{} of {}", trial.held, trial.runs);
}

#[test]
fn without_dev_null_there_is_an_error_that_names_it() {
    let mut trial = Trial::new();
    let mut namespace = Command::new("unshare");
    let script = "mount -t tmpfs none /dev && \"$@\"";
    namespace.args(["--mount", "sh", "-c", script, "sh"]);
    let lock = Finished::of(trial.lock(namespace));
    lock.exits(71).complains("/dev/null");
    trial.judge("no /dev/null", Some(71), &lock.stderr());
}
