//! Locks that no process holds: they stay until they are unlocked, by those whom
//! they were taken for, or by their slot.

use crate::common::remedy::{is_fixed_by_each_fix, limited};
use crate::common::{Finished, Running, Sandbox, assert_free, holders, perl, until, until_waiting};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use semlock::session::{
    Block, Claim, DEFAULT_KEY, Flag, Mode, PersistentUnlock, Slot, Tag, slot_of,
};
use semlock::sysv::{Op, Outcome, Wait};
use serde_json::{Value, json};

/// Two sessions on one slot of a block of 32 semaphores, and one on another.
const A: &str = "0123456789abcdef0123456789abcdef";
const B: &str = "fedcba9876543210fedcba9876543210";
const ELSEWHERE: &str = "b";

/// A block, and the slot of `A` and `B`.
fn block() -> (Sandbox, Block, Slot) {
    let (sandbox, block) = Sandbox::with_block(32);
    let [a, b, elsewhere] = [A, B, ELSEWHERE].map(|id| slot_of(id.as_bytes(), 32).unwrap());
    assert!(a == b && a != elsewhere);
    (sandbox, block, a)
}

fn reader(block: Block, slot: Slot) -> i32 {
    block.set().value(block.reader(slot).into()).unwrap()
}

fn writer(block: Block, slot: Slot) -> i32 {
    block.set().value(block.writer(slot).into()).unwrap()
}

fn persist(sandbox: &Sandbox, options: &[&str]) -> Finished {
    let finished = sandbox.run([&["lock", "-n", "--persist"], options].concat());
    finished.exits(0);
    finished
}

/// What `status` says of sessions, and of the first slot in use.
fn status(sandbox: &Sandbox, sessions: &[&str]) -> (Value, Value) {
    let report = sandbox.run([&["status", "--format", "json"], sessions].concat()).json();
    (report["sessions"].clone(), report["slots"][0].clone())
}

/// The command of the only fix that a refusal offers.
fn fix(refused: &Finished) -> Vec<String> {
    let said = refused.exits(75).stderr();
    let fixes: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("  fix: ")).collect();
    assert_eq!(fixes.len(), 1, "{refused}");
    let command = fixes[0].split("  #").next().unwrap();
    command.split(' ').skip(1).map(str::to_owned).collect()
}

#[test]
fn a_persistent_lock_stays_until_it_is_unlocked_and_is_never_called_abandoned() {
    let (sandbox, block, _) = block();
    persist(&sandbox, &[A, "--session", ELSEWHERE]).is_silent();
    assert!(holders().is_empty());
    for mode in ["-s", "-x"] {
        sandbox.run(["lock", "-n", mode, A, "--", "true"]).exits(75);
    }
    sandbox.run(["unlock", "--abandoned", "--all"]).exits(0).is_silent();
    let (_, slot) = status(&sandbox, &[]);
    assert_eq!((&slot["state"], &slot["persistent"]), (&json!("persistent"), &json!(1)));
    assert_eq!((&slot["writer"], &slot["readers"]), (&json!(true), &json!(0)));
    sandbox.run(["unlock", A, ELSEWHERE]).exits(0).is_silent();
    assert_free(block);
    sandbox.run(["unlock", A]).exits(1).complains("is not locked");
}

#[test]
fn a_session_does_not_unlock_what_was_taken_for_another_on_its_slot() {
    let (sandbox, block, slot) = block();
    persist(&sandbox, &[B]);
    let locked = writer(block, slot);
    let refused = sandbox.run(["unlock", A]);
    refused.exits(75).complains(&format!(
        "slot {slot} has a persistent lock that was taken for another session, or together with \
         others\n"
    ));
    refused.complains(&format!(
        "unlock --id 0 --slot {slot}  # releases it, whatever it was taken for"
    ));
    assert_eq!(writer(block, slot), locked);
    sandbox.run(["unlock", B]).exits(0).is_silent();
    assert_free(block);
    persist(&sandbox, &[B]);
    sandbox.run(fix(&refused)).exits(0).is_silent();
    assert_free(block);
    persist(&sandbox, &[B]);
    sandbox.run(["unlock", "--force", A]).exits(0).is_silent();
    assert_free(block);
}

#[test]
fn a_lock_for_several_sessions_of_a_slot_is_one_and_unlocked_by_naming_the_same() {
    let (sandbox, block, _) = block();
    persist(&sandbox, &[A, "--session", B]);
    for one in [A, B] {
        sandbox.run(["unlock", one]).exits(75).complains("or together with others");
    }
    sandbox.run(["unlock", B, A]).exits(0).is_silent();
    assert_free(block);
    // To name another one as well does no harm, in whatever order.
    for both in [[A, B], [B, A]] {
        persist(&sandbox, &[A]);
        sandbox.run([&["unlock"], &both[..]].concat()).exits(0).is_silent();
        assert_free(block);
    }
}

#[test]
fn a_lock_by_its_slot_is_unlocked_by_its_slot() {
    let (sandbox, block, slot) = block();
    let slot_option = slot.to_string();
    for by_slot in [&["--slot", &slot_option][..], &[A, "--slot", &slot_option], &["--all"]] {
        persist(&sandbox, by_slot);
        assert_eq!(writer(block, slot), 2, "what older versions leave and understand");
        let refused = sandbox.run(["unlock", A]);
        refused.complains("a persistent lock that was taken by its slot, not for a session\n");
        sandbox.run(fix(&refused)).exits(0).is_silent();
        assert_eq!(writer(block, slot), 0);
        sandbox.run(["unlock", "--all"]);
    }
    assert_free(block);
}

#[test]
fn the_value_of_a_persistent_write_lock_is_what_the_manual_says() {
    let (sandbox, block) = Sandbox::with_block(32);
    persist(&sandbox, &["a"]);
    assert_eq!(writer(block, slot_of(b"a", 32).unwrap()), 16384 + 8963);
}

#[test]
fn every_value_of_a_persistent_lock_is_released_whole() {
    let (sandbox, block, slot) = block();
    let semnum = block.writer(slot);
    for value in [2, 16384, 16385, 32767] {
        let raise = [Op::without_undo(semnum, value)];
        assert_eq!(block.set().operate(&raise, Wait::Not), Ok(Outcome::Done));
        sandbox.run(["lock", "-n", A, "--", "true"]).exits(75);
        sandbox.run(["unlock", "--slot", &slot.to_string()]).exits(0).is_silent();
        assert_free(block);
    }
}

#[test]
fn status_says_whether_a_persistent_lock_was_taken_for_the_session() {
    let (sandbox, _block, slot) = block();
    let persistent_for = |sessions: &[&str]| -> Vec<Value> {
        let (sessions, _) = status(&sandbox, sessions);
        let sessions = sessions.as_array().unwrap().iter();
        sessions.map(|session| session["persistent_for"].clone()).collect()
    };
    assert_eq!(persistent_for(&[A]), [Value::Null]);
    persist(&sandbox, &[A]);
    assert_eq!(persistent_for(&[A, B, ELSEWHERE]), [json!("session"), json!("other"), Value::Null]);
    let table = sandbox.run(["status", A, B]).stdout();
    assert!(table.contains("PERSISTENT_FOR") && table.contains("this session"), "{table}");
    assert!(table.contains(" persistent ") && table.contains("another session"), "{table}");
    sandbox.run(["unlock", A]).exits(0);
    assert!(!sandbox.run(["status", A, B]).stdout().contains("PERSISTENT_FOR"));
    persist(&sandbox, &[A, "--session", B]);
    assert_eq!(persistent_for(&[A, B]), [json!("session"), json!("session")]);
    assert_eq!(persistent_for(&[B]), [json!("other")]);
    sandbox.run(["unlock", B, A]).exits(0);
    persist(&sandbox, &["--slot", &slot.to_string()]);
    assert_eq!(persistent_for(&[A]), [json!("slot")]);
}

#[test]
fn a_persistent_read_lock_says_at_once_how_it_is_released_and_no_session_releases_it() {
    let (sandbox, block, slot) = block();
    let said = persist(&sandbox, &["-s", A]);
    said.is_said(&format!(
        "semlock: a persistent read lock is released by its slot, not by a session: \
         semlock unlock --key 31818 --slot {slot}\n"
    ));
    persist(&sandbox, &["-s", "--quiet", A]).is_silent();
    persist(&sandbox, &["-s", "--format", "json", A]).is_silent();
    let refused = sandbox.run(["unlock", A]);
    refused
        .complains(&format!("unlock session \"{A}\": slot {slot} has a persistent read lock\n"))
        .complains("the session that it was taken for is unknown\n")
        .complains(&format!("  # releases one persistent read lock of slot {slot}\n"));
    assert_eq!(reader(block, slot), 3 * 4096);
    sandbox.run(fix(&refused)).exits(0).is_silent();
    assert_eq!(reader(block, slot), 2 * 4096);
    let command = said.stderr().rsplit(": semlock ").next().unwrap().trim().to_owned();
    sandbox.run(command.split(' ')).exits(0).is_silent();
    assert_eq!(reader(block, slot), 4096);
    sandbox.run(["unlock", "--force", A]).exits(0).is_silent();
    assert_free(block);
}

#[test]
fn the_note_about_many_slots_does_not_list_them() {
    let (sandbox, block) = Sandbox::with_block(64);
    persist(&sandbox, &["-s", "--all"]).complains("--slot N for each of its 32 slots");
    sandbox.run(["unlock", "--all"]).exits(0);
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_lock_that_the_shell_has_goes_before_a_persistent_one() {
    let (sandbox, block, slot) = block();
    persist(&sandbox, &["-s", A]);
    sandbox.run(["lock", "-s", A]).exits(0);
    sandbox.run(["unlock", A]).exits(0).is_silent();
    assert_eq!((reader(block, slot), holders().len()), (4096, 0));
    sandbox.run(["unlock", A]).exits(75).complains("has a persistent read lock");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn no_fix_is_offered_that_would_take_another_lock_of_the_shell() {
    let (sandbox, block, slot) = block();
    persist(&sandbox, &["-s", "-q", A]);
    sandbox.run(["lock", "-s", B]).exits(0);
    let refused = sandbox.run(["unlock", A]);
    refused.exits(75).complains("has a persistent read lock");
    assert!(!refused.stderr().contains("fix:"), "{refused}");
    sandbox.run(["unlock", B]).exits(0);
    sandbox.run(fix(&sandbox.run(["unlock", A]))).exits(0);
    assert_eq!(reader(block, slot), 0);
}

#[test]
fn a_block_with_several_persistent_locks_of_a_slot_is_removed_as_the_fix_says() {
    let left = || {
        let (sandbox, _, _) = block();
        for _ in 0..2 {
            persist(&sandbox, &["-s", "-q", A]);
        }
        persist(&sandbox, &[ELSEWHERE]);
        sandbox
    };
    let failed = is_fixed_by_each_fix(left, &["remove"], &["create"]);
    failed.exits(75).complains("it has persistent locks\n");
}

#[test]
fn persistent_readers_are_counted_beside_those_that_live() {
    let (sandbox, block) = Sandbox::with_block(32);
    let reader = sandbox.hold(&["-s", "a"]);
    for _ in 0..2 {
        persist(&sandbox, &["-s", "a"]);
    }
    let (_, slot) = status(&sandbox, &[]);
    assert_eq!((&slot["readers"], &slot["persistent"]), (&json!(3), &json!(2)));
    assert_eq!(slot["state"], "persistent");
    let number = slot["slot"].to_string();
    for _ in 0..2 {
        sandbox.run(["unlock", "--slot", &number]).exits(0);
    }
    sandbox.run(["unlock", "a"]).exits(75).complains("readers have it");
    assert_eq!(status(&sandbox, &[]).1["state"], "read");
    assert_eq!(reader.finish(), 0);
    assert_free(block);
}

#[test]
fn unlock_all_releases_every_persistent_lock_and_nothing_that_a_process_has() {
    let (sandbox, block, slot) = block();
    let living = sandbox.hold(&[ELSEWHERE]);
    persist(&sandbox, &["--slot", "5", "--slot", "6"]);
    for _ in 0..3 {
        persist(&sandbox, &["-s", "-q", A]);
    }
    sandbox.run(["unlock", "--all"]).exits(75).complains(&format!("process {}", living.pid()));
    let values = block.set().values().unwrap();
    assert_eq!(values.iter().sum::<u16>(), 1, "{values:?}");
    assert_eq!(reader(block, slot), 0);
    assert_eq!(living.finish(), 0);
    sandbox.run(["unlock", "--all"]).exits(1).complains("no slot is locked");
}

#[test]
fn a_persistent_lock_on_several_slots_is_left_whole_or_not_at_all() {
    // In one call, and in pieces of one slot.
    for semopm in [500, 3] {
        let sandbox = limited(&format!("32000 32000 {semopm} 10"));
        let block = Block::create(DEFAULT_KEY, 32, 0o700).unwrap();
        for _ in 0..7 {
            persist(&sandbox, &["-s", "-q", "--slot", "5"]);
        }
        let more = ["lock", "-s", "--persist", "--slot", "2", "--slot", "5", "--slot", "7"];
        sandbox.run(more).exits(71).complains("ERANGE");
        assert_eq!([2, 7].map(|slot| reader(block, Slot::new(slot))), [0, 0]);
    }
}

#[test]
fn what_is_larger_than_semopm_is_locked_persisted_and_unlocked_in_pieces() {
    let sandbox = limited("32000 32000 7 10");
    let block = Block::create(DEFAULT_KEY, 62, 0o700).unwrap();
    for lock in [&["--drain", "--all"][..], &["-s", "-q", "--all"], &["--all"]] {
        persist(&sandbox, lock);
        let raised = block.set().values().unwrap().iter().filter(|&&value| value > 0).count();
        assert_eq!(raised, 31);
        sandbox.run(["unlock", "--all"]).exits(0).is_silent();
        assert_free(block);
    }
}

#[test]
fn a_drain_in_pieces_waits_for_the_readers_of_every_piece() {
    let sandbox = limited("32000 32000 7 10");
    let block = Block::create(DEFAULT_KEY, 62, 0o700).unwrap();
    let readers = [3, 30].map(|slot| sandbox.hold(&["-s", "--slot", &slot.to_string()]));
    let mut drain = Running::start(sandbox.semlock(["lock", "--drain", "--all", "--", "cat"]));
    for reader in readers {
        until_waiting(block, 1);
        assert!(!drain.has_spoken());
        assert_eq!(reader.finish(), 0);
    }
    assert_eq!(drain.ask("in"), "in");
    assert_eq!(drain.finish(), 0);
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs more than five operations in a call")]
fn what_is_forced_away_is_not_given_back_nor_left_in_the_block() {
    let (_sandbox, block, _) = block();
    let claim = Claim::new(block, [0, 5, 6].map(Slot::new).to_vec(), Mode::Write);
    assert_eq!(claim.acquire(Wait::Not), Ok(Outcome::Done));
    block.force_unlock_writer(Slot::new(5)).unwrap();
    assert_eq!(claim.persist(|_| Tag::BY_SLOT), Ok(Outcome::Busy));
    assert_eq!([0, 5, 6].map(|slot| writer(block, Slot::new(slot))), [1, 0, 1]);
    // What is still there of the lock is given back all the same.
    claim.release().unwrap();
    assert_free(block);
}

#[test]
fn exactly_the_lock_that_was_judged_goes_or_none() {
    let (_sandbox, block, slot) = block();
    let [ours, theirs] = [A, B].map(|id| Tag::of_sessions([id.as_bytes()]));
    let persist = |tag| {
        let claim = Claim::new(block, vec![slot], Mode::Write);
        assert_eq!(claim.acquire(Wait::Not), Ok(Outcome::Done));
        assert_eq!(claim.persist(|_| tag), Ok(Outcome::Done));
    };
    persist(ours);
    // Right after ours is judged, another unlock and another lock come in between.
    let left = block.unlock_persistent_writer(slot, |tag| {
        if tag == ours {
            block.set().reset(block.writer(slot).into()).unwrap();
            persist(theirs);
        }
        tag == ours
    });
    assert_eq!(left, Ok(PersistentUnlock::OtherTag(theirs)));
    assert_eq!(writer(block, slot), tagged(B));
}

#[test]
fn a_persistent_lock_keeps_a_perl_application_out_until_it_is_unlocked() {
    let (sandbox, block, _) = block();
    let mut application = perl(&sandbox, 32);
    let session = application.ask("new");
    let slot = slot_of(session.as_bytes(), 32).unwrap();
    persist(&sandbox, &[&session]);
    assert_eq!(writer(block, slot), tagged(&session));
    for request in ["tie", "look"] {
        application.tell(&format!("{request} {session}"));
        until_waiting(block, 1);
        assert!(!application.has_spoken(), "it did not wait");
        sandbox.run(["unlock", &session]).exits(0).is_silent();
        assert_eq!(application.line(), "held");
        assert_eq!(application.ask("untie"), "released");
        persist(&sandbox, &[&session]);
    }
}

/// What a persistent lock for a session makes of the writer semaphore.
fn tagged(session: &str) -> i32 {
    let values = 16385..=32767;
    let of =
        |&value: &u16| Flag::of(value) == Flag::Persistent(Tag::of_sessions([session.as_bytes()]));
    values.into_iter().find(of).unwrap().into()
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn unlock_releases_a_persistent_lock_though_a_holder_of_its_slot_is_about_to_end() {
    let (sandbox, block) = Sandbox::with_block(32);
    let script = "semlock lock -s --slot 5 && echo held && read end";
    let mut owner = Running::start(sandbox.shell(script));
    assert_eq!(owner.line(), "held");
    let holder = Pid::from_raw(holders()[0]);
    kill(holder, Signal::SIGSTOP).unwrap();
    sandbox.run(["lock", "--persist", "-s", "-q", "--slot", "5"]).exits(0);
    owner.kill();
    sandbox.run(["unlock", "--slot", "5"]).exits(0);
    assert_eq!(block.set().value(5), Ok(1), "the persistent lock is still there");
    kill(holder, Signal::SIGCONT).unwrap();
    until("the holder's lock released", || block.set().value(5) == Ok(0));
}
