//! `semlock unlock` ends the right holder, and no other.

use crate::common::{Finished, Running, Sandbox, assert_free, holders, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use semlock::session::{Block, slot_of};

/// A process that a lock can be kept for.
fn owner(sandbox: &Sandbox) -> Running {
    Running::start({
        let mut cat = std::process::Command::new("cat");
        cat.current_dir(&sandbox.directory);
        cat
    })
}

fn keep(sandbox: &Sandbox, owner: &Running, options: &[&str]) {
    let pid = owner.pid().to_string();
    sandbox.run([&["lock", "--for", &pid], options].concat()).exits(0).is_silent();
}

fn locks(block: Block) -> u16 {
    block.set().values().unwrap().iter().sum()
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn unlock_returns_when_the_kernel_has_given_the_lock_back() {
    let (sandbox, block) = Sandbox::with_block(32);
    for mode in ["-s", "-x"].repeat(20) {
        // Kept for this test's process, which is unlock's parent.
        sandbox.run(["lock", mode, "a"]).exits(0);
        sandbox.run(["unlock", "a"]).exits(0).is_silent();
        assert_free(block);
    }
    sandbox.run(["unlock", "a"]).exits(1).complains("is not locked");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn only_the_own_shells_lock_goes_and_anothers_only_by_force() {
    let (sandbox, block) = Sandbox::with_block(32);
    let other = owner(&sandbox);
    keep(&sandbox, &other, &["-s", "a"]);
    let others = holders();
    sandbox.run(["lock", "-s", "a"]).exits(0);
    sandbox.run(["unlock", "a"]).exits(0);
    assert_eq!(holders(), others);
    let refused = sandbox.run(["unlock", "a"]);
    refused
        .exits(75)
        .complains("it is kept for another process\n")
        .complains(&format!("process {} keeps it for process {} (cat)", others[0], other.pid()))
        .complains("  fix: semlock unlock --force --id 0 --session=a  #");
    assert_eq!(holders(), others);
    sandbox.run(["unlock", "--force", "a"]).exits(0);
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn several_locks_of_others_are_listed_and_none_is_touched() {
    let (sandbox, block) = Sandbox::with_block(32);
    let others = [owner(&sandbox), owner(&sandbox)];
    for other in &others {
        keep(&sandbox, other, &["-s", "a"]);
    }
    let refused = sandbox.run(["unlock", "a"]);
    refused.exits(75).complains("it is kept for another process\n");
    for pid in holders().into_iter().chain(others.iter().map(Running::pid)) {
        refused.complains(&format!("process {pid}"));
    }
    assert_eq!(locks(block), 2);
    let forced = sandbox.run(["unlock", "--force", "a"]);
    for other in &others {
        forced
            .exits(0)
            .complains(&format!("process {} (cat) continues without its lock", other.pid()));
    }
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_lock_of_another_session_on_the_same_slot_is_left_alone() {
    let (sandbox, block) = Sandbox::with_block(32);
    let (mine, other) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    assert_eq!(slot_of(mine.as_bytes(), 32), slot_of(other.as_bytes(), 32));
    sandbox.run(["lock", other]).exits(0);
    sandbox.run(["unlock", mine]).exits(75).complains("has it");
    assert_eq!(locks(block), 1);
    sandbox.run(["unlock", other]).exits(0);
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_lock_on_several_sessions_is_given_back_as_one() {
    let (sandbox, block) = Sandbox::with_block(32);
    sandbox.run(["lock", "a", "--session", "b"]).exits(0);
    sandbox.run(["unlock", "a"]).exits(75).complains("together with session \"b\"");
    assert_eq!(locks(block), 2);
    sandbox.run(["unlock", "b", "a"]).exits(0).is_silent();
    assert_free(block);
    sandbox.run(["lock", "--all"]).exits(0);
    assert_eq!(locks(block), 16);
    sandbox.run(["unlock", "--all"]).exits(0).is_silent();
    assert_free(block);
    sandbox.run(["unlock", "--all"]).exits(1).complains("no slot is locked");
}

#[test]
fn abandoned_locks_are_cleared_and_nothing_else() {
    let (sandbox, block) = Sandbox::with_block(32);
    let [a, b, c] = ["a", "b", "c"].map(|id| slot_of(id.as_bytes(), 32).unwrap());
    crate::common::abandon(block.writer(a));
    crate::common::abandon(block.reader(b));
    let holder = sandbox.hold(&["c"]);
    let d = slot_of(b"d", 32).unwrap().to_string();
    sandbox.run(["lock", "--persist", "--slot", &d]).exits(0);
    let cleared = format!("slot {a}: cleared the write lock of a process that has ended\n");
    sandbox.run(["unlock", "--abandoned", "--all"]).exits(0).prints(&cleared);
    assert_eq!(locks(block), 1 + 1 + 2, "a reader's count, a writer's flag, a persistent lock");
    assert_eq!(block.set().value(block.writer(c).into()), Ok(1));
    sandbox.run(["unlock", "--abandoned", "a", "b", "c"]).exits(0).prints("");
    drop(holder);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_holder_that_is_stopped_and_cannot_end_by_itself_is_killed() {
    let (sandbox, block) = Sandbox::with_block(32);
    for mode in ["-s", "-x"] {
        sandbox.run(["lock", mode, "a"]).exits(0);
        let holder = Pid::from_raw(holders()[0]);
        kill(holder, Signal::SIGSTOP).unwrap();
        sandbox.run(["unlock", "a"]).exits(0).is_silent();
        assert_free(block);
        until("the holder gone", || holders().is_empty());
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_block_that_is_removed_as_soon_as_it_is_free_was_unlocked() {
    for mode in ["-s", "-x"] {
        let (sandbox, block) = Sandbox::with_block(32);
        sandbox.run(["lock", mode, "a"]).exits(0);
        let holder = Pid::from_raw(holders()[0]);
        kill(holder, Signal::SIGSTOP).unwrap();
        let unlock = Running::start(sandbox.semlock(["unlock", "a"]));
        let status = || std::fs::read_to_string(format!("/proc/{holder}/status")).unwrap();
        until("the holder asked to end", || status().contains("ShdPnd:\t0000000000004000"));
        unlock.signal(Signal::SIGSTOP);
        kill(holder, Signal::SIGCONT).unwrap();
        until("the holder gone", || holders().is_empty());
        block.set().remove().unwrap();
        unlock.signal(Signal::SIGCONT);
        assert_eq!(unlock.finish(), 0);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn what_was_cleared_is_said_though_standard_output_is_full() {
    let (sandbox, block) = Sandbox::with_block(32);
    crate::common::abandon(block.writer(slot_of(b"a", 32).unwrap()));
    let mut full = sandbox.semlock(["unlock", "--abandoned", "a"]);
    full.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    Finished::of(full).exits(71).complains(
        "semlock: cannot write to standard output: No space left on device (ENOSPC)\n  \
         evidence: slot 1: cleared the write lock of a process that has ended\n",
    );
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_lock_that_is_forced_away_takes_nothing_from_the_next_holder() {
    let (sandbox, block) = Sandbox::with_block(32);
    let victim = sandbox.hold(&["a"]);
    let said =
        format!("process {} (cat) had session \"a\" and continues without a lock", victim.pid());
    sandbox.run(["unlock", "--force", "a"]).exits(0).complains(&said);
    assert_free(block);
    let next = sandbox.hold(&["a"]);
    victim.kill();
    assert_eq!(locks(block), 1, "the victim's end took the next holder's lock");
    assert_eq!(next.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_holder_is_found_by_its_slot_and_among_all() {
    let (sandbox, block) = Sandbox::with_block(32);
    let slot = slot_of(b"a", 32).unwrap().to_string();
    for unlock in [&["unlock", "--slot", &slot][..], &["unlock", "--all"]] {
        sandbox.run(["lock", "a"]).exits(0);
        sandbox.run(unlock).exits(0).is_silent();
        assert_free(block);
        assert!(holders().is_empty());
    }
    for session in ["a", "b"] {
        sandbox.run(["lock", session]).exits(0);
    }
    sandbox.run(["unlock", "--all"]).exits(0).is_silent();
    assert_free(block);
}

#[test]
fn what_another_programs_set_counts_is_no_persistent_lock() {
    let sandbox = Sandbox::new();
    let set = semlock::sysv::Set::create(semlock::sysv::Key::new(7), 2, 0o600).unwrap();
    for (semnum, value) in [(0, 4096), (1, 2)] {
        let raise = "semop($ARGV[0], pack 's!3', $ARGV[1], $ARGV[2], 0) or die";
        let mut perl = std::process::Command::new("perl");
        let numbers = [set.semid().raw(), semnum, value].map(|number| number.to_string());
        perl.args(["-e", raise]).args(numbers);
        Finished::of(perl).exits(0);
    }
    for which in [["--slot", "0"].as_slice(), &["--all"]] {
        sandbox.run([&["unlock", "--key", "7"], which].concat()).exits(73);
        assert_eq!(set.values().unwrap(), [4096, 2]);
    }
    sandbox.run(["unlock", "--key", "7", "--all", "--force"]).exits(0);
    assert_eq!(set.values().unwrap(), [0, 0]);
}

#[test]
fn that_nothing_is_locked_is_an_object_for_programs() {
    let (sandbox, _block) = Sandbox::with_block(32);
    for (which, error) in [
        ("a", "cannot unlock: session \"a\" is not locked"),
        ("--all", "cannot unlock: no slot is locked"),
    ] {
        let said = sandbox.run(["unlock", "--format", "json", which]);
        let answer: serde_json::Value = serde_json::from_str(&said.exits(1).stderr()).unwrap();
        assert_eq!((&answer["error"], &answer["status"]), (&error.into(), &1.into()));
    }
    sandbox.run(["unlock", "a"]).exits(1).is_said("semlock: session \"a\" is not locked\n");
}
