//! `create`, `status`, `unlock` and `remove`.

use std::process::Command;
use std::thread;

use crate::common::{Finished, Sandbox, abandon, assert_free, until_waiting};
use semlock::session::{Block, Slot, slot_of};

fn slot(session: &str, block: Block) -> Slot {
    slot_of(session.as_bytes(), block.nsems()).unwrap()
}

#[test]
fn create_says_what_it_made_and_the_kernel_agrees() {
    let sandbox = Sandbox::new();
    sandbox
        .run(["create", "--key", "0xDEADBEEF", "--nsems", "64", "--mode", "0640"])
        .exits(0)
        .prints("block -559038737 (0xdeadbeef): semid 0, 64 semaphores, 32 slots\n");
    let block =
        sandbox.run(["status", "--key", "-559038737", "--format", "json"]).json()["set"].clone();
    assert_eq!(block["key"], -559_038_737);
    assert_eq!(block["key_hex"], "0xdeadbeef");
    assert_eq!(block["mode"], "0640");
    assert_eq!(block["otime"], serde_json::Value::Null);
    sandbox.run(["create", "--nsems", "34"]).exits(0).is_said("");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn status_shows_readers_a_writer_and_who_waits() {
    let (sandbox, block) = Sandbox::with_block(32);
    let readers = [sandbox.hold(&["-s", "a"]), sandbox.hold(&["-s", "a"])];
    let writer = sandbox.hold(&["b"]);
    thread::scope(|scope| {
        let waiter = scope.spawn(|| sandbox.run(["lock", "a", "--", "true"]));
        until_waiting(block, 1);
        let report = sandbox.run(["status", "--format", "json"]).exits(0).json();
        let [a, b] = [0, 1].map(|i| &report["slots"][i]);
        assert_eq!(report["schema"], 1);
        assert_eq!(a["state"], "read");
        assert_eq!((a["readers"].as_i64(), a["writer"].as_bool()), (Some(2), Some(false)));
        assert_eq!(a["waiting"], 1);
        assert_eq!(b["state"], "write");
        assert_eq!(b["holders"][0]["pid"], writer.pid());
        assert_eq!(b["sempid"], writer.pid());
        assert_eq!(b["command"], "cat");
        assert_eq!(report["slots"].as_array().unwrap().len(), 2);
        drop(readers);
        waiter.join().unwrap().exits(0);
    });
    sandbox.run(["status"]).exits(0).contains("write").contains("31818 (0x00007c4a)");
    drop(writer);
    sandbox.run(["status"]).exits(0).contains("no slot is in use");
    let all = sandbox.run(["status", "--slots", "all", "--format", "json"]).json();
    assert_eq!(all["slots"].as_array().unwrap().len(), 16);
}

#[test]
fn status_of_sessions_shows_where_they_fall() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let sessions = sandbox.run(["status", "--format", "json", "b", "a"]).json()["sessions"].clone();
    assert_eq!(
        sessions[0],
        serde_json::json!({"session": "b", "slot": slot("b", block).index(), "state": "free", "persistent_for": null, "shares_with": []})
    );
    assert_eq!(
        sessions[1],
        serde_json::json!({"session": "a", "slot": slot("a", block).index(), "state": "write", "persistent_for": null, "shares_with": []})
    );
    sandbox.run(["status", ""]).exits(65);
    drop(holder);
}

#[test]
fn a_closed_pipe_ends_status_quietly() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{} status --slots all | true", sandbox.binary()));
    Finished::of(shell).exits(0).is_silent();
}

#[test]
fn a_writer_flag_that_an_ended_process_left_is_abandoned_and_unlock_clears_it() {
    let (sandbox, block) = Sandbox::with_block(32);
    abandon(block.writer(slot("a", block)));
    let report = sandbox.run(["status", "--format", "json"]).json();
    assert_eq!(report["slots"][0]["state"], "abandoned");
    sandbox.run(["lock", "-n", "a", "--", "true"]).exits(75);
    sandbox.run(["unlock", "b"]).exits(1);
    sandbox.run(["unlock", "a"]).exits(0).is_silent();
    assert_free(block);
    sandbox.run(["lock", "-n", "a", "--", "true"]).exits(0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn unlock_never_takes_a_lock_from_a_living_process_without_force() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let before = block.set().values().unwrap();
    sandbox
        .run(["unlock", "a"])
        .exits(75)
        .complains(&format!("process {} (cat) has it", holder.pid()));
    assert_eq!(block.set().values().unwrap(), before);
    sandbox.run(["unlock", "--force", "a"]).exits(0);
    assert_free(block);
}

#[test]
fn a_readers_count_is_taken_back_only_with_force() {
    let (sandbox, block) = Sandbox::with_block(32);
    let reader = block.reader(slot("a", block));
    abandon(reader);
    abandon(reader);
    sandbox.run(["unlock", "a"]).exits(75).complains("no list of readers");
    assert_eq!(block.set().value(reader.into()).unwrap(), 2);
    sandbox.run(["unlock", "--force", "a"]).exits(0);
    assert_eq!(block.set().value(reader.into()).unwrap(), 1);
}

#[test]
fn unlock_of_several_goes_on_after_a_refusal_and_ends_with_the_worst() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    abandon(block.writer(slot("c", block)));
    sandbox.run(["unlock", "a", "b", "c"]).exits(75).complains("\"b\" is not locked");
    assert_eq!(holder.finish(), 0);
    assert_free(block);
}

#[test]
fn a_flag_that_an_ended_writer_left_is_abandoned_also_while_readers_are_in() {
    let (sandbox, block) = Sandbox::with_block(32);
    let slot = slot("a", block);
    let reader = sandbox.hold(&["-s", "a"]);
    abandon(block.writer(slot));
    let report = sandbox.run(["status", "--format", "json"]).exits(0).json();
    assert_eq!(report["slots"][0]["state"], "abandoned", "{report}");
    assert_eq!(
        (&report["slots"][0]["readers"], &report["slots"][0]["writer"]),
        (&1.into(), &true.into())
    );
    sandbox.run(["status", "--check"]).exits(1).finds("abandoned-lock");
    sandbox.run(["unlock", "--abandoned", "a"]).exits(75).complains(": it has readers\n");
    assert_eq!(reader.finish(), 0);
    sandbox.run(["unlock", "--abandoned", "a"]).exits(0).contains("cleared the write lock");
    assert_free(block);
}

#[test]
fn remove_refuses_while_a_reader_a_writer_or_a_waiter_is_there_and_gives_everything_back() {
    let (sandbox, block) = Sandbox::with_block(2000);
    for options in [&["-s", "--slot", "999"][..], &["--slot", "999"], &["-s", "--slot", "0"]] {
        let holder = sandbox.hold(options);
        let before = block.set().values().unwrap();
        sandbox.run(["remove"]).exits(75).complains("a lock in it is held");
        assert_eq!(block.set().values().unwrap(), before);
        assert_eq!(holder.finish(), 0);
        assert_free(block);
    }
    waiting_without_a_holder(&sandbox, block);
    sandbox.run(["remove"]).exits(0);
    sandbox.run(["remove"]).exits(66);
}

/// A process of no session protocol that waits for a semaphore of a free slot to grow.
fn waiting_without_a_holder(sandbox: &Sandbox, block: Block) {
    let mut waiter = Command::new("perl");
    waiter.arg("-e").arg("semop(semget(31818, 0, 0), pack 's!3', 5, -1, 0)");
    let mut waiter = waiter.spawn().unwrap();
    until_waiting(block, 1);
    sandbox.run(["remove"]).exits(75).complains("a process waits for a lock in it");
    assert_free(block);
    let _ = waiter.kill();
    waiter.wait().unwrap();
}

#[test]
fn remove_with_force_removes_what_is_in_use() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    sandbox.run(["remove", "--force"]).exits(0);
    assert!(block.set().info().is_err());
    assert_eq!(holder.finish(), 0);
}

#[test]
fn no_two_unlocks_take_the_lock_of_a_client_that_comes_between() {
    let (sandbox, block) = Sandbox::with_block(32);
    let writer = block.writer(slot("a", block));
    for _ in 0..30 {
        abandon(writer);
        let unlock = || {
            sandbox.semlock(["unlock", "a"]).stderr(std::process::Stdio::null()).spawn().unwrap()
        };
        let mut unlocks = [unlock(), unlock(), unlock()];
        let holder = sandbox.hold(&["a"]);
        for unlock in &mut unlocks {
            unlock.wait().unwrap();
        }
        assert_eq!(block.set().value(writer.into()).unwrap(), 1, "the holder's lock was taken");
        assert_eq!(holder.finish(), 0);
        assert_free(block);
    }
}
