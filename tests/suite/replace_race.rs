//! `create --replace` while it is killed, while others create and lock, and while the
//! limits change: there is a block at the end, and no lock is lost.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::common::{
    Alone, Running, Sandbox, assert_free, rounds, system_call, until, until_waiting,
};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::{Semid, all_sets};

/// A `create --replace` to 34 semaphores that has taken every lock, and whose child is
/// about to begin. It leads its process group.
struct Caught {
    semlock: Running,
    child: Pid,
}

impl Caught {
    fn new(sandbox: &Sandbox) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "read go; exec \"$0\" create --replace --nsems 34 2>&1"]);
        shell.arg(sandbox.binary()).process_group(0).current_dir(&sandbox.directory);
        let mut semlock = Running::start(shell);
        let pid = Pid::from_raw(semlock.pid());
        ptrace::seize(pid, Options::PTRACE_O_TRACEVFORK).unwrap();
        semlock.tell("go");
        loop {
            match waitpid(pid, None).unwrap() {
                WaitStatus::PtraceEvent(_, _, libc::PTRACE_EVENT_VFORK) => break,
                WaitStatus::Stopped(_, signal) => ptrace::cont(pid, signal).unwrap(),
                other => panic!("{other:?}"),
            }
        }
        let child = Pid::from_raw(ptrace::getevent(pid).unwrap().try_into().unwrap());
        wait(child);
        Self { semlock, child }
    }

    fn parent(&self) -> Pid {
        Pid::from_raw(self.semlock.pid())
    }

    /// Lets the child go on until it is about to create a set: the old one is removed.
    fn until_removed(&self) {
        while !system_call::is_semget(self.child.as_raw()) {
            ptrace::syscall(self.child, None).unwrap();
            assert!(matches!(wait(self.child), WaitStatus::Stopped(..)), "it ended");
        }
        assert!(all_sets().unwrap().is_empty());
    }

    /// Lets the child run to its end.
    fn go_on(&self) {
        ptrace::detach(self.child, None).unwrap();
    }

    /// Lets all run to the end; how that was, with what was said.
    fn finish(mut self, child_lives: bool) -> (i32, String) {
        if child_lives {
            self.go_on();
        }
        ptrace::detach(self.parent(), None).unwrap();
        let mut said = String::new();
        loop {
            match self.semlock.line() {
                line if line.is_empty() => break,
                line => said += &(line + "\n"),
            }
        }
        (self.semlock.finish(), said)
    }
}

fn wait(child: Pid) -> WaitStatus {
    waitpid(child, Some(WaitPidFlag::__WALL)).unwrap()
}

fn block() -> Block {
    Block::open(DEFAULT_KEY).unwrap()
}

fn semid(block: Block) -> Semid {
    block.set().semid()
}

/// Waits until there is the new block, which nobody has locked.
fn until_replaced() {
    until("the new block", || Block::open(DEFAULT_KEY).is_ok_and(|block| block.nsems() == 34));
    assert_free(block());
    assert_eq!(all_sets().unwrap().len(), 1);
}

#[test]
fn who_comes_to_wait_after_the_first_look_is_seen_by_the_last() {
    let (sandbox, block) = Sandbox::with_block(32);
    let caught = Caught::new(&sandbox);
    let waiter = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block, 1);
    let (status, said) = caught.finish(true);
    assert_eq!(status, 75, "{said}");
    assert!(said.contains("wait"), "{said}");
    assert_eq!(waiter.finish(), 0);
    assert_free(block);
}

#[test]
fn whoever_is_killed_between_removal_and_creation_there_is_the_new_block() {
    for signal in [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let (sandbox, _) = Sandbox::with_block(32);
        let caught = Caught::new(&sandbox);
        caught.until_removed();
        // The whole process group, as the terminal or `timeout -s` would.
        kill(Pid::from_raw(-caught.semlock.pid()), signal).unwrap();
        if signal == Signal::SIGKILL {
            assert!(matches!(waitpid(caught.parent(), None), Ok(WaitStatus::Signaled(..))));
            caught.go_on();
            until_replaced();
            continue;
        }
        let (status, _) = caught.finish(true);
        assert_eq!(status, 128 + signal as i32);
        until_replaced();
    }
}

#[test]
fn nobody_gets_a_lock_of_a_block_that_goes_though_semlock_is_killed_before() {
    let (sandbox, old) = Sandbox::with_block(32);
    let caught = Caught::new(&sandbox);
    kill(caught.parent(), Signal::SIGKILL).unwrap();
    assert!(matches!(waitpid(caught.parent(), None), Ok(WaitStatus::Signaled(..))));
    let values = old.set().values().unwrap();
    assert_eq!(values, [[0; 16], [1; 16]].concat(), "a lock was given back");
    sandbox.run(["lock", "-n", "a", "--", "true"]).exits(75);
    caught.go_on();
    until_replaced();
}

#[test]
fn a_child_that_is_killed_leaves_the_rest_to_semlock() {
    for removed in [false, true] {
        let (sandbox, _) = Sandbox::with_block(32);
        let caught = Caught::new(&sandbox);
        if removed {
            caught.until_removed();
        }
        kill(caught.child, Signal::SIGKILL).unwrap();
        assert!(matches!(wait(caught.child), WaitStatus::Signaled(..)));
        let (status, said) = caught.finish(false);
        assert_eq!(status, 0, "{said}");
        until_replaced();
    }
}

#[test]
fn a_block_that_cannot_be_created_any_more_is_put_back_as_it_was() {
    let sandbox = Sandbox::new();
    Block::create(DEFAULT_KEY, 32, 0o770).unwrap();
    let caught = Caught::new(&sandbox);
    fs::write("/proc/sys/kernel/sem", "32 100 8 3").unwrap();
    let (status, said) = caught.finish(true);
    assert_eq!(status, 73, "{said}");
    let back = block();
    assert_free(back);
    assert_eq!((back.nsems(), back.set().info().unwrap().permissions.mode), (32, 0o770));
    let semid = semid(back);
    let told =
        format!("  evidence: semlock created a block like the old one again, with semid {semid}\n");
    assert!(said.starts_with("semlock: cannot replace block 31818 (0x00007c4a): "), "{said}");
    assert!(said.contains(&told), "{said}");
}

#[test]
fn where_neither_can_be_created_any_more_that_is_said_with_the_command_for_it() {
    let sandbox = Sandbox::new();
    Block::create(DEFAULT_KEY, 32, 0o770).unwrap();
    let caught = Caught::new(&sandbox);
    fs::write("/proc/sys/kernel/sem", "8 100 8 3").unwrap();
    let (status, said) = caught.finish(true);
    assert_eq!(status, 73, "{said}");
    assert!(said.contains("  evidence: there is no block now: a block like the old one could not be created either: Invalid argument (EINVAL)\n"), "{said}");
    let create = "semlock create --key 31818 --nsems 32 --mode 0770";
    assert!(said.ends_with(&format!("  fix: {create}\n")), "{said}");
    fs::write("/proc/sys/kernel/sem", "100 100 8 3").unwrap();
    sandbox.run(create.split(' ').skip(1)).exits(0);
}

#[test]
fn a_block_that_a_client_creates_in_between_is_replaced_by_the_same_rules() {
    let in_between = |nsems: u16| {
        let (sandbox, old) = Sandbox::with_block(32);
        let caught = Caught::new(&sandbox);
        caught.until_removed();
        let theirs = Block::create(DEFAULT_KEY, nsems, 0o700).unwrap();
        (sandbox, old, caught, theirs)
    };
    let (_sandbox, old, caught, theirs) = in_between(34);
    let (status, said) = caught.finish(true);
    assert_eq!((status, semid(block())), (0, semid(theirs)), "{said}");
    let replaced = format!("\nreplaced semid {}: 32 semaphores, ", semid(old));
    assert!(said.contains(&replaced), "{said}");
    let (_sandbox, old, caught, _) = in_between(8);
    let (status, said) = caught.finish(true);
    assert_eq!(status, 0, "{said}");
    until_replaced();
    assert!(said.contains(&format!("\nreplaced semid {}: ", semid(old))), "{said}");
    let (sandbox, old, caught, theirs) = in_between(8);
    let holder = sandbox.hold(&["a"]);
    let (status, said) = caught.finish(true);
    assert_eq!((status, semid(block())), (75, semid(theirs)), "{said}");
    let gone = format!("  evidence: the block with semid {} was removed, and ", semid(old));
    assert!(said.contains("a lock in it is held\n") && said.contains(&gone), "{said}");
    assert_eq!(holder.finish(), 0);
}

#[test]
fn after_every_signal_at_any_moment_there_is_a_block_the_old_one_or_the_new_one() {
    let (sandbox, _) = Sandbox::with_block(32);
    let (mut ended, mut killed) = (0, 0);
    for (round, nsems) in (0..rounds(120)).zip(["34", "32"].into_iter().cycle()) {
        let signal = [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT][round % 3];
        let mut replace = sandbox.semlock(["create", "--replace", "-q", "--nsems", nsems]);
        replace.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
        let mut replace = replace.spawn().unwrap();
        thread::sleep(Duration::from_micros(fastrand::u64(..12_000)));
        let _ = kill(Pid::from_raw(-replace.id().cast_signed()), signal);
        match replace.wait().unwrap().code() {
            Some(status) => {
                assert_eq!(status, 0);
                ended += 1;
            }
            None => killed += 1,
        }
        until("a block", || Block::open(DEFAULT_KEY).is_ok());
        until("no lock", || {
            block().set().values().is_ok_and(|values| values.iter().all(|&v| v == 0))
        });
        let set = all_sets().unwrap();
        assert!(set.len() == 1 && [32, 34].contains(&set[0].nsems), "{set:?}");
    }
    println!("{ended} ended, {killed} killed");
    assert!(killed > 0, "nobody was killed: this showed nothing");
}

/// Takes the lock of a session again and again until told to stop, under the eyes of
/// overlap.pl; how often it was got.
fn lock_again_and_again(sandbox: &Sandbox, directory: &Path, stop: &AtomicBool) -> usize {
    let overlap = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/overlap.pl");
    let mut got = 0;
    while !stop.load(Ordering::Relaxed) {
        let directory = directory.to_str().unwrap();
        let mut lock = sandbox.semlock(["lock", "a", "--", "perl", overlap, directory, "write"]);
        lock.stderr(Stdio::null());
        let mut holder = Running::start(lock);
        let pause = Duration::from_millis(fastrand::u64(..60));
        match holder.line().as_str() {
            // The block was removed while it waited, or there was none at that moment.
            "" => assert!([66, 69].contains(&holder.finish())),
            "in" => {
                assert_eq!(holder.ask("out"), "out");
                got += 1;
                assert_eq!(holder.finish(), 0);
            }
            other => panic!("{other}"),
        }
        // For a replacement, there must be a moment when nobody has or waits for it.
        thread::sleep(pause);
    }
    got
}

#[test]
fn twenty_at_once_among_lockers_lose_no_lock_and_leave_one_block() {
    let _alone = Alone::new();
    let (sandbox, _) = Sandbox::with_block(32);
    let directory = sandbox.directory.join("a");
    fs::create_dir(&directory).unwrap();
    let (stop, replaced) = (AtomicBool::new(false), AtomicUsize::new(0));
    let got: Vec<usize> = thread::scope(|scope| {
        let (sandbox, directory, stop, replaced) = (&sandbox, &directory, &stop, &replaced);
        let lockers: Vec<_> = (0..2)
            .map(|_| scope.spawn(move || lock_again_and_again(sandbox, directory, stop)))
            .collect();
        let replacing: Vec<_> = (0..20)
            .map(|number| {
                let nsems = (6 + 4 * (number % 5)).to_string();
                scope.spawn(move || replace_at_last(sandbox, &nsems, replaced))
            })
            .collect();
        let all_replaced = replacing.into_iter().map(|one| one.join().is_ok()).min();
        // Even if one failed: the lockers would go on for ever.
        stop.store(true, Ordering::Relaxed);
        let got = lockers.into_iter().map(|locker| locker.join().unwrap()).collect();
        assert_eq!(all_replaced, Some(true));
        got
    });
    println!("{replaced:?} replaced, {got:?} locked");
    assert!(got.iter().sum::<usize>() > 0 && replaced.into_inner() > 0, "this showed nothing");
    assert_eq!(all_sets().unwrap().len(), 1);
    assert_free(block());
}

/// Replaces the block as soon as nobody is in it.
fn replace_at_last(sandbox: &Sandbox, nsems: &str, replaced: &AtomicUsize) {
    until("the block replaced", || {
        let run = sandbox.run(["create", "--replace", "-q", "--nsems", nsems]);
        let by_us = run.stdout().contains("\nreplaced ");
        replaced.fetch_add(by_us.into(), Ordering::Relaxed);
        assert!([Some(0), Some(75)].contains(&run.status()), "{run}");
        run.status() == Some(0)
    });
}
