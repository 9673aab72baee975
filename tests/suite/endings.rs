//! What `status` prints to end a wait that would not end by itself, and that doing it
//! lets the others go on and nobody else.

use std::process::Command;

use crate::common::remedy::follow;
use crate::common::world::{User, World};
use crate::common::{Finished, Running, Sandbox, abandon, until, until_waiting};
use semlock::session::{Block, DEFAULT_KEY, slot_of};

fn slot(session: &str) -> u16 {
    slot_of(session.as_bytes(), 34).unwrap().index()
}

fn fixes(finished: &Finished) -> Vec<String> {
    let said = finished.stdout();
    said.lines().filter_map(|line| line.strip_prefix("  fix: ")).map(Into::into).collect()
}

/// Locks one slot and, when told, another, and goes on whatever semop(2) says, as the
/// Perl module does.
const CATCHES: &str = "$SIG{TERM} = sub { };
sub take { my $slot = shift; my $id = semget(31818, 0, 0) // die;
    semop($id, pack 's!9', $slot, 0, 0x1000, $slot + 17, 0, 0x1000, $slot + 17, 1, 0x1000) }
$| = 1; take($ARGV[0]); print qq{one\\n}; <STDIN>; take($ARGV[1]); print qq{both\\n}; <STDIN>";

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn what_catches_a_signal_and_goes_on_is_killed() {
    let (sandbox, block) = Sandbox::with_block(34);
    let mut perls = [["3", "5"], ["5", "3"]].map(|slots| {
        let mut perl = Command::new("perl");
        perl.args(["-e", CATCHES]).args(slots);
        let mut perl = Running::start(perl);
        assert_eq!(perl.line(), "one");
        perl
    });
    for perl in &mut perls {
        perl.tell("go");
    }
    until_waiting(block, 2);
    let check = || sandbox.run(["status", "--check"]);
    until("the deadlock is seen", || check().status() == Some(1));
    let [fix] = &fixes(&check())[..] else { panic!("one fix expected of {}", check()) };
    let ended =
        perls.iter().position(|perl| fix.starts_with(&format!("kill -KILL {} ", perl.pid())));
    let ended = ended.unwrap_or_else(|| panic!("not ended for good: {fix}"));
    follow(&sandbox, fix);
    let goes_on = &mut perls[1 - ended];
    assert_eq!(goes_on.line(), "both");
    goes_on.close();
    until("nothing is wrong any more", || check().status() == Some(0));
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_count_that_an_ended_reader_has_left_is_cleared_by_what_is_printed() {
    for left in [1, 2] {
        let world = World::new();
        let semlock = |words: &[&str]| world.semlock(User::Tester, words);
        semlock(&["create", "--nsems", "34"]).exits(0);
        for _ in 0..left {
            abandon(slot("a"));
        }
        let binary = world.sandbox.binary();
        let waiter = world.start(User::Tester, &[binary, "lock", "a", "--", "true"]);
        let block = Block::open(DEFAULT_KEY).unwrap();
        until_waiting(block, 1);
        let check = || semlock(&["status", "--check", "--waiting", "0s"]);
        let semid = block.set().semid();
        for _ in 0..left {
            until("the wait is seen", || check().status() == Some(1));
            let checked = check();
            checked.contains("    no process that can be seen can be that reader: either ");
            let [fix] = &fixes(&checked)[..] else { panic!("one fix expected of {checked}") };
            let unlock =
                format!("semlock unlock --force --id {semid} --slot {}  # only if", slot("a"));
            assert!(fix.starts_with(&unlock), "{fix}");
            follow(&world.sandbox, fix);
        }
        drop(waiter);
        until("nothing is wrong any more", || check().status() == Some(0));
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn what_started_after_the_block_was_last_used_is_not_the_reader() {
    let (sandbox, block) = Sandbox::with_block(34);
    abandon(slot("a"));
    let otime = block.set().info().unwrap().otime.unwrap();
    // Nothing can be observed but the clock.
    let later = otime + jiff::SignedDuration::from_secs(4);
    until("the block is not used any more", || jiff::Timestamp::now() > later);
    let script = "semget(31818, 0, 0) // die; $| = 1; print qq{in\\n}; <STDIN>; semop(0, '')";
    let mut perl = Command::new("perl");
    perl.args(["-e", script]);
    let mut perl = Running::start(perl);
    assert_eq!(perl.line(), "in");
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(4);
    until("it was there before the wait", || jiff::Timestamp::now() > later);
    let waiter = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block, 1);
    let check = || sandbox.run(["status", "--check", "--waiting", "0s"]);
    until("the wait is seen", || check().status() == Some(1));
    let checked = check();
    checked.contains("leaked-reader: ");
    let names_perl = checked.stdout().contains(&format!("process {} (", perl.pid()));
    assert!(!names_perl, "{checked}");
    waiter.kill();
}
