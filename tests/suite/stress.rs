//! Perl and semlock, readers and writers, on the same few sessions, many of
//! them killed at any moment: no writer is ever in with anybody else, and no
//! count remains.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::common::{Alone, Running, Sandbox, assert_free, rounds, until, until_waiting};
use fastrand::Rng;
use semlock::session::slot_of;

const ACQUISITIONS: usize = 2000;
/// The last falls on the slot of the first, so these two exclude each other.
const SESSIONS: [&str; 3] = ["a", "b", "q"];
const PERL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl");

#[test]
fn two_thousand_acquisitions_with_random_kills_never_overlap_and_leave_nothing() {
    let _alone = Alone::new();
    let (sandbox, block) = Sandbox::with_block(32);
    let seed = env::var("SEMLOCK_SEED")
        .map_or_else(|_| Rng::new().get_seed(), |seed| seed.parse().unwrap());
    println!("to repeat this: SEMLOCK_SEED={seed}");
    for session in ["a", "b"] {
        fs::create_dir(sandbox.directory.join(session)).unwrap();
    }
    assert_eq!(slot_of(b"a", 32), slot_of(b"q", 32));
    symlink("a", sandbox.directory.join("q")).unwrap();
    let tally = Tally::default();
    thread::scope(|scope| {
        let (sandbox, tally) = (&sandbox, &tally);
        for client in 0..6 {
            let random = Rng::with_seed(seed.wrapping_add(client));
            let program = if client % 2 == 0 { Program::Perl } else { Program::Semlock };
            scope.spawn(move || take_and_leave(sandbox, program, random, tally));
        }
    });
    println!("{tally:?}");
    until_waiting(block, 0);
    assert_free(block);
    for killed in tally.waiters_killed {
        assert!(killed.into_inner() > 0, "nobody was killed while it waited: this showed nothing");
    }
}

/// What happened.
#[derive(Debug, Default)]
struct Tally {
    got: AtomicUsize,
    /// Perl's, semlock's.
    waiters_killed: [AtomicUsize; 2],
}

#[derive(Clone, Copy)]
enum Program {
    Perl,
    Semlock,
}

/// Starts holders one after the other, and kills some: while they wait, while
/// they hold, or while they end.
fn take_and_leave(sandbox: &Sandbox, program: Program, mut random: Rng, tally: &Tally) {
    while tally.got.load(Ordering::Relaxed) < rounds(ACQUISITIONS) {
        let session = SESSIONS[random.usize(..SESSIONS.len())];
        let mode = if random.u8(..3) == 0 { "write" } else { "read" };
        let mut holder = start(sandbox, program, session, mode);
        let end = random.u8(..10);
        if end < 2 {
            if end == 1 {
                until("it waits or is in", || {
                    holder.waits_for_a_semaphore() || holder.has_spoken()
                });
            }
            let waited = holder.waits_for_a_semaphore();
            tally.waiters_killed[program as usize].fetch_add(waited.into(), Ordering::Relaxed);
            kill(holder);
            continue;
        }
        assert_eq!(holder.line(), "in", "an overlap, or no lock");
        tally.got.fetch_add(1, Ordering::Relaxed);
        match random.u8(..4) {
            0 => kill(holder),
            1 => {
                holder.tell("out");
                kill(holder);
            }
            _ => assert_eq!(holder.ask("out"), "out"),
        }
    }
}

/// What overlap.pl reports counts, however the process that reports it ends.
fn kill(holder: Running) {
    let said = holder.kill_and_hear();
    assert!(!said.contains("OVERLAP"), "{said}");
}

fn start(sandbox: &Sandbox, program: Program, session: &str, mode: &str) -> Running {
    match program {
        Program::Perl => {
            let mut worker =
                Running::start(perl("worker.pl", &[sandbox.directory.to_str().unwrap()]));
            worker.tell(&format!("{mode} {session}"));
            worker
        }
        Program::Semlock => {
            let option = if mode == "read" { "-s" } else { "-x" };
            let directory = sandbox.directory.join(session);
            let overlap = format!("{PERL}/overlap.pl");
            let command = ["perl", &overlap, directory.to_str().unwrap(), mode];
            let lock = ["lock", option, session, "--"].into_iter().chain(command);
            Running::start(sandbox.semlock(lock))
        }
    }
}

fn perl(script: &str, arguments: &[&str]) -> Command {
    let mut perl = Command::new("perl");
    perl.arg(Path::new(PERL).join(script)).args(arguments);
    perl
}

#[test]
fn two_that_are_in_together_without_a_lock_are_seen() {
    let (sandbox, _) = Sandbox::with_block(32);
    let enter =
        |mode| Running::start(perl("overlap.pl", &[sandbox.directory.to_str().unwrap(), mode]));
    let mut writer = enter("write");
    assert_eq!(writer.line(), "in");
    let mut reader = enter("read");
    assert!(reader.line().starts_with("OVERLAP "));
    assert_eq!(reader.line(), "in");
    writer.kill();
    let mut second = enter("read");
    assert_eq!(second.line(), "in", "readers and the dead are no overlap");
    drop(reader);
}
