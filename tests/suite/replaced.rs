//! A set that another one takes the place of while it is read.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use crate::common::{Running, Sandbox, system_call, until};
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use semlock::sysv::{Error, Semid, Set};

const NEXT_ID: &str = "/proc/sys/kernel/sem_next_id";
const SEMID: Semid = Semid::new(5);
const SMALL: u32 = 8;
const LARGE: u32 = 600;
const REPLACEMENTS: usize = 400;

/// The value of the last semaphore of a small set.
const MARK: i32 = 7;

/// A set with the semid, which none has now.
fn create(nsems: u32) -> Set {
    fs::write(NEXT_ID, SEMID.to_string()).unwrap();
    let set = Set::create_private(nsems, 0o600).unwrap();
    assert_eq!(set.semid(), SEMID);
    if nsems == SMALL {
        set.set_value(SMALL - 1, MARK).unwrap();
    }
    set
}

/// Puts sets of both sizes in each other's place, each once it has been read.
fn replace(reads: &AtomicU32) {
    for nsems in [SMALL, LARGE].into_iter().cycle().take(REPLACEMENTS) {
        let set = create(nsems);
        let before = reads.load(Ordering::Relaxed);
        until("the set read", || reads.load(Ordering::Relaxed).wrapping_sub(before) > 2);
        set.remove().unwrap();
    }
}

/// How many semaphores an answer has, which must be the ones of one set.
fn checked(values: &[u16]) -> u32 {
    let nsems = u32::try_from(values.len()).unwrap();
    assert!([SMALL, LARGE].contains(&nsems), "{nsems} semaphores");
    let raised: Vec<_> = (0..).zip(values).filter(|(_, value)| **value != 0).collect();
    let mark = (SMALL - 1, &u16::try_from(MARK).unwrap());
    assert!(raised.is_empty() || (nsems, &raised[..]) == (SMALL, &[mark]), "{nsems}: {raised:?}");
    nsems
}

/// A table in which the next semid can be chosen; None where the kernel has no
/// such setting.
fn sandbox() -> Option<Sandbox> {
    let sandbox = Sandbox::new();
    match fs::write(NEXT_ID, SEMID.to_string()) {
        Ok(()) => Some(sandbox),
        Err(error) => {
            eprintln!("not tested: {NEXT_ID}: {error} (CONFIG_CHECKPOINT_RESTORE)");
            None
        }
    }
}

#[test]
fn what_is_read_of_a_set_is_one_sets_even_if_others_take_its_place() {
    let Some(_sandbox) = sandbox() else { return };
    let (reads, mut seen) = (AtomicU32::new(0), BTreeMap::new());
    thread::scope(|scope| {
        let replacing = scope.spawn(|| replace(&reads));
        while !replacing.is_finished() {
            let read = Set::from_id(SEMID).values().map(|values| checked(&values));
            assert!(read.as_ref().err().is_none_or(Error::is_gone), "{read:?}");
            *seen.entry(read.ok()).or_insert(0) += 1;
            reads.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert!(seen.contains_key(&Some(SMALL)) && seen.contains_key(&Some(LARGE)), "{seen:?}");
}

/// Ends the set and puts one of another size in its place right before it is read,
/// when its size is known already; how `semlock status` ends.
fn status_of_a_set_replaced_by(nsems: u32) -> WaitStatus {
    let Some(sandbox) = sandbox() else { return WaitStatus::StillAlive };
    let set = create(if nsems == SMALL { LARGE } else { SMALL });
    let mut shell = Command::new("sh");
    shell.args(["-c", "read go; exec \"$0\" status --id 5", sandbox.binary()]);
    let mut status = Running::start(shell);
    let pid = Pid::from_raw(status.pid());
    ptrace::seize(pid, ptrace::Options::empty()).unwrap();
    ptrace::interrupt(pid).unwrap();
    status.tell("go");
    let mut replaced = false;
    loop {
        let stop = waitpid(pid, None).unwrap();
        if !replaced && system_call::is_get_all(status.pid()) {
            set.remove().unwrap();
            create(nsems);
            replaced = true;
        }
        let signal = match stop {
            WaitStatus::Stopped(_, signal) => Some(signal).filter(|&one| one != Signal::SIGTRAP),
            WaitStatus::PtraceEvent(..) => None,
            end => {
                assert!(replaced, "it was never read: {end:?}");
                return end;
            }
        };
        ptrace::syscall(pid, signal).unwrap();
    }
}

#[test]
fn a_set_replaced_by_another_between_two_calls_is_no_set_any_more() {
    for nsems in [LARGE, SMALL] {
        match status_of_a_set_replaced_by(nsems) {
            WaitStatus::StillAlive => return,
            end => assert!(matches!(end, WaitStatus::Exited(_, 66)), "by {nsems}: {end:?}"),
        }
    }
}
