//! What the README shows is what happens: each command runs, and each output is
//! compared.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Parser;

use crate::common::{
    Finished, OLD, Running, Sandbox, assert_free, perl, until, until_the_sets_are_older_than,
    until_waiting,
};
use semlock::internal::Cli;

const README: &str = include_str!("../../README.md");

/// Takes the write locks of two slots, one after the other, each when it is told.
const APPLICATION: &str = r#"
    $| = 1;
    my $id = semget(31818, 0, 0700);
    while (my $slot = <STDIN>) {
        my ($reader, $writer) = ($slot, $slot + 17);
        semop($id, pack 's!9', $reader, 0, 0, $writer, 0, 0, $writer, 1, 0x1000) or die;
        print "held\n";
    }"#;

/// Creates the application's block and, as www-data's server that is killed again and
/// again, private sets that it has used.
const SERVER: &str = "
    ($), $() = (33, 33); ($>, $<) = (33, 33);
    semget(31818, 34, 01700) // die;
    for (1 .. 127) {
        semop(semget(0, 1, 0600), pack 's!3', 0, 1, 0) or die;
    }";

/// The blocks of this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    README.split(&begin).skip(1).map(|text| text.split("```").next().unwrap()).collect()
}

/// The one block of this language that begins so.
#[track_caller]
fn block(language: &str, begin: &str) -> &'static str {
    let found: Vec<_> =
        blocks(language).into_iter().filter(|block| block.starts_with(begin)).collect();
    assert_eq!(found.len(), 1, "{language} blocks that begin with {begin:?}");
    found[0]
}

/// A shell in the sandbox, which finds semlock.
fn shell(sandbox: &Sandbox, script: &str) -> Command {
    let mut shell = sandbox.shell(script);
    shell.arg("script");
    shell
}

/// The commands of a console block, each with its output.
fn commands(console: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = console.strip_prefix("$ ").unwrap().split("\n$ ");
    parts.map(|part| part.split_once('\n').unwrap_or((part, "")))
}

/// Whether the output is what is shown, where `...` stands for any lines. Pids and
/// ages vary, and with them the width of columns.
fn is_shown(shown: &str, printed: &str, pids: &[(String, &str)]) -> bool {
    let words = |line: &str| line.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    let printed =
        pids.iter().fold(printed.to_owned(), |text, (pid, shown)| text.replace(pid, shown));
    let printed: Vec<_> = printed.lines().map(words).collect();
    let mut rest = &printed[..];
    let mut is_elided = false;
    for line in shown.lines().map(words) {
        if line == "..." {
            is_elided = true;
            continue;
        }
        let skipped = if is_elided { rest.iter().position(|next| *next == line) } else { Some(0) };
        match skipped.filter(|&at| rest.get(at) == Some(&line)) {
            Some(at) => rest = &rest[at + 1..],
            None => return false,
        }
        is_elided = false;
    }
    is_elided || rest.is_empty()
}

/// A word, or what stands for an age.
fn word(word: &str) -> &str {
    let is_age = word.strip_suffix('s').is_some_and(|age| age.parse::<u8>().is_ok());
    if is_age { "AGE" } else { word }
}

/// Runs the commands of a block, and compares what they print.
#[track_caller]
fn shows(sandbox: &Sandbox, console: &str, pids: &[(String, &str)]) {
    for (command, shown) in commands(console) {
        let printed = Finished::of(shell(sandbox, command)).stdout();
        assert!(
            is_shown(shown, &printed, pids),
            "README.md shows of {command}:\n{shown}\nand it prints:\n{printed}"
        );
    }
}

fn set_limits() {
    fs::write("/proc/sys/kernel/sem", "250 32000 100 128").unwrap();
}

#[test]
fn status_shows_the_deadlock() {
    let (sandbox, locks) = Sandbox::with_block(34);
    fs::write(sandbox.directory.join("app.pl"), APPLICATION).unwrap();
    let start = || {
        let mut perl = Command::new("perl");
        perl.arg("app.pl").current_dir(&sandbox.directory);
        Running::start(perl)
    };
    let [mut one, mut other] = [start(), start()];
    assert_eq!(one.ask("3"), "held");
    assert_eq!(other.ask("4"), "held");
    one.tell("4");
    other.tell("3");
    until_waiting(locks, 2);
    until("both wait", || one.waits_for_a_semaphore() && other.waits_for_a_semaphore());
    let pids = [(one.pid().to_string(), "18301"), (other.pid().to_string(), "18305")];
    shows(&sandbox, block("console", "$ semlock status\n"), &pids);
}

#[test]
#[ignore = "needs root"]
fn a_full_table_is_reported_and_emptied() {
    let sandbox = Sandbox::new();
    set_limits();
    let mut server = Command::new("perl");
    server.args(["-e", SERVER]);
    Finished::of(server).exits(0);
    until_the_sets_are_older_than(OLD);
    shows(&sandbox, block("console", "$ semlock status --all --check\n"), &[]);
}

#[test]
fn probe_max_shows_what_the_limits_allow() {
    let sandbox = Sandbox::new();
    set_limits();
    shows(&sandbox, block("console", "$ semlock probe-max\n"), &[]);
}

#[test]
fn every_output_is_compared() {
    assert_eq!(blocks("console").len(), 3, "a test for each console block, and no more");
}

#[test]
fn an_output_that_is_not_printed_is_noticed() {
    let pids = [("77".to_owned(), "18301")];
    for (shown, printed, expected) in [
        ("a b\n", "a   b\n", true),
        ("a b\n", "a c\n", false),
        ("a\n", "a\nb\n", false),
        ("a\n...\n", "a\nb\n", true),
        ("...\nb\n", "a\nb\n", true),
        ("...\nc\n", "a\nb\n", false),
        ("a\n...\nc\n", "a\nb\n", false),
        ("18301 4s\n", "77 0s\n", true),
        ("18305 4s\n", "77 0s\n", false),
    ] {
        assert_eq!(is_shown(shown, printed, &pids), expected, "{shown:?} and {printed:?}");
    }
}

#[test]
fn the_command_for_a_fresh_checkout_locks_a_session() {
    let sandbox = Sandbox::new();
    let line = block("sh", "cargo run").replace("cargo run --release --quiet --", "semlock");
    Finished::of(shell(&sandbox, &line)).exits(0).prints("locked\n");
    sandbox.run(["remove"]).exits(0);
}

#[test]
fn the_makefile_has_each_target() {
    let makefile = include_str!("../../Makefile");
    for line in block("sh", "make ").lines() {
        let mut words = line.split('#').next().unwrap().split_whitespace();
        assert_eq!(words.next(), Some("make"));
        let target = words.next().unwrap_or("build");
        assert!(makefile.contains(&format!("\n{target}:")), "no target {target}");
    }
}

#[test]
fn a_session_file_is_removed_under_its_lock() {
    let (sandbox, locks) = Sandbox::with_block(34);
    fs::write(sandbox.directory.join("0d9e"), "").unwrap();
    let line = block("sh", "semlock lock \"$id\" -- rm").replace("/var/lib/app/sessions/", "");
    Finished::of(shell(&sandbox, &format!("id=0d9e\n{line}"))).exits(0).is_silent();
    assert!(!sandbox.directory.join("0d9e").exists());
    assert_free(locks);
}

#[test]
fn a_script_keeps_the_lock_until_it_unlocks_it() {
    let (sandbox, locks) = Sandbox::with_block(34);
    let change = "#!/bin/sh\nsemlock status --no-headers --columns state\n";
    fs::write(sandbox.directory.join("change.source"), change).unwrap();
    let script = block("sh", "semlock lock \"$id\" || exit\n");
    let install = "install -m755 change.source change";
    let run = shell(&sandbox, &format!("id=0d9e; {install}\n{script}"));
    Finished::of(run).exits(0).prints(" write\n");
    assert_free(locks);
}

#[test]
fn a_ci_job_creates_a_block_of_the_recommended_size() {
    let sandbox = Sandbox::new();
    set_limits();
    let script = format!("set -e\n{}", block("sh", "semlock probe-max"));
    Finished::of(shell(&sandbox, &script)).exits(0).contains("semaphores");
}

/// Each command in the text: from `semlock` to the next backtick.
fn commands_in_the_text() -> impl Iterator<Item = &'static str> {
    let prose = README.split("```").step_by(2);
    let spans = prose.flat_map(|text| text.split('`').skip(1).step_by(2));
    spans.filter(|span| span.starts_with("semlock "))
}

#[test]
fn every_command_in_the_text_is_one() {
    assert!(commands_in_the_text().count() > 4);
    for command in commands_in_the_text() {
        let words = command.split_whitespace().map(|word| word.trim_matches('"'));
        if let Err(error) = Cli::try_parse_from(words) {
            panic!("{command}: {error}");
        }
    }
}

#[test]
fn the_purger_removes_old_sessions_and_leaves_those_that_perl_has_open() {
    let (sandbox, block) = Sandbox::with_block(34);
    let sessions = sandbox.directory.join("sessions");
    fs::create_dir(&sessions).unwrap();
    let [open, old, new] = ["0d9e", "1c8f", "-2b70"].map(|id| sessions.join(id));
    for (file, age) in [(&open, "40 days ago"), (&old, "40 days ago"), (&new, "today")] {
        fs::write(file, "").unwrap();
        Finished::of(touch(file, age)).exits(0);
    }
    let mut perl = perl(&sandbox, 34);
    assert_eq!(perl.ask("read 0d9e"), "held");
    purge(&sandbox, &sessions).exits(0).prints("in use, skipped: ./0d9e\n");
    assert_eq!([&open, &old, &new].map(|file| file.exists()), [true, false, true]);
    assert_eq!(perl.ask("release"), "released");
    Finished::of(touch(&new, "40 days ago")).exits(0);
    purge(&sandbox, &sessions).exits(0).prints("");
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 0);
    assert_free(block);
}

#[test]
fn the_purger_stops_when_there_is_no_block() {
    let sandbox = Sandbox::new();
    let file = sandbox.directory.join("1c8f");
    fs::write(&file, "").unwrap();
    Finished::of(touch(&file, "40 days ago")).exits(0);
    purge(&sandbox, &sandbox.directory).exits(1).complains("cannot purge ./1c8f");
    assert!(file.exists());
}

fn touch(file: &Path, age: &str) -> Command {
    let mut touch = Command::new("touch");
    touch.args(["-d", age, "--"]).arg(file);
    touch
}

fn purge(sandbox: &Sandbox, directory: &Path) -> Finished {
    let mut purge = shell(sandbox, block("sh", "#!/bin/sh\n# purge-sessions"));
    purge.arg(directory);
    Finished::of(purge)
}
