//! What the README shows is what happens: each command runs, and each output is
//! compared.

use std::fs;
use std::process::Command;

use crate::common::console::{self, StandIn, terminal};
use crate::common::markdown::code_blocks;
use crate::common::offered::are_accepted;
use crate::common::{
    Finished, OLD, Running, Sandbox, assert_free, until, until_the_sets_are_older_than,
    until_waiting,
};

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
fn blocks(language: &str) -> Vec<String> {
    let blocks = code_blocks(README).into_iter();
    blocks.filter(|(its, _)| its == language).map(|(_, block)| block).collect()
}

/// The one block of this language that begins so.
#[track_caller]
fn block(language: &str, begin: &str) -> String {
    let mut found = blocks(language);
    found.retain(|block| block.starts_with(begin));
    assert_eq!(found.len(), 1, "{language} blocks that begin with {begin:?}");
    found.remove(0)
}

/// Runs the one console block that begins so.
#[track_caller]
fn shows(sandbox: &Sandbox, begin: &str, stand_ins: &[StandIn]) {
    console::shows(&block("console", begin), stand_ins, |command| terminal(sandbox, command));
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
    shows(&sandbox, "$ semlock status\n", &pids);
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
    shows(&sandbox, "$ semlock status --all --check\n", &[]);
}

#[test]
fn probe_max_shows_what_the_limits_allow() {
    let sandbox = Sandbox::new();
    set_limits();
    shows(&sandbox, "$ semlock probe-max\n", &[]);
}

#[test]
fn every_output_is_compared() {
    assert_eq!(blocks("console").len(), 3, "a test for each console block, and no more");
}

#[test]
fn the_command_for_a_fresh_checkout_locks_a_session() {
    let sandbox = Sandbox::new();
    let line = block("sh", "cargo run").replace("cargo run --release --quiet --", "semlock");
    Finished::of(sandbox.shell(&line)).exits(0).prints("locked\n");
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
fn make_uninstall_removes_all_that_make_install_has_installed() {
    let sandbox = Sandbox::new();
    let make = |target| {
        let mut make = sandbox.program("make");
        make.args(["-C", env!("CARGO_MANIFEST_DIR"), "-o", "build", target]);
        make.arg(format!("DESTDIR={}/root", sandbox.directory.display()));
        make.arg(format!("BINARY={}", sandbox.binary()));
        Finished::of(make).exits(0);
    };
    let files = || Finished::of(sandbox.shell("find root ! -type d")).exits(0).stdout();
    make("install");
    assert!(files().contains("root/usr/local/bin/semlock\n"));
    make("uninstall");
    assert_eq!(files(), "");
}

#[test]
fn a_session_file_is_removed_under_its_lock() {
    let (sandbox, locks) = Sandbox::with_block(34);
    fs::write(sandbox.directory.join("0d9e"), "").unwrap();
    let line = block("sh", "semlock lock \"$id\" -- rm").replace("/var/lib/app/sessions/", "");
    Finished::of(sandbox.shell(&format!("id=0d9e\n{line}"))).exits(0).is_silent();
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
    let run = sandbox.shell(&format!("id=0d9e; {install}\n{script}"));
    Finished::of(run).exits(0).prints(" write\n");
    assert_free(locks);
}

#[test]
fn a_ci_job_creates_a_block_of_the_recommended_size() {
    let sandbox = Sandbox::new();
    set_limits();
    let script = format!("set -e\n{}", block("sh", "semlock probe-max"));
    Finished::of(sandbox.shell(&script)).exits(0).contains("semaphores");
}

#[test]
fn every_command_in_the_text_is_one() {
    assert!(are_accepted(README) > 4);
}
