//! What the word at the cursor is: a name, a value, or part of COMMAND.

use super::{Answer, asking, offered};
use crate::common::{Finished, Sandbox};

#[test]
fn without_a_subcommand_the_subcommands_are_offered() {
    let sandbox = Sandbox::new();
    let all = ["create", "lock", "unlock", "status", "remove", "probe-max", "help"];
    assert_eq!(offered(&sandbox, &[""]), all);
    assert_eq!(offered(&sandbox, &["st"]), ["status"]);
    assert_eq!(offered(&sandbox, &["--ipc-namespace", "1", "un"]), ["unlock"]);
    assert_eq!(
        Answer::of(&sandbox, &["un"]).description("unlock"),
        "Release a lock, or clear an abandoned one"
    );
    assert_eq!(offered(&sandbox, &["help", ""]), all[..6]);
    assert_eq!(offered(&sandbox, &["help", "st"]), ["status"]);
    assert!(offered(&sandbox, &["x"]).is_empty());
}

#[test]
fn short_options_are_offered_only_at_a_dash() {
    let sandbox = Sandbox::new();
    let names = offered(&sandbox, &["lock", "-"]);
    for name in ["-s", "--shared", "-w", "--wait", "--slot", "-h", "--help"] {
        assert!(names.iter().any(|one| one == name), "{name}: {names:?}");
    }
    assert_eq!(offered(&sandbox, &["lock", "--s"]), ["--session", "--slot", "--shared"]);
    assert_eq!(offered(&sandbox, &["lock", "-s"]), ["-s"]);
    // Neither aliases nor hidden options, but what they mean is known.
    for alias in ["--timeout", "--nb", "-e", "--nonblocking"] {
        assert!(!names.iter().any(|one| one == alias), "{alias}: {names:?}");
    }
    assert!(!offered(&sandbox, &["lock", "--timeout", "5", "--"]).contains(&"--wait".into()));
}

#[test]
fn an_option_is_offered_again_only_if_it_may_be_given_again() {
    let sandbox = Sandbox::new();
    let lock = offered(&sandbox, &["lock", "-w5", "--slot=1", "-n", "--"]);
    for (name, is_offered) in
        [("--wait", false), ("--nonblock", false), ("--slot", true), ("--key", true)]
    {
        assert_eq!(lock.contains(&name.into()), is_offered, "{name}: {lock:?}");
    }
    let ignore = ["remove", "--ignore", "1", "--i"];
    assert_eq!(
        offered(&sandbox, &ignore),
        ["--id", "--idle", "--ignore", "--if-exists", "--ipc-namespace"]
    );
}

#[test]
fn an_option_that_conflicts_with_another_is_not_offered() {
    let sandbox = Sandbox::new();
    for (words, conflicting) in [
        (&["lock", "-s", "--"][..], &["--drain"][..]),
        (&["lock", "--drain", "--"], &["--shared"]),
        (&["lock", "--key", "1", "--"], &["--id"]),
        (&["lock", "--persist", "--"], &["--for"]),
        (&["lock", "a", "--"], &["--all"]),
        (&["create", "--replace", "--"], &["--exist-ok"]),
        // Through a group.
        (&["remove", "--orphaned", "--"], &["--key", "--id"]),
        (&["remove", "--key=1", "--"], &["--orphaned", "--owner", "--all"]),
        (&["status", "a", "--"], &["--all", "--owner", "--sort"]),
        (&["status", "--watch", "--"], &["--check"]),
    ] {
        let names = offered(&sandbox, words);
        let others = offered(&sandbox, &[words[0], "--"]);
        for name in conflicting {
            assert!(others.contains(&(*name).into()), "{name}: {others:?}");
            assert!(!names.contains(&(*name).into()), "{words:?}, {name}: {names:?}");
        }
    }
}

#[test]
fn a_value_is_completed_in_every_form() {
    let sandbox = Sandbox::new();
    assert_eq!(offered(&sandbox, &["status", "--format", "j"]), ["json"]);
    assert_eq!(offered(&sandbox, &["status", "--format=j"]), ["--format=json"]);
    assert_eq!(offered(&sandbox, &["status", "--slots", ""]), ["used", "all"]);
    let slots = Answer::of(&sandbox, &["status", "--slots="]);
    assert_eq!(slots.description("--slots=all"), "Every slot");
    // Values that nobody but the user knows.
    for words in [
        &["lock", "-w", ""][..],
        &["lock", "-w5"],
        &["lock", "-E", ""],
        &["lock", "-sw", ""],
        &["lock", "--create="],
        &["status", "--watch="],
        &["lock", "--bogus", ""],
        &["lock", "--help", ""],
    ] {
        assert!(offered(&sandbox, words).is_empty(), "{words:?}");
    }
}

#[test]
fn the_second_value_is_completed_after_a_comma() {
    let sandbox = Sandbox::new();
    let verdicts = Answer::of(&sandbox, &["status", "--verdict", "idle,"]);
    assert_eq!(verdicts.kind, "list");
    assert_eq!(verdicts.words(), ["idle,in-use", "idle,orphaned", "idle,unknown"]);
    assert_eq!(offered(&sandbox, &["status", "--verdict=idle,o"]), ["--verdict=idle,orphaned"]);
    assert_eq!(
        offered(&sandbox, &["status", "--verdict", "idle", "--verdict", "unknown,i"]),
        ["unknown,in-use"]
    );
    assert_eq!(offered(&sandbox, &["probe-max", "--require", "undo,"]), ["undo,timed-wait"]);
}

#[test]
fn options_are_offered_where_nothing_else_is() {
    let sandbox = Sandbox::new();
    let all = offered(&sandbox, &["status", "--"]);
    assert!(all.len() > 20, "{all:?}");
    assert_eq!(offered(&sandbox, &["status", ""]), all);
    // The value of --watch may be left out, that of --idle may not.
    assert!(offered(&sandbox, &["status", "--watch", ""]).contains(&"--format".into()));
    assert!(offered(&sandbox, &["status", "--idle", ""]).is_empty());
    assert!(offered(&sandbox, &["status", "--", ""]).is_empty());
    assert!(offered(&sandbox, &["status", "--", "--"]).is_empty());
}

#[test]
fn after_two_dashes_the_line_is_that_of_the_command() {
    let sandbox = Sandbox::new();
    for (words, begin) in [
        (&["lock", "a", "--", ""][..], 4),
        (&["lock", "a", "--", "ls", "-"], 4),
        (&["lock", "--session", "--", "--", "ls", ""], 5),
        (&["lock", "-w", "5", "a", "--", "semlock", "status", "--format", ""], 6),
        (&["--ipc-namespace", "1", "lock", "a", "--", "ls", "--"], 6),
        (&["lock", "a", "--", "ls", "--", "b"], 4),
    ] {
        let answer = Answer::of(&sandbox, words);
        assert_eq!(answer.kind, format!("command {begin}"), "{words:?}");
        assert!(answer.candidates.is_empty());
    }
    for words in [
        &["lock", "--session", "--", "x"][..],
        &["lock", "--session", "--"],
        &["lock", "a", "--"],
        &["unlock", "--", "x"],
        &["status", "--", "x"],
    ] {
        assert_eq!(Answer::of(&sandbox, words).kind, "values", "{words:?}");
    }
}

#[test]
fn files_are_offered_only_where_a_file_is_meant() {
    let sandbox = Sandbox::new();
    for words in [
        &["status", "--sessions", ""][..],
        &["status", "--sessions=/tm"],
        &["status", "--ipc-namespace", "/proc/1/"],
        &["--ipc-namespace", "/proc/1/"],
        &["create", "--ipc-namespace=/"],
    ] {
        assert_eq!(Answer::of(&sandbox, words).kind, "files", "{words:?}");
    }
    assert_eq!(Answer::of(&sandbox, &["probe-max", "--sessions", ""]).kind, "values");
}

#[test]
fn any_line_gets_an_answer_and_no_complaint() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::with_block(8).0;
    let words: [&[u8]; 12] = [
        b"",
        b"-",
        b"--",
        b"=",
        b"--=",
        b"--key=",
        b"-\xff",
        b"\xff",
        b"--columns=\xff,s",
        b"a\tb\n",
        b"\x1b[2J",
        b"--key=99999999999999999999",
    ];
    for subcommand in ["status", "lock"] {
        for before in words {
            for word in words {
                let mut command = asking(&sandbox, &[subcommand]);
                command.args([before, word].map(OsStr::from_bytes));
                Finished::of(command).exits(0).is_said("");
            }
        }
    }
    sandbox.run(["complete"]).exits(0).is_silent();
    sandbox.run(["complete", "semlock"]).exits(0).is_said("");
    let mut closed = sandbox.shell("exec >&-; semlock complete semlock ''");
    closed.env("SEMLOCK_KEY", "nonsense");
    Finished::of(closed).exits(0).is_said("");
}
