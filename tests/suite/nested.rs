//! A lock that could only wait for its own ancestor is refused at once.

use crate::common::{Finished, Running, Sandbox, assert_free};
use semlock::session::slot_of;

const MINE: &str = "0123456789abcdef0123456789abcdef";
const SHARES: &str = "fedcba9876543210fedcba9876543210";

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_nested_lock_on_the_same_session_names_the_ancestor_that_has_it() {
    let (sandbox, block) = Sandbox::with_block(32);
    let nested = format!("{} lock a -- true; exit $?", sandbox.binary());
    for (outer, inner) in [("-x", "-x"), ("-x", "-s"), ("-s", "-x")] {
        let nested = nested.replace("lock a", &format!("lock {inner} a"));
        let mode = if outer == "-x" { "write" } else { "read" };
        let refused = sandbox.run(["lock", outer, "a", "--", "sh", "-c", &nested]);
        refused
            .exits(75)
            .complains("which waits for this one")
            .complains(&format!("a {mode} lock on session \"a\""));
        assert!(!refused.stderr().contains("another session"));
    }
    assert_free(block);
}

#[test]
fn nested_readers_share() {
    let (sandbox, block) = Sandbox::with_block(32);
    let nested = ["lock", "-s", "a", "--", sandbox.binary(), "lock", "-s", "a", "--", "true"];
    sandbox.run(nested).exits(0).is_silent();
    assert_free(block);
}

#[test]
fn a_process_that_would_wait_for_itself_is_told_so() {
    let (sandbox, _block) = Sandbox::with_block(32);
    for outer in ["-s", "-x"] {
        let nested = ["lock", outer, "a", "--", sandbox.binary(), "lock", "a", "--", "true"];
        sandbox.run(nested).exits(75).complains("this process itself has a");
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn two_sessions_that_merely_share_a_slot_are_named_as_such() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let slot = slot_of(MINE.as_bytes(), 32).unwrap();
    assert_eq!(slot, slot_of(SHARES.as_bytes(), 32).unwrap());
    let nested = format!("{} lock {SHARES} -- true; exit $?", sandbox.binary());
    sandbox
        .run(["lock", MINE, "--", "sh", "-c", &nested])
        .exits(75)
        .complains(&format!("a write lock on session \"{MINE}\""))
        .complains(&format!("session \"{SHARES}\" is another session on the same slot, {slot}"));
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_script_that_waits_for_its_own_holder_is_refused() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (outer, inner) in [("-x", "-s"), ("-s", "-x")] {
        let binary = sandbox.binary();
        let script = format!(
            "{binary} lock {outer} a; {binary} lock {inner} a -- true; s=$?; {binary} unlock a; exit $s"
        );
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).env_remove("SEMLOCK_HELD").env_remove("SEMLOCK_KEY");
        Finished::of(shell).exits(75).complains("which waits for this one");
        assert_free(block);
    }
}

#[test]
fn without_waiting_it_is_just_busy() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let nested = ["lock", "a", "--", sandbox.binary(), "lock", "-n", "-E", "3", "a", "--", "true"];
    sandbox.run(nested).exits(3).is_silent();
}

#[test]
fn the_environment_of_another_namespace_or_of_a_dead_ancestor_is_not_believed() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["-s", "a"]);
    for held in ["1:0:2:r:1:a", "nonsense", "4026531839:0:*:r:999999:", "::::::"] {
        let mut lock = sandbox.semlock(["lock", "-w", "0.01", "a", "--", "true"]);
        lock.env("SEMLOCK_HELD", held);
        Finished::of(lock).exits(75).is_silent();
    }
    drop(holder);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn an_ancestor_that_claims_a_lock_gets_a_lock_refused_and_nothing_else() {
    let (sandbox, block) = Sandbox::with_block(32);
    let (namespace, semid) = (semlock::internal::holder_namespace(), block.set().semid());
    let below_a_claim = |command: &str| {
        let held = format!("SEMLOCK_HELD={namespace}:{semid}:*:r:$$:a");
        let script = format!("{held} exec sh -c 'env -u SEMLOCK_HELD semlock {command}; exit $?'");
        let mut shell = sandbox.program("sh");
        shell.args(["-c", &script]);
        Finished::of(shell)
    };
    let holder = sandbox.hold(&["-s", "a"]);
    below_a_claim("lock a -- true").exits(75).complains("which waits for this one");
    below_a_claim("unlock a").exits(75);
    let counts = || block.set().values().unwrap().iter().sum::<u16>();
    assert_eq!(counts(), 1, "the other process has its lock");
    assert_eq!(holder.finish(), 0);
    below_a_claim("lock a -- true").exits(0);
    below_a_claim("unlock a").exits(1);
}

#[test]
fn a_command_finds_its_locks_in_its_environment() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let script = "echo $$ $SEMLOCK_HELD";
    let said = sandbox.run(["lock", "-s", "a b", "--slot", "3", "--", "sh", "-c", script]).stdout();
    let (pid, words) = said.trim().split_once(' ').unwrap();
    let namespace = semlock::internal::holder_namespace();
    let slot = slot_of(b"a b", 32).unwrap();
    assert_eq!(words, format!("{namespace}:0:{slot}:r:{pid}:a%20b {namespace}:0:3:r:{pid}:"));
    let all = sandbox.run(["lock", "--all", "--", "sh", "-c", script]).stdout();
    let (pid, words) = all.trim().split_once(' ').unwrap();
    assert_eq!(words, format!("{namespace}:0:*:w:{pid}:"));
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn the_first_process_of_a_pid_namespace_is_an_ancestor_as_any() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (outer, inner) in [("-x", "-x"), ("-s", "-x")] {
        let nested = format!("{} lock -w 60 {inner} a -- true; exit $?", sandbox.binary());
        let mut first = std::process::Command::new("unshare");
        first.args(["--pid", "--fork", "--mount-proc", sandbox.binary(), "lock", outer, "a", "--"]);
        first.args(["sh", "-c", &nested]).env_remove("SEMLOCK_HELD").env_remove("SEMLOCK_KEY");
        Finished::of(first).exits(75).complains("which waits for this one");
        assert_free(block);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_reader_inside_a_reader_that_somebody_drains_is_refused() {
    let (sandbox, block) = Sandbox::with_block(32);
    let nested = format!("read go; {} lock -s a -- true; echo $?; read end", sandbox.binary());
    let mut reader = sandbox.semlock(["lock", "-s", "a", "--", "sh", "-c", &nested]);
    reader.stderr(std::process::Stdio::null());
    let mut reader = Running::start(reader);
    crate::common::until("the reader is in", || {
        block.set().values().unwrap().iter().sum::<u16>() == 1
    });
    let drain = Running::start(sandbox.semlock(["lock", "--drain", "a", "--", "true"]));
    crate::common::until_waiting(block, 1);
    assert_eq!(reader.ask("go"), "75");
    reader.tell("end");
    assert_eq!(drain.finish(), 0);
    assert_free(block);
}

#[test]
fn a_refused_nested_lock_ends_as_the_conflict_exit_code_says() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let nested = ["lock", "a", "--", sandbox.binary(), "lock", "-E", "9", "a", "--", "true"];
    sandbox.run(nested).exits(9).complains("this process itself");
}

#[test]
fn the_environment_takes_the_locks_of_any_number_of_sessions() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let ids: Vec<_> = (0..4000).map(|id| format!("{id:032x}")).collect();
    let sessions: Vec<_> = ids.iter().map(String::as_str).collect();
    sandbox.run([&["lock"], &sessions[..], &["--", "true"]].concat()).exits(0).is_silent();
}
