//! Answers and mistakes reach whoever asked, in every form.

use std::process::Command;

use crate::common::remedy::failure;
use crate::common::{Finished, Sandbox};
use semlock::session::slot_of;

#[test]
fn mistakes_have_a_reason_a_name_and_an_errno_in_json_too() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let json = |arguments: &[&str]| {
        let run = [arguments, &["--format", "json"]].concat();
        failure(&sandbox.run(run))
    };
    let missing = json(&["unlock"])["error"].as_str().unwrap().to_owned();
    assert!(missing.contains("--slot or --all"), "{missing}");
    let empty = json(&["status", ""]);
    assert_eq!((&empty["reason"], &empty["status"]), (&"no-slot".into(), &65.into()));
    assert_eq!(json(&["unlock", "--slot", "16"])["reason"], "no-slot");
    let run = |command: &str| {
        failure(&sandbox.run(["lock", "--format", "json", "a", "--", command]))["errno"].clone()
    };
    assert_eq!((run("/no/such/file"), run("/")), ("ENOENT".into(), "EACCES".into()));
    for (command, reason) in [("/no/such/file", "not-found"), ("/", "cannot-run")] {
        let run = ["lock", "--format", "json", "a", "--", command];
        assert_eq!(failure(&sandbox.run(run))["reason"], reason);
    }
    assert_eq!(json(&["lock", "--create=4", "--nsems=6", "a"])["reason"], "usage");
    let mut bad = sandbox.semlock(["status", "--format", "json"]);
    bad.env("SEMLOCK_KEY", "seven");
    assert_eq!(failure(&Finished::of(bad))["reason"], "usage");
}

#[test]
fn an_eighth_persistent_reader_is_told_that_there_are_seven() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let persist = ["lock", "-s", "--persist", "a"];
    for _ in 0..7 {
        sandbox.run(persist).exits(0);
    }
    sandbox
        .run(persist)
        .exits(71)
        .complains("cause: a slot can have at most seven persistent read locks, and");
    let slot = slot_of(b"a", 32).unwrap().to_string();
    sandbox.run(["unlock", "--slot", &slot]).exits(0);
    sandbox.run(persist).exits(0);
}

#[test]
fn an_answer_that_nobody_can_get_is_a_failure() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let closed = |arguments: &str| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{} {arguments} >&-", sandbox.binary()));
        Finished::of(shell)
    };
    for arguments in [
        "status",
        "status --all",
        "create --key 5",
        "probe-max",
        "remove",
        "remove --dry-run",
        "remove --all --yes",
        "unlock --abandoned --all",
        "--version",
        "create --help",
    ] {
        closed(arguments).exits(71).complains("standard output: Bad file number (EBADF)");
    }
    sandbox.run(["status", "--key", "5"]).exits(66);
    closed("status --check --quiet").exits(0);
    closed("remove --quiet").exits(0);
    let mut full = sandbox.semlock(["create", "--nsems", "34"]);
    full.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let full = Finished::of_stderr(full);
    full.exits(71)
        .complains("(ENOSPC)")
        .complains("  cause: block 31818 (0x00007c4a) exists, as requested");
    sandbox.run(["status"]).exits(0);
}

#[test]
fn a_file_that_has_reached_its_limit_hides_nothing_that_was_done() {
    let sandbox = Sandbox::new();
    for (subcommand, done) in [
        ("create", "  cause: block 31818 (0x00007c4a) exists, as requested"),
        ("remove", "  evidence: removed semid 0, key 31818 (0x00007c4a), "),
    ] {
        let answer = sandbox.directory.join("answer");
        let script = format!("ulimit -f 0; semlock {subcommand} >'{}'", answer.display());
        let shell = sandbox.shell(&script);
        Finished::of_stderr(shell).exits(71).complains("(EFBIG)").complains(done);
    }
}

#[test]
fn an_answer_that_nobody_waits_for_is_no_failure() {
    let (sandbox, block) = Sandbox::with_block(32);
    crate::common::abandon(16);
    for arguments in ["create -q --key 5", "unlock --abandoned --slot 0", "status", "--help"] {
        // Its reader has ended when it starts; SIGPIPE is ignored as Python does.
        let script = format!("{} {arguments}; echo $? >&2", sandbox.binary());
        let mut pipe = Command::new("bash");
        pipe.args(["-c", &format!("trap '' PIPE; exec 3> >(:); wait $!; ({script}) >&3")]);
        Finished::of(pipe).exits(0).is_said("0\n");
    }
    crate::common::assert_free(block);
    sandbox.run(["status", "--key", "5"]).exits(0);
}

#[test]
fn a_number_of_semaphores_of_any_length_is_too_large_and_not_no_number() {
    let sandbox = Sandbox::new();
    for digits in [6, 23, 60] {
        for last in ["8", "9"] {
            let nsems = "9".repeat(digits - 1) + last;
            sandbox
                .run(["create", "--nsems", &nsems])
                .exits(64)
                .complains("a set cannot have more than 65535 semaphores");
        }
        let nsems = format!("-{}", "9".repeat(digits));
        sandbox.run(["create", "--nsems", &nsems]).exits(64).complains("at least 2 semaphores");
    }
}
