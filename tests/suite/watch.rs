//! `status --watch`: a screen on a terminal, one answer after the other elsewhere.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{Finished, Running, Sandbox, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::Set;

const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// A command line for a shell on a terminal of its own, of 24 rows and 80 columns.
fn on_a_terminal(sandbox: &Sandbox, script: &str) -> Running {
    let mut terminal = Command::new("script");
    let script = script.replace("semlock", sandbox.binary());
    let script = format!("stty rows 24 cols 80; stty -g >before; tty; {script}");
    terminal.args(["-qefc", &script, "/dev/null"]).current_dir(&sandbox.directory);
    terminal.env_remove("SEMLOCK_KEY").env("TERM", "xterm").env("SHELL", "/bin/sh");
    Running::start(terminal)
}

/// Whether the terminal has the modes that it had before.
fn assert_restored(sandbox: &Sandbox) {
    let read = |name: &str| fs::read_to_string(sandbox.directory.join(name)).unwrap();
    assert_eq!(read("after"), read("before"));
}

/// Sets the size of the terminal of a shell; its foreground gets SIGWINCH.
fn resize(terminal: &str, rows: &str, columns: &str) {
    let mut stty = Command::new("stty");
    stty.args(["-F", terminal, "rows", rows, "cols", columns]);
    Finished::of(stty).exits(0);
}

#[test]
fn q_ends_it_and_the_terminal_is_as_before() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let mut terminal =
        on_a_terminal(&sandbox, "semlock status --watch; echo \"status $?\"; stty -g >after");
    let before = terminal.reads(&format!("{ENTER}\x1b[Hsemlock status  every 2s  "));
    assert!(!before.contains("key"), "{before:?}");
    let frame = terminal.reads("no slot is in use\x1b[K\x1b[J");
    assert!(!frame.contains("\x1b[2J"), "{frame:?}");
    terminal.tell("q");
    terminal.reads(LEAVE);
    terminal.reads("status 0\r\n");
    terminal.finish();
    assert_restored(&sandbox);
}

#[test]
fn a_terminal_that_cannot_be_a_screen_gets_one_answer_after_the_other() {
    let (sandbox, _block) = Sandbox::with_block(34);
    for term in ["dumb", ""] {
        let script =
            format!("trap : INT; TERM={term} semlock status --watch 1h; echo \"status $?\"");
        let mut terminal = on_a_terminal(&sandbox, &script);
        let answer = terminal.reads("no slot is in use");
        assert!(answer.contains("semlock status  every 1h  "), "{answer:?}");
        assert!(!answer.contains(ENTER), "{answer:?}");
        terminal.tell("\x03");
        terminal.reads("status 130\r\n");
        terminal.finish();
    }
}

#[test]
fn a_signal_ends_it_and_the_terminal_is_as_before() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let script = "trap : INT QUIT; sh -c 'echo \"pid $$\"; exec semlock status --watch 1h'; \
                  echo \"status $?\"; stty -g >after; echo end";
    for (signal, status) in [
        (Some(Signal::SIGTERM), 143),
        (Some(Signal::SIGHUP), 129),
        (Some(Signal::SIGINT), 130),
        (None, 130),
    ] {
        let mut terminal = on_a_terminal(&sandbox, script);
        let pid = terminal.reads(ENTER);
        let pid = pid.split("pid ").nth(1).and_then(|pid| pid.split_whitespace().next());
        let pid: i32 = pid.unwrap().parse().unwrap();
        terminal.reads("no slot is in use");
        match signal {
            Some(signal) => kill(Pid::from_raw(pid), signal).unwrap(),
            None => terminal.tell("\x03"),
        }
        terminal.reads(LEAVE);
        terminal.reads(&format!("status {status}\r\n"));
        terminal.reads("end");
        terminal.kill();
        assert_restored(&sandbox);
    }
}

#[test]
fn a_job_that_is_stopped_gives_the_terminal_back_and_takes_it_again() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let script = "set -m; semlock status --watch 1h; stty -g >after; echo stopped; \
                  fg >/dev/null; echo \"status $?\"";
    let mut terminal = on_a_terminal(&sandbox, script);
    terminal.reads(ENTER);
    terminal.reads("no slot is in use");
    terminal.tell("\x1a");
    terminal.reads(LEAVE);
    terminal.reads("stopped\r\n");
    assert_restored(&sandbox);
    terminal.reads(ENTER);
    terminal.reads("no slot is in use");
    terminal.tell("q");
    terminal.reads(LEAVE);
    terminal.reads("status 0\r\n");
    terminal.kill();
}

#[test]
fn a_job_in_the_background_draws_nothing() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let script = "set -m; semlock status --watch 0.1 & sleep 1; kill $!; wait $!; \
                  echo \"status $?\"";
    let mut terminal = on_a_terminal(&sandbox, script);
    let seen = terminal.reads("status 143");
    assert!(!seen.contains("semlock status") && !seen.contains('\x1b'), "{seen:?}");
    terminal.kill();
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn another_size_is_drawn_at_once_and_what_is_wrong_stays_in_sight() {
    let sandbox = Sandbox::new();
    for _ in 0..40 {
        Set::create_private(1, 0o600).unwrap();
    }
    let script = "semlock status --all --limit-warn 0.0001 --watch 1h".replace("0.0001", "1");
    fs::write("/proc/sys/kernel/sem", "32000 1024000000 500 41").unwrap();
    let mut terminal = on_a_terminal(&sandbox, &script);
    let tty = terminal.reads("\n").trim().to_owned();
    let first = terminal.reads("\x1b[J");
    assert!(first.contains(" more lines\x1b[K"), "{first:?}");
    for (rows, columns) in [(12, 80), (50, 60), (9, 40)] {
        resize(&tty, &rows.to_string(), &columns.to_string());
        // A frame of the size before may still come first.
        let lines = loop {
            let frame = terminal.reads("\x1b[J");
            let drawn = frame.split("\x1b[H").last().unwrap();
            let line = |line: &str| line.split("\x1b[K").next().unwrap().to_owned();
            let lines: Vec<_> = drawn.split("\r\n").map(line).collect();
            if lines.len() <= rows {
                break lines;
            }
        };
        let more = lines.iter().position(|line| line.ends_with(" more lines")).unwrap();
        let finding = lines.iter().rposition(|line| line.contains("limit")).unwrap();
        assert!(more < finding, "{lines:#?}");
    }
    terminal.tell("q");
    terminal.reads(LEAVE);
    terminal.finish();
}

#[test]
fn what_cannot_be_shown_is_said_in_the_frame_and_it_goes_on() {
    let (sandbox, block) = Sandbox::with_block(34);
    let mut terminal = on_a_terminal(&sandbox, "semlock status --watch 0.01");
    terminal.reads("every 100ms");
    terminal.reads("no slot is in use");
    block.set().remove().unwrap();
    terminal.reads("cannot show block 31818");
    Block::create(DEFAULT_KEY, 8, 0o700).unwrap();
    terminal.reads("4; session ids of 13 or more characters use 1");
    terminal.tell("q");
    let rest = terminal.reads(LEAVE);
    assert!(!rest.contains(ENTER), "{rest:?}");
    terminal.finish();
}

#[test]
fn elsewhere_each_answer_has_a_heading_or_is_a_document_on_a_line() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let watch = |options: &[&str]| {
        let mut watch = sandbox.semlock([&["status", "--watch", "1ms"], options].concat());
        watch.stderr(Stdio::null());
        Running::start(watch)
    };
    let mut people = watch(&[]);
    for _ in 0..2 {
        assert!(people.line().starts_with("semlock status  every 100ms  "));
        assert_eq!(people.line(), "");
        people.reads("no slot is in use\n\n");
    }
    people.kill();
    let mut json = watch(&["--format", "json"]);
    for _ in 0..2 {
        let document: serde_json::Value = serde_json::from_str(&json.line()).unwrap();
        assert_eq!(document["block"]["nsems"], 34);
    }
    json.kill();
    let mut programs = watch(&["--columns", "slot", "--slots", "all", "--no-headers"]);
    programs.reads("16\n\n");
    programs.reads(" 0\n");
    programs.kill();
    let mut metrics = watch(&["--format", "prometheus"]);
    metrics.reads("# EOF\n");
    metrics.reads("# EOF\n");
    metrics.kill();
}

#[test]
fn it_ends_when_nobody_reads_any_more() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{} status --watch 1h | head -1", sandbox.binary())]);
    Finished::of(shell).exits(0).contains("semlock status  every 1h  ");
    let mut watch = sandbox.semlock(["status", "--watch", "10ms"]);
    let mut child = watch.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    until("the end", || child.try_wait().unwrap().is_some());
}
