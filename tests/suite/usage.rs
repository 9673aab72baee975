//! A command line that is wrong is told as every other failure is, with the line that
//! would have worked.

mod typed;

use std::fs;

use crate::common::remedy::{failure, fixes};
use crate::common::{Finished, Sandbox, assert_free, until};
use typed::{HABITS, WRONG, shell};

#[test]
fn what_is_wrong_is_said_in_plain_words_with_a_fix_or_where_to_look() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (typed, wrong, rest) in WRONG {
        let said = format!("semlock: cannot {wrong}\n  {rest}\n");
        shell(&sandbox, &format!("semlock {typed}")).exits(64).prints("").is_said(&said);
    }
    assert_free(block);
}

#[test]
fn who_types_what_other_tools_want_is_told_the_line_to_type() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (typed, lines) in HABITS {
        let told = shell(&sandbox, &format!("semlock {typed}"));
        let expected: Vec<_> = lines.iter().map(|line| format!("semlock {line}")).collect();
        assert_eq!(fixes(told.exits(64)), expected, "{told}");
        assert!(!told.stderr().contains("  see: "), "{told}");
    }
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn every_line_that_is_offered_is_understood() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let mut understood = 0;
    for typed in typed::all() {
        let told = shell(&sandbox, &format!("semlock {typed}"));
        let stderr = told.stderr();
        let see = stderr.lines().filter_map(|line| line.strip_prefix("  see: "));
        for line in fixes(&told).iter().map(String::as_str).chain(see) {
            // A pattern, and what would hold a lock for the whole system.
            if ["SESSION", "COMMAND", "--for"].iter().any(|part| line.contains(part)) {
                continue;
            }
            let again = shell(&sandbox, line);
            assert!(!again.to_string().contains("exit status: 64"), "{typed}: {again}");
            understood += 1;
        }
    }
    assert!(understood > 80, "only {understood} lines were tried");
}

#[test]
fn no_error_of_the_parser_is_shown_and_json_says_the_same() {
    let (sandbox, _block) = Sandbox::with_block(32);
    for typed in typed::all() {
        let text = shell(&sandbox, &format!("semlock {typed}")).stderr();
        for raw in [
            "error:",
            "tip:",
            "Usage:",
            "For more information",
            "invalid digit",
            "is not in 0",
            "the command line is wrong",
            "possible values",
        ] {
            assert!(!text.contains(raw), "{typed}: {text}");
        }
        let (subcommand, rest) = typed.split_once(' ').unwrap_or((typed, ""));
        let is_known = ["create", "lock", "unlock", "status", "remove", "probe-max"];
        if !is_known.contains(&subcommand) || typed.contains("--form") || typed.contains("--json") {
            continue;
        }
        let json = shell(&sandbox, &format!("semlock {subcommand} --format=json {rest}"));
        let object = failure(json.exits(64));
        let first = text.lines().next().unwrap();
        assert_eq!(format!("semlock: {}", object["error"].as_str().unwrap()), first);
        assert_eq!((&object["reason"], &object["status"]), (&"usage".into(), &64.into()));
        let has_fix = text.contains("  fix: ");
        assert_eq!(!object["fix"].as_array().unwrap().is_empty(), has_fix, "{json}");
        assert_eq!(object["see"].is_string(), !has_fix, "{json}");
        assert_eq!(object["cause"].is_string(), text.contains("  cause: "), "{json}");
    }
}

#[test]
fn a_command_without_dashes_before_it_is_not_locked_as_a_session() {
    let (sandbox, block) = Sandbox::with_block(32);
    let runs = "  # runs it while the lock is held";
    let locks = "  # locks it as well";
    for (typed, first, command, sessions) in [
        ("lock a ./job x", "./job", "lock a -- ./job x", "lock a --session=./job --session=x"),
        ("lock a b", "b", "lock a -- b", "lock a --session=b"),
        ("lock -w 5 'a b' b -s", "b", "lock -w 5 'a b' -- b -s", "lock -w 5 'a b' --session=b -s"),
        ("lock a 'b c'", "'b c'", "lock a -- sh -c 'b c'", "lock a --session='b c'"),
        ("lock a 'b|c'", "'b|c'", "lock a -- sh -c 'b|c'", "lock a --session='b|c'"),
        ("lock a 'b;c' d", "'b;c'", "lock a -- 'b;c' d", "lock a --session='b;c' --session=d"),
        ("lock a 'X=1 b'", "X='1 b'", "lock a -- sh -c X='1 b'", "lock a --session='X=1 b'"),
        ("lock a b --key 31818", "b", "lock a --key 31818 -- b", "lock a --session=b --key 31818"),
        (
            "lock a b -n --key=31818 --nsems 32",
            "b",
            "lock a --key=31818 --nsems 32 -- b -n",
            "lock a --session=b -n --key=31818 --nsems 32",
        ),
        ("lock --slot 3 b", "b", "lock --slot 3 -- b", "lock --slot 3 --session=b"),
        ("lock --session a b", "b", "lock --session a -- b", "lock --session a --session=b"),
        ("lock a -w 5 5", "5", "lock a -w 5 -- 5", "lock a -w 5 --session=5"),
    ] {
        let told = shell(&sandbox, &format!("semlock {typed}"));
        told.exits(64).is_said(&format!(
            "semlock: cannot lock: {first} would be locked as a session, not run\n  fix: semlock {command}{runs}\n  fix: semlock {sessions}{locks}\n"
        ));
        let (subcommand, rest) = typed.split_once(' ').unwrap();
        let json = shell(&sandbox, &format!("semlock {subcommand} --format json {rest}"));
        let object = failure(json.exits(64));
        assert_eq!((&object["reason"], &object["cause"]), (&"usage".into(), &().into()));
        assert_eq!(object["fix"].as_array().unwrap().len(), 2);
    }
    assert_free(block);
}

#[test]
fn a_word_that_names_no_file_or_program_is_a_session_where_a_command_follows() {
    let (sandbox, block) = Sandbox::with_block(32);
    fs::write(sandbox.directory.join("victim"), "#!/bin/sh\n: > run\n").unwrap();
    for (typed, first, command, sessions) in [
        (
            "lock a rm -- ./victim",
            "rm",
            "lock a -- rm -- ./victim",
            "lock a --session=rm -- ./victim",
        ),
        ("lock a rm -- rm", "rm", "lock a -- rm -- rm", "lock a --session=rm -- rm"),
        (
            "lock -n a b ./victim -- true",
            "./victim",
            "lock -n a b -- ./victim -- true",
            "lock -n a b --session=./victim -- true",
        ),
    ] {
        let told = shell(&sandbox, &format!("semlock {typed}"));
        let said = format!("semlock: cannot lock: {first} would be locked as a session, not run\n");
        let fixes = format!(
            "  fix: semlock {command}  # runs it while the lock is held\n  fix: semlock {sessions}  # locks it as well\n"
        );
        told.exits(64).is_said(&(said + &fixes));
    }
    assert!(!sandbox.directory.join("run").exists());
    for typed in
        ["lock from to -- true", "lock rm to ./missing -- true", "lock a --session rm -- true"]
    {
        shell(&sandbox, &format!("semlock {typed}")).exits(0).is_silent();
    }
    assert_free(block);
}

#[test]
fn no_command_is_offered_where_none_can_be_given() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (typed, sessions) in [
        ("lock --persist a b", "lock --persist a --session=b"),
        ("lock a b --persist", "lock a --session=b --persist"),
        ("lock --for 1 a b c", "lock --for 1 a --session=b --session=c"),
    ] {
        shell(&sandbox, &format!("semlock {typed}")).exits(64).is_said(&format!(
            "semlock: cannot lock: b would be locked as a session, not run\n  fix: semlock {sessions}  # locks it as well\n"
        ));
    }
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn the_number_of_an_open_file_is_no_session() {
    let (sandbox, block) = Sandbox::with_block(32);
    for options in ["", "-n ", "-s ", "-w 5 "] {
        let typed = format!("exec 9>/dev/null; semlock lock {options}9");
        shell(&sandbox, &typed).exits(64).is_said(&format!(
            "semlock: cannot lock: 9 is an open file descriptor; semlock locks sessions\n  fix: semlock lock {options}--session=9  # locks a session of that name\n"
        ));
    }
    shell(&sandbox, "exec 9>/dev/null; semlock lock -u 9").exits(64).complains("see: ");
    for typed in ["lock 9 -- true", "lock --session=9", "lock 100", "lock 2"] {
        shell(&sandbox, &format!("exec 9>/dev/null; semlock {typed}")).exits(0);
    }
    shell(&sandbox, "exec 9>&-; semlock lock 9").exits(0);
    until("the lock ends with the shell", || {
        block.set().values().unwrap().iter().all(|&value| value == 0)
    });
}

#[test]
fn help_behind_a_command_is_not_semlocks() {
    let (sandbox, block) = Sandbox::with_block(32);
    for help in ["--help", "-h"] {
        let told = shell(&sandbox, &format!("semlock lock a ./backup.sh {help}"));
        told.exits(64).prints("").is_said(&format!(
            "semlock: cannot lock: this would show semlock's help and run nothing\n  fix: semlock lock a -- ./backup.sh {help}\n"
        ));
        for typed in ["lock", "lock a", "lock -w 5 a", "lock --slot 3", "unlock a b", "status a b"]
        {
            let asked = shell(&sandbox, &format!("semlock {typed} {help}"));
            assert!(asked.exits(0).stdout().contains("Usage:"), "{asked}");
        }
        shell(&sandbox, &format!("semlock lock {help} a b")).exits(0);
    }
    assert_free(block);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn several_sessions_are_locked_where_no_command_can_be_meant() {
    let (sandbox, block) = Sandbox::with_block(32);
    let me = std::process::id();
    for (lock, unlock) in [
        ("lock a b -- true".to_owned(), ""),
        ("lock a --session b --session c".to_owned(), "unlock a b c"),
        ("lock a --slot 3 --slot 4".to_owned(), "unlock a --slot 3 --slot 4"),
        ("lock --persist a --session b".to_owned(), "unlock a b"),
        (format!("lock --for {me} a --session=b"), "unlock --force a b"),
    ] {
        let and = if unlock.is_empty() { "" } else { "&& semlock " };
        shell(&sandbox, &format!("semlock {lock} {and}{unlock}")).exits(0);
        assert_free(block);
    }
}

#[test]
fn nothing_after_the_dashes_is_not_taken_for_no_command() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (typed, without) in [
        ("lock a --", "lock a"),
        ("lock a -- $EMPTY", "lock a"),
        ("lock -n 'a b' --session c --", "lock -n 'a b' --session c"),
        ("lock --persist a --", "lock --persist a"),
    ] {
        let told = shell(&sandbox, &format!("EMPTY=; semlock {typed}"));
        let said = "semlock: cannot lock: there is no COMMAND after --\n";
        told.exits(64).complains(said).complains(&format!("  fix: semlock {without}"));
        assert_eq!(told.stderr().lines().count(), 2, "{told}");
    }
    // Without the dashes, it would be refused for another reason.
    shell(&sandbox, "semlock lock a b --").exits(64).is_said(
        "semlock: cannot lock: there is no COMMAND after --\n  see: semlock lock --help\n",
    );
    let json = shell(&sandbox, "semlock lock --format json a --");
    assert_eq!(failure(json.exits(64))["error"], "cannot lock: there is no COMMAND after --");
    shell(&sandbox, "semlock lock a -- ''").exits(127);
    shell(&sandbox, "semlock lock --session -- -- true").exits(0);
    shell(&sandbox, "semlock status a --").exits(0);
    assert_free(block);
}

#[test]
fn help_that_nobody_asked_for_is_no_answer() {
    let sandbox = Sandbox::new();
    let told = sandbox.run([""; 0]);
    told.exits(64).prints("").complains("semlock");
}

#[test]
fn what_the_first_line_says_is_not_said_again_as_the_cause() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let empty = "semlock: cannot find the slot of session \"\": it is empty\n";
    sandbox.run(["lock", ""]).exits(65).is_said(empty);
    sandbox.run(["unlock", ""]).exits(65).is_said(empty);
    let beyond = "semlock: cannot use slot 16: the block has 16 slots, 0 to 15\n";
    sandbox.run(["lock", "--slot", "16"]).exits(65).is_said(beyond);
    let mut bad = sandbox.semlock(["status"]);
    bad.env("SEMLOCK_KEY", "x");
    Finished::of(bad).exits(64).is_said(
        "semlock: cannot use $SEMLOCK_KEY \"x\": a key is a 32-bit number other than 0, decimal or 0x hexadecimal\n",
    );
    sandbox
        .run(["status", "--owner", "root:root"])
        .exits(64)
        .is_said("semlock: cannot use --owner \"root:root\": it takes a user, without a group\n");
}

#[test]
fn what_is_not_locked_is_said_to_be_so_and_nothing_else() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let said = "semlock: session \"never-locked\" is not locked\n";
    sandbox.run(["unlock", "never-locked"]).exits(1).is_said(said);
    sandbox.run(["lock", "never-locked", "--", "true"]).exits(0);
    sandbox.run(["unlock", "never-locked"]).exits(1).is_said(said);
}

#[test]
fn help_behind_a_command_is_no_answer_whatever_the_lock_is_kept_for() {
    let sandbox = Sandbox::new();
    for options in [&[][..], &["--persist"], &["--for", "5"], &["--for=5"]] {
        let said = sandbox.run([&["lock"], options, &["a", "./x", "--help"]].concat());
        said.exits(64).prints("").complains("this would show semlock's help and run nothing");
        sandbox.run([&["lock"], options, &["a", "--help"]].concat()).exits(0);
    }
}
