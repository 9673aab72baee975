//! `semlock lock` without COMMAND: the holder process, persistent locks, and
//! what remains in the block after whatever may happen.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{Finished, Running, Sandbox, assert_free, holders, until, until_waiting};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use semlock::session::{Block, slot_of};
use semlock::sysv;

/// A shell script, with the binary as `semlock`; says what it wants to say.
fn shell(sandbox: &Sandbox, script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("semlock() {{ {} \"$@\"; }}\n{script}", sandbox.binary()));
    shell
        .env_remove("SEMLOCK_KEY")
        .env_remove("SEMLOCK_HELD")
        .stdin(Stdio::null())
        .current_dir(&sandbox.directory);
    shell
}

/// The same on a terminal of its own.
fn on_a_terminal(sandbox: &Sandbox, script: &str) -> Command {
    fs::write(
        sandbox.directory.join("script"),
        format!("semlock() {{ {} \"$@\"; }}\n{script}", sandbox.binary()),
    )
    .unwrap();
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", "exec sh ./script", "/dev/null"]).current_dir(&sandbox.directory);
    terminal.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
    terminal
}

fn writer_of_a(block: Block) -> i32 {
    block.set().value(block.writer(slot_of(b"a", 32).unwrap()).into()).unwrap()
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn the_lock_of_a_script_is_held_until_the_script_ends() {
    let (sandbox, block) = Sandbox::with_block(32);
    let script = shell(&sandbox, "semlock lock a || exit; echo held; read line");
    let mut script = Running::start(script);
    assert_eq!(script.line(), "held");
    sandbox.run(["lock", "-n", "a", "--", "true"]).exits(75);
    assert_eq!(holders().len(), 1);
    assert_eq!(
        block.set().pid(block.writer(slot_of(b"a", 32).unwrap()).into()).unwrap(),
        sysv::Pid::new(holders()[0])
    );
    assert_eq!(script.finish(), 1);
    until("the lock given back", || writer_of_a(block) == 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn the_holder_shows_what_it_is_and_keeps_nothing_that_it_inherited() {
    let (sandbox, block) = Sandbox::with_block(32);
    let binary = sandbox.binary();
    let script = format!("exec 7<.; x=$({binary} lock -s a); echo got:$x; read line");
    let script = shell(&sandbox, &script);
    let mut script = Running::start(script);
    assert_eq!(script.line(), "got:");
    let holder = holders()[0];
    let words = fs::read_to_string(format!("/proc/{holder}/cmdline")).unwrap().replace('\0', " ");
    let begin = format!("semlock hold --for={} --id=0 --namespace=", script.pid());
    assert!(words.starts_with(&begin) && words.trim().ends_with("--shared --session=a"), "{words}");
    let kept = || {
        let descriptors = fs::read_dir(format!("/proc/{holder}/fd")).unwrap().flatten();
        let mut kept: Vec<_> = descriptors.filter_map(|fd| fs::read_link(fd.path()).ok()).collect();
        kept.sort();
        kept.dedup();
        kept.into_iter()
            .map(|path| path.into_os_string().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    until("descriptors let go", || kept() == ["/dev/null", "anon_inode:[pidfd]"]);
    assert_eq!(fs::read_link(format!("/proc/{holder}/cwd")).unwrap().to_str(), Some("/"));
    assert_eq!(script.finish(), 1);
    until("the lock given back", || block.set().values().unwrap().iter().all(|&value| value == 0));
}

#[test]
fn another_process_can_be_named_as_owner() {
    let (sandbox, block) = Sandbox::with_block(32);
    let owner = sandbox.hold(&["b"]);
    sandbox.run(["lock", "--for", &owner.pid().to_string(), "a"]).exits(0).is_silent();
    assert_eq!(writer_of_a(block), 1);
    owner.kill();
    until("the lock given back", || writer_of_a(block) == 0);
    sandbox.run(["lock", "--for", "2147483647", "a"]).exits(64).complains("ESRCH");
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn lock_without_a_command_has_the_statuses_of_lock_with_one() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    sandbox.run(["lock", "-n", "a"]).exits(75).is_silent();
    sandbox.run(["lock", "-w", "0.05", "-E", "9", "a"]).exits(9).is_silent();
    sandbox.run(["lock", ""]).exits(65);
    sandbox.run(["lock", "--key", "5", "a"]).exits(66);
    sandbox.run(["lock", "--nsems", "16", "a"]).exits(73);
    let waiter = Running::start(sandbox.semlock(["lock", "a"]));
    until_waiting(block, 1);
    sandbox.run(["remove", "--force"]).exits(0);
    assert_eq!(waiter.finish(), 69);
    drop(holder);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn interrupting_a_lock_that_waits_leaves_no_holder() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL] {
        let (sandbox, block) = Sandbox::with_block(32);
        let holder = sandbox.hold(&["a"]);
        let waiter = Running::start(sandbox.semlock(["lock", "a"]));
        until_waiting(block, 1);
        waiter.signal(signal);
        assert_eq!(waiter.finish(), 128 + signal as i32);
        until_waiting(block, 0);
        until("no holder left", || holders().is_empty());
        assert_eq!(holder.finish(), 0);
        assert_free(block);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_lock_that_waits_for_a_script_that_has_died_is_given_up() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let script = Running::start(shell(&sandbox, "semlock lock a; exit"));
    until_waiting(block, 1);
    script.kill();
    until_waiting(block, 0);
    until("no holder left", || holders().is_empty());
    assert_eq!(holder.finish(), 0);
    assert_free(block);
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Exit,
    /// To the process that holds the lock; where there is none, to the script.
    Signal(Signal),
    HangUp,
    OwnerKilled,
}

const EVENTS: [Event; 5] = [
    Event::Exit,
    Event::Signal(Signal::SIGTERM),
    Event::Signal(Signal::SIGKILL),
    Event::HangUp,
    Event::OwnerKilled,
];

/// Runs a script that locks session `a`, lets `event` happen to it, and waits
/// until `expected` remains of the writer flag.
fn happens(script: &str, event: Event, expected: i32) {
    let (sandbox, block) = Sandbox::with_block(32);
    let script = format!("echo $$ >pid; {script}; exit");
    // The end of a session's leader hangs up the terminal, too: only one event may.
    let program = if event == Event::HangUp {
        on_a_terminal(&sandbox, &script)
    } else {
        shell(&sandbox, &script)
    };
    let mut program = Running::start(program);
    program.reads("held");
    let script: i32 =
        fs::read_to_string(sandbox.directory.join("pid")).unwrap().trim().parse().unwrap();
    let holder = block.set().pid(block.writer(slot_of(b"a", 32).unwrap()).into()).unwrap();
    let holder = holder.unwrap().raw();
    let target = if kill(Pid::from_raw(holder), None).is_ok() { holder } else { script };
    match event {
        Event::Exit => program.tell("end"),
        Event::Signal(signal) => kill(Pid::from_raw(target), signal).unwrap(),
        Event::HangUp => program.signal(Signal::SIGKILL),
        Event::OwnerKilled => kill(Pid::from_raw(script), Signal::SIGKILL).unwrap(),
    }
    if event == Event::OwnerKilled || event == Event::HangUp {
        until("the script ended", || !lives(script));
    }
    until("what remains", || writer_of_a(block) == expected);
    program.kill();
    if expected == 1 {
        until("the command ended, its input closed", || writer_of_a(block) == 0);
    }
}

fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn the_lock_of_a_command_ends_with_the_command_and_only_with_it() {
    let script = "semlock lock a -- sh -c 'echo held; read line'";
    for event in EVENTS {
        // The command is no child of the lock's, so it outlives a killed script.
        happens(script, event, i32::from(event == Event::OwnerKilled));
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn the_lock_of_an_owner_ends_with_the_owner_or_its_holder() {
    let script = "semlock lock a; echo held; read line";
    for event in EVENTS {
        happens(script, event, 0);
    }
}

/// The writer semaphore of session "a" with a persistent lock: 16,384 and its tag.
const PERSISTENT_A: i32 = 16384 + 8963;

#[test]
fn a_persistent_lock_outlives_everything() {
    let script = "semlock lock --persist a; echo held; read line";
    for event in EVENTS {
        happens(script, event, PERSISTENT_A);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_command_substitution_does_not_wait_for_the_holder() {
    let (sandbox, block) = Sandbox::with_block(32);
    let script = format!(
        "x=$({} lock a 2>&1); {0} lock -n b; {0} lock -n a -- true; echo $?",
        sandbox.binary()
    );
    Finished::of(shell(&sandbox, &script)).exits(0).prints("75\n");
    until("the lock given back", || block.set().values().unwrap().iter().all(|&value| value == 0));
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn closed_standard_descriptors_are_no_obstacle() {
    let (sandbox, block) = Sandbox::with_block(32);
    let locks = "semlock lock a <&- >&- 2>&-; semlock lock b <&- >&-; semlock lock c 2>&- >&-";
    let script =
        format!("{locks}; semlock status --format json 2>&-; semlock unlock a b c <&- >&- 2>&-");
    let report = Finished::of(shell(&sandbox, &script)).exits(0).json();
    let states = report["slots"].as_array().unwrap().iter().map(|slot| slot["state"].clone());
    assert_eq!(states.collect::<Vec<_>>(), ["write"; 3]);
    assert_free(block);
}

#[test]
fn who_is_called_from_another_session_must_name_its_owner() {
    let (sandbox, block) = Sandbox::with_block(32);
    let mut detached = Command::new("setsid");
    detached.args(["--wait", sandbox.binary(), "lock", "a"]).env_remove("SEMLOCK_KEY");
    Finished::of(detached).exits(64).complains("--for");
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_holder_that_is_killed_while_it_waits_is_told() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let mut lock = sandbox.semlock(["lock", "a"]);
    lock.stderr(Stdio::piped());
    let lock = lock.spawn().unwrap();
    until_waiting(block, 1);
    kill(Pid::from_raw(holders()[0]), Signal::SIGTERM).unwrap();
    let output = lock.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(71));
    assert!(String::from_utf8_lossy(&output.stderr).contains("was killed"));
    assert_eq!(holder.finish(), 0);
}
