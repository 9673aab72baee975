//! `status` tells who has a slot and who waits for it, as far as it can be proven.

use std::process::Command;

use crate::common::{Finished, Running, Sandbox, abandon, holders, perl, until, until_waiting};
use semlock::session::{Block, Slot, slot_of};
use serde_json::{Value, json};

fn slot(session: &str, block: Block) -> Slot {
    slot_of(session.as_bytes(), block.nsems()).unwrap()
}

/// What `status` says of the slot of a session; without the times and the sessions of
/// those who have it or wait.
#[track_caller]
fn look(sandbox: &Sandbox, session: &str) -> Value {
    let words = ["status", "--slots", "all", "--format", "json", session];
    let mut slot = sandbox.run(words).exits(0).json()["slots"][0].clone();
    for who in ["holders", "waiters"] {
        for one in slot[who].as_array_mut().into_iter().flatten() {
            let one = one.as_object_mut().unwrap();
            one.remove("since").unwrap();
            one.remove("sessions");
        }
    }
    slot
}

/// The same, once everybody is seen who is counted: a process is counted a
/// moment before it can be seen to wait.
#[track_caller]
fn look_at_waiters(sandbox: &Sandbox, session: &str) -> Value {
    let all =
        |slot: &Value| slot["waiters"].as_array().is_some_and(|seen| slot["waiting"] == seen.len());
    until("every waiter", || all(&look(sandbox, session)));
    look(sandbox, session)
}

fn waiter(pid: i32, wants: &str, command: &str) -> Value {
    json!({"pid": pid, "owner": null, "wants": wants, "command": command})
}

fn holder(pid: i32, mode: &str, command: &str) -> Value {
    json!({"pid": pid, "owner": null, "mode": mode, "command": command})
}

fn command_of_perl(sandbox: &Sandbox) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/client.pl");
    format!("perl {script} {} 32", sandbox.directory.display())
}

#[test]
fn perl_readers_writers_and_waiters_are_told_right() {
    let (sandbox, block) = Sandbox::with_block(32);
    let command = command_of_perl(&sandbox);
    let [mut writer, mut reader, mut reads, mut writes] = [(); 4].map(|()| perl(&sandbox, 32));
    assert_eq!(writer.ask("write a"), "held");
    reads.tell("read a");
    assert_eq!(reader.ask("read b"), "held");
    writes.tell("write b");
    until_waiting(block, 2);
    let a = look_at_waiters(&sandbox, "a");
    assert_eq!(
        (&a["state"], &a["readers"], &a["writer"]),
        (&json!("write"), &json!(0), &json!(true))
    );
    assert_eq!(a["holders"], json!([holder(writer.pid(), "write", &command)]));
    assert_eq!(a["waiters"], json!([waiter(reads.pid(), "read", &command)]));
    let b = look_at_waiters(&sandbox, "b");
    assert_eq!(
        (&b["state"], &b["readers"], &b["writer"]),
        (&json!("read"), &json!(1), &json!(false))
    );
    assert_eq!(b["holders"], Value::Null, "the kernel names no reader");
    assert_eq!(b["sempid"], reader.pid());
    assert_eq!(b["waiters"], json!([waiter(writes.pid(), "write", &command)]));
}

#[test]
fn the_table_has_a_line_for_each_process_that_has_a_slot_or_waits_for_one() {
    let (sandbox, block) = Sandbox::with_block(32);
    let reader = sandbox.hold(&["-s", "a"]);
    let mut perl = perl(&sandbox, 32);
    assert_eq!(perl.ask("read a"), "held");
    let mut writer = sandbox.semlock(["lock", "a", "--", "true"]);
    writer.env("HOME", "/");
    let writer = Running::start(writer);
    until_waiting(block, 1);
    look_at_waiters(&sandbox, "a");
    let said = sandbox.run(["status"]).exits(0).stdout();
    let words: Vec<Vec<_>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    let slot = slot("a", block).to_string();
    for expected in [
        vec!["SLOT", "WHO", "PID", "LOCK", "FOR", "KEPT", "BY", "SESSION", "COMMAND"],
        vec![&slot, "has", "?", "read", "-", "-", "-", "1", "unidentified"],
    ] {
        assert!(words.contains(&expected), "{expected:?} is not in {said}");
    }
    // How long is another question.
    let (reading, waiting) = (reader.pid().to_string(), writer.pid().to_string());
    for (start, end) in [
        (vec![&slot[..], "has", &reading, "read"], vec!["-", "a", "cat"]),
        (
            vec![&slot, "waits", &waiting, "write"],
            vec!["-", "-", sandbox.binary(), "lock", "a", "--", "true"],
        ),
    ] {
        let line = words.iter().find(|line| line.starts_with(&start));
        assert!(line.is_some_and(|line| line.ends_with(&end)), "{start:?} is not in {said}");
    }
    assert_eq!(reader.finish(), 0);
    assert_eq!(perl.ask("release"), "released");
    assert_eq!(writer.finish(), 0);
}

#[test]
fn a_holder_of_semlocks_is_named_with_the_process_that_it_keeps_the_lock_for() {
    let (sandbox, block) = Sandbox::with_block(32);
    let owner = Running::start(Command::new("cat"));
    let pid = owner.pid().to_string();
    for (options, mode) in
        [(&["-s", "a"][..], "read"), (&["b"], "write"), (&["-s", "--all"], "read")]
    {
        sandbox.run([&["lock", "--for", &pid], options].concat()).exits(0);
        let [keeper] = holders()[..] else { panic!("one holder expected") };
        let session = if options.contains(&"b") { "b" } else { "a" };
        let found = look(&sandbox, session)["holders"][0].clone();
        assert_eq!(
            (&found["pid"], &found["owner"], &found["mode"]),
            (&keeper.into(), &owner.pid().into(), &mode.into())
        );
        sandbox.run(["unlock", "--force", "--slot", &slot(session, block).to_string()]).exits(0);
    }
}

#[test]
fn a_command_under_a_read_lock_is_proven_and_its_children_and_borrowers_are_not() {
    let (sandbox, _block) = Sandbox::with_block(32);
    for options in [&["-s", "a", "b"][..], &["-s", "--all"]] {
        let script = "echo $SEMLOCK_HELD; cat; exit $?";
        let lock = [&["lock"], options, &["--", "sh", "-c", script]].concat();
        let mut reader = Running::start(sandbox.semlock(lock));
        let held = reader.line();
        let mut borrower = Command::new("cat");
        let borrower = Running::start({
            borrower.env("SEMLOCK_HELD", &held);
            borrower
        });
        assert_eq!(reader.ask("go"), "go");
        let expected = json!([holder(reader.pid(), "read", &format!("sh -c {script}"))]);
        for session in ["a", "b"] {
            assert_eq!(look(&sandbox, session)["holders"], expected, "{options:?}");
        }
        drop(borrower);
        assert_eq!(reader.finish(), 0);
    }
}

#[test]
fn a_draining_writer_has_its_flag_and_waits_for_the_readers() {
    let (sandbox, block) = Sandbox::with_block(32);
    let reader = sandbox.hold(&["-s", "a"]);
    let drain = Running::start(sandbox.semlock(["lock", "--drain", "a", "--", "true"]));
    until_waiting(block, 1);
    let mut late = perl(&sandbox, 32);
    late.tell("read a");
    until_waiting(block, 2);
    let a = look_at_waiters(&sandbox, "a");
    let command = format!("{} lock --drain a -- true", sandbox.binary());
    assert_eq!(a["state"], "draining");
    assert_eq!(
        a["holders"],
        json!([holder(drain.pid(), "write", &command), holder(reader.pid(), "read", "cat")])
    );
    let waiters = a["waiters"].as_array().unwrap();
    assert!(waiters.contains(&waiter(drain.pid(), "write", &command)), "{waiters:?}");
    assert!(
        waiters.contains(&waiter(late.pid(), "read", &command_of_perl(&sandbox))),
        "{waiters:?}"
    );
    assert_eq!(reader.finish(), 0);
    assert_eq!(drain.finish(), 0);
}

#[test]
fn who_wants_several_slots_waits_for_the_one_that_keeps_it_waiting() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["c"]);
    let waiter = Running::start(sandbox.semlock(["lock", "a", "c", "d", "--", "true"]));
    until_waiting(block, 1);
    assert_eq!(look_at_waiters(&sandbox, "c")["waiters"][0]["pid"], waiter.pid());
    assert_eq!(look(&sandbox, "a")["waiters"], json!([]));
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn who_gives_back_what_is_not_there_is_seen_to_wait_on_a_free_slot_for_no_lock() {
    let (sandbox, block) = Sandbox::with_block(32);
    let mut perl = perl(&sandbox, 32);
    assert_eq!(perl.ask("write a"), "held");
    sandbox.run(["unlock", "--force", "a"]).exits(0);
    perl.tell("release");
    until_waiting(block, 1);
    let a = look_at_waiters(&sandbox, "a");
    assert_eq!((&a["state"], &a["waiting"]), (&json!("free"), &json!(1)));
    assert_eq!(
        (&a["waiters"][0]["pid"], &a["waiters"][0]["wants"]),
        (&perl.pid().into(), &Value::Null)
    );
    let used = sandbox.run(["status", "--format", "json"]).json()["slots"].clone();
    assert_eq!(used[0]["slot"], slot("a", block).index());
}

#[test]
fn a_writer_has_its_lock_since_its_start_if_the_block_was_not_used_later() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let header = sandbox.run(["status", "--format", "json"]).json()["block"].clone();
    assert_eq!(look(&sandbox, "a")["since"], header["otime"]);
    until("the block used much later", || {
        sandbox.run(["lock", "b", "--", "true"]).exits(0);
        look(&sandbox, "a")["since"].is_null()
    });
    let reader = sandbox.hold(&["-s", "b"]);
    let header = sandbox.run(["status", "--format", "json"]).json()["block"].clone();
    assert_eq!(look(&sandbox, "b")["since"], header["otime"]);
    assert_eq!((holder.finish(), reader.finish()), (0, 0));
}

#[test]
fn a_readers_count_is_never_abandoned_whatever_became_of_the_last_pid() {
    let (sandbox, block) = Sandbox::with_block(34);
    abandon(block.reader(slot("a", block)));
    let a = look(&sandbox, "a");
    assert_eq!(
        (&a["state"], &a["holders"], &a["command"]),
        (&json!("read"), &Value::Null, &Value::Null)
    );
    sandbox.run(["status", "--check"]).exits(0).is_silent();
}

#[test]
fn a_writer_whose_parent_has_not_asked_for_its_end_is_gone() {
    let (sandbox, block) = Sandbox::with_block(34);
    let raise = "semop(semget(31818, 0, 0), pack 's!3', $ARGV[0], 1, 0) or die";
    let mut perl = Command::new("perl");
    perl.args(["-e", raise, &block.writer(slot("a", block)).to_string()]);
    let mut perl = perl.spawn().unwrap();
    until("the flag of a zombie", || look(&sandbox, "a")["state"] == "abandoned");
    sandbox.run(["status", "--check"]).exits(1).finds("abandoned-lock");
    sandbox.run(["status", "--check", "b"]).exits(0).is_silent();
    perl.wait().unwrap();
}

#[test]
fn a_writer_of_another_pid_namespace_is_unknown_and_not_abandoned() {
    let (sandbox, block) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["a"]);
    let waiter = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block, 1);
    let elsewhere = |arguments: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--pid", "--fork", "--mount-proc", sandbox.binary(), "status"]);
        Finished::of({
            unshare.args(arguments).env_remove("SEMLOCK_KEY");
            unshare
        })
    };
    let report = elsewhere(&["--format", "json"]).exits(0).json();
    let a = &report["slots"][0];
    assert_eq!(
        (&a["state"], &a["sempid"], &a["waiting"]),
        (&json!("unknown"), &json!(0), &json!(1))
    );
    for unknown in [&a["holders"], &a["waiters"], &a["command"], &a["since"], &report["deadlocks"]]
    {
        assert_eq!(unknown, &Value::Null);
    }
    elsewhere(&["--check"])
        .exits(77)
        .complains("it is unknown whether the process that locked slot ");
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn a_pid_that_a_later_process_has_does_not_keep_an_abandoned_lock_alive() {
    let (sandbox, block) = Sandbox::with_block(32);
    let writer = block.writer(slot("a", block));
    // In a pid namespace of its own, pids can be chosen.
    let script = format!(
        "raise='semop(semget(31818, 0, 0), pack qq(s!3), {writer}, 1, 0) or die; print $$'
         pid=$(exec perl -e \"$raise\")
         while read -r line; do
             echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
             sleep 60 &
             echo \"$([ $! = $pid ] && {} status --no-headers --columns state)\"
             kill $!; wait
         done",
        sandbox.binary()
    );
    let mut shell = Command::new("unshare");
    shell.args(["--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", &script]);
    shell.stderr(std::process::Stdio::null()).env_remove("SEMLOCK_KEY");
    let mut shell = Running::start(shell);
    assert_eq!(shell.ask("look"), " write", "at first it may be the same process");
    until("a later process with that pid", || shell.ask("look") == " abandoned");
}

#[test]
fn where_the_file_system_proc_is_another_namespaces_nothing_is_taken_from_it() {
    let (sandbox, _block) = Sandbox::with_block(34);
    // Pid 1 in there is another process in what it sees of /proc.
    let mut inside = Command::new("unshare");
    let [status, semlock] = ["status", sandbox.binary()];
    inside.args(["--pid", "--fork", semlock, "lock", "--slot", "3", "--"]);
    inside.args(["sh", "-c", &format!("{semlock} {status} --format json; true")]);
    let report = Finished::of(inside).exits(0).json();
    let slot = &report["slots"][0];
    assert_eq!((&slot["state"], &slot["sempid"]), (&"write".into(), &1.into()), "{slot}");
    assert_eq!((&slot["command"], &slot["started"]), (&Value::Null, &Value::Null), "{slot}");
}
