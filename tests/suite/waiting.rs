//! What a person is told while a lock is waited for.

use std::fs;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::{Finished, Running, Sandbox, abandon, assert_free, perl, until, until_waiting};
use semlock::session::{Block, slot_of};
use semlock::sysv::Key;

/// A command line for a shell on a terminal of its own.
fn on_a_terminal(sandbox: &Sandbox, script: &str) -> Command {
    let mut terminal = Command::new("script");
    let script = script.replace("semlock", sandbox.binary());
    terminal.args(["-qefc", &script, "/dev/null"]).current_dir(&sandbox.directory);
    terminal.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
    terminal
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_wait_on_a_terminal_shows_for_whom_and_the_line_goes_when_it_ends() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let mut terminal = Running::start(on_a_terminal(&sandbox, "semlock lock a -- echo in"));
    terminal.reads(&format!(
        "waiting 1 s: write-locked by process {} (cat) (session \"a\")",
        holder.pid()
    ));
    terminal.reads("waiting 2 s");
    until_waiting(block, 1);
    assert_eq!(holder.finish(), 0);
    terminal.reads("\r\x1b[K");
    terminal.reads("in\r\n");
    assert_eq!(terminal.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_wait_elsewhere_is_silent_unless_verbose_asks_for_a_line() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["-s", "a"]);
    sandbox.run(["lock", "-w", "1.2", "a", "--", "true"]).exits(75).is_silent();
    let told = sandbox.run(["lock", "-w", "1.2", "--verbose", "a", "--", "true"]);
    let has_it = format!("slot 1 is read-locked by 1 process: process {} (cat)", holder.pid());
    told.exits(75)
        .complains("semlock: waiting 1 s: read-locked by 1 process (session \"a\")\n")
        .complains("semlock: cannot lock session \"a\": it is busy\n")
        .complains(&has_it);
    assert_eq!(told.stderr().lines().count(), 3);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_holder_tells_on_the_stderr_of_the_lock_that_started_it() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let mut lock = sandbox.semlock(["lock", "--verbose", "-w", "1.2", "a"]);
    lock.stderr(Stdio::piped());
    let output = lock.output().unwrap();
    assert_eq!(output.status.code(), Some(75));
    assert!(String::from_utf8_lossy(&output.stderr).contains("waiting 1 s: write-locked by"));
    drop(holder);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn an_interrupted_wait_leaves_no_line_behind() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    for lock in ["semlock lock a -- true", "semlock lock a"] {
        let script = format!("{lock}; echo \"status $?\"");
        let mut terminal =
            Running::start(on_a_terminal(&sandbox, &format!("trap : INT; {script}")));
        terminal.reads("waiting 1 s");
        terminal.tell("\x03");
        let rest = terminal.reads("status 130\r\n");
        let after = rest.rsplit("\r\x1b[K").next().unwrap();
        assert!(!after.contains("waiting"), "{rest:?}");
        until_waiting(block, 0);
        terminal.kill();
    }
    assert_eq!(holder.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_job_in_the_background_does_not_draw_on_the_terminal() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    for lock in ["semlock lock -w 1.5 a -- true", "semlock lock -w 1.5 a"] {
        let script = format!("set -m; {lock} & wait $!; echo \"status $?\"");
        let said = Finished::of(on_a_terminal(&sandbox, &script));
        let text = said.contains("status 75").stdout();
        assert!(!text.contains("waiting"), "{text:?}");
    }
    assert_eq!(holder.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn the_line_names_neither_the_dead_nor_the_waiting_process_itself() {
    let (sandbox, block) = Sandbox::with_block(32);
    let line = |options: &[&str]| {
        let mut lock = sandbox.semlock([&["lock", "--verbose", "-w", "1.5"], options].concat());
        lock.stderr(Stdio::piped());
        String::from_utf8(lock.output().unwrap().stderr).unwrap()
    };
    sandbox.run(["lock", "--persist", "a"]).exits(0);
    for how in [&["a", "--", "true"][..], &["a"]] {
        let said = line(how);
        assert!(
            said.contains("waiting 1 s: persistently write-locked (session \"a\")\n"),
            "{said}"
        );
    }
    sandbox.run(["unlock", "a"]).exits(0);
    let readers = [sandbox.hold(&["-s", "a"]), sandbox.hold(&["-s", "a"])];
    for how in [&["--drain", "a", "--", "true"][..], &["--drain", "a"]] {
        let said = line(how);
        assert!(
            said.contains("waiting 1 s: still read-locked by 2 processes (session \"a\")\n"),
            "{said}"
        );
    }
    for reader in readers {
        assert_eq!(reader.finish(), 0);
    }
    assert_free(block);
    abandon(block.writer(slot_of(b"a", 32).unwrap()));
    let said = line(&["a", "--", "true"]);
    assert!(said.contains(", which has ended (session \"a\")\n"), "{said}");
    assert!(said.contains("fix: semlock unlock --abandoned --key 31818 --session=a\n"), "{said}");
    sandbox.run(["unlock", "--abandoned", "--id", "0", "--session=a"]).exits(0);
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn what_is_busy_and_who_has_it_is_said_where_somebody_wants_to_know() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    for limit in ["-n", "-w0.01"] {
        for how in [&["a", "--", "true"][..], &["a"]] {
            let run = |options: &[&str]| sandbox.run([&["lock", limit], options, how].concat());
            run(&[]).exits(75).is_silent();
            let told = run(&["--verbose"]);
            let has_it = format!("write-locked by process {} (cat), which started ", holder.pid());
            told.exits(75).complains("cannot lock session \"a\": it is busy").complains(&has_it);
            let json = run(&["--format", "json", "-E", "9"]);
            let document: serde_json::Value =
                serde_json::from_str(json.exits(9).stderr().trim()).unwrap();
            assert_eq!(document["status"], 9);
            assert_eq!(document["block"]["semid"], block.set().semid().raw());
            assert_eq!(document["slots"][0]["writer"], true);
            assert_eq!(document["holders"][0]["pid"], holder.pid());
            assert_eq!(document["holders"][0]["mode"], "write");
            assert_eq!(document["holders"][0]["command"], "cat");
        }
    }
    let terminal = Finished::of(on_a_terminal(&sandbox, "semlock lock -n a -- true"));
    terminal.exits(75).contains("it is busy");
    assert_eq!(holder.finish(), 0);
    // Nothing names a reader of the Perl module.
    let mut application = perl(&sandbox, 32);
    assert_eq!(application.ask("read a"), "held");
    let told = sandbox.run(["lock", "-n", "--verbose", "a", "--", "true"]);
    told.exits(75).complains("read-locked by 1 process; the kernel does not record which");
}

/// What a process opens before it is in the queue, by strace(1).
#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_lock_that_is_not_free_is_queued_for_before_anything_is_looked_at() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let log = sandbox.directory.join("log");
    for how in [&["a"][..], &["--drain", "a"], &["-w", "60", "a"]] {
        let mut lock = Command::new("strace");
        lock.args(["-f", "-o"]).arg(&log).args([sandbox.binary(), "lock"]).args(how);
        lock.args(["--", "true"]).env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
        let lock = Running::start(lock);
        until_waiting(block, 1);
        let traced = || fs::read_to_string(&log).unwrap();
        // Who has it is found out after a while: by what the kernel names, not by a list.
        until("the look at the holder", || traced().contains(&format!("/proc/{}/", holder.pid())));
        let traced = traced();
        // strace would leave it behind.
        let pid = traced.split(' ').next().and_then(|pid| pid.parse().ok()).unwrap();
        kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
        assert_eq!(lock.finish(), 128 + 15);
        until_waiting(block, 0);
        let waits = |line: &&str| {
            let is_call = line.contains("semop(") || line.contains("semtimedop(");
            is_call && !line.contains("IPC_NOWAIT")
        };
        let before: Vec<_> = traced.lines().take_while(|line| !waits(line)).collect();
        assert!(before.len() < traced.lines().count(), "it did not wait: {traced}");
        // The C library's own start reads the one.
        let looks = |line: &&&str| line.contains("/proc") && !line.contains("/proc/self/exe");
        assert_eq!(before.iter().find(looks), None);
        assert!(!traced.contains("\"/proc\""), "a list of processes was read: {traced}");
    }
    assert_eq!(holder.finish(), 0);
}

#[test]
fn a_command_that_was_waited_for_on_a_terminal_gets_every_signal() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    let script = "semlock lock a -- grep SigBlk /proc/self/status";
    let mut terminal = Running::start(on_a_terminal(&sandbox, script));
    terminal.reads("waiting 1 s");
    until_waiting(block, 1);
    assert_eq!(holder.finish(), 0);
    terminal.reads("SigBlk:\t0000000000000000");
    assert_eq!(terminal.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn every_fix_is_for_the_block_that_the_lock_is_in() {
    let (sandbox, block) = Sandbox::with_block(32);
    sandbox.run(["create", "--key", "77", "--quiet"]).exits(0);
    let script = "semlock lock a; semlock lock --key 77 a; semlock lock --key 77 -w 60 a -- true";
    let script = script.replace("semlock", sandbox.binary());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{script}; read line; eval \"$line\"; read end")]);
    shell.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
    shell.stderr(fs::File::create(sandbox.directory.join("said")).unwrap());
    let mut shell = Running::start(shell);
    let said = || fs::read_to_string(sandbox.directory.join("said")).unwrap();
    until("the fix", || said().contains("fix: "));
    let fix = said().lines().find_map(|line| line.trim().strip_prefix("fix: ").map(String::from));
    shell.tell(&fix.unwrap().replacen("semlock", sandbox.binary(), 1));
    let other = Block::open(Key::new(77)).unwrap();
    until("the lock of the other block released", || {
        other.set().values().unwrap().iter().all(|&value| value == 0)
    });
    assert_eq!(block.set().values().unwrap().iter().sum::<u16>(), 1);
    shell.tell("end");
    shell.finish();
    until("the lock released", || block.set().values().unwrap().iter().all(|&value| value == 0));
}
