//! What other users control, and what they keep to themselves. Needs root: `make test` runs
//! it as root.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use super::{Answer, asking};
use crate::common::users::{NOBODY, as_nobody, sandbox};
use crate::common::{Finished, Running, Sandbox, encode};
use semlock::session::{Block, DEFAULT_KEY};

/// Names of processes: lines and tabs of a candidate's own, commands for a shell, escape
/// sequences, letters that turn or hide others, and bytes that are no text.
const NAMES: [&[u8]; 8] = [
    b"x\nforged\tline",
    b"a\tb\rc\x7f",
    b"$(touch /x)",
    b"`reboot`;|&",
    b"\x1b[2J\x1b[1;31m",
    "a\u{202e}b\u{200b}c".as_bytes(),
    b"\xff\xfe\x9b2J",
    b"--force",
];

/// A process of nobody's with this name and command line, that has a write lock of the block.
fn named(sandbox: &Sandbox, name: &[u8], semnum: usize) -> Running {
    let program = "my ($id, $semnum, $name) = @ARGV; $name =~ s/%(..)/chr hex $1/ge; $0 = $name; \
        open my $comm, '>', '/proc/self/comm' or die; syswrite $comm, $name; \
        semop $id, pack 's!3', $semnum, 1, 010000 or die; $| = 1; print \"got\\n\"; <STDIN>";
    let semid = Block::open(DEFAULT_KEY).unwrap().set().semid();
    let mut perl = Command::new("perl");
    perl.args(["-e", program, &semid.to_string(), &semnum.to_string(), &encode(name)]);
    perl.current_dir(&sandbox.directory).stderr(Stdio::null());
    let mut perl = Running::start(as_nobody(perl));
    assert_eq!(perl.line(), "got");
    perl
}

#[test]
#[ignore = "needs root"]
fn the_text_of_other_users_cannot_forge_a_candidate() {
    let sandbox = sandbox();
    sandbox.run(["create", "--nsems", "34", "--mode", "0777"]).exits(0);
    let all = NAMES.iter().enumerate().map(|(place, name)| named(&sandbox, name, 17 + place));
    let all: Vec<_> = all.collect();
    for words in [
        &["unlock", "--slot", ""][..],
        &["status", "--program", ""],
        &["lock", "--for", ""],
        &["remove", "--ignore", ""],
    ] {
        let answer = Answer::of(&sandbox, words);
        for word in answer.words() {
            let is_shown = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
            assert!(word.bytes().all(is_shown), "{word:?}");
            assert!(!word.starts_with("forged") && !word.starts_with('-'), "{answer:?}");
            // A program may be named as status shows it, a process only by its name.
            assert!(words[0] == "status" || !word.contains("\\n"), "{answer:?}");
        }
    }
    let slots = Answer::of(&sandbox, &["unlock", "--slot", ""]);
    assert_eq!(slots.candidates.len(), NAMES.len(), "{slots:?}");
    assert!(slots.description("0").contains("x\\nforged\\tline"), "{slots:?}");
    drop(all);
}

#[test]
#[ignore = "needs root"]
fn a_name_that_is_an_option_is_offered_only_after_an_equals_sign() {
    let sandbox = sandbox();
    sandbox.run(["create", "--nsems", "34", "--mode", "0777"]).exits(0);
    let process = named(&sandbox, b"--force", 17);
    let names = Answer::of(&sandbox, &["remove", "--ignore", ""]);
    assert_eq!(names.words(), [process.pid().to_string()]);
    assert_eq!(Answer::of(&sandbox, &["remove", "--ignore=-"]).words(), ["--ignore=--force"]);
}

#[test]
#[ignore = "needs root"]
fn a_session_cannot_forge_a_candidate() {
    let (sandbox, _) = Sandbox::with_block(34);
    let sessions = ["a\nforged\tx", "$(reboot)", "a b", "*", "~root", "a'b", "plain.id-1_2"];
    let options: Vec<_> = sessions.iter().flat_map(|session| ["--session", session]).collect();
    let _holder = sandbox.hold(&options);
    let shown: BTreeSet<&str> = sessions[1..].iter().copied().collect();
    for words in [&["unlock", ""][..], &["unlock", "--session", ""]] {
        assert_eq!(Answer::of(&sandbox, words).words().into_iter().collect::<BTreeSet<_>>(), shown);
    }
}

#[test]
#[ignore = "needs root"]
fn without_permission_only_what_everybody_sees_is_offered() {
    let sandbox = sandbox();
    sandbox.run(["create", "--nsems", "34"]).exits(0);
    let _holder = sandbox.hold(&["abc"]);
    let ask = |words: &[&str]| Answer::from(as_nobody(asking(&sandbox, words)), words);
    let keys = ask(&["status", "--key", ""]);
    assert_eq!(keys.description("31818"), "0x00007c4a, root, 34 semaphores, unknown");
    assert!(ask(&["unlock", "--session", ""]).candidates.is_empty());
    assert!(ask(&["unlock", "--slot", ""]).candidates.is_empty());
    assert!(ask(&["remove", "--ignore", ""]).candidates.is_empty());
    // The processes of others are of no use to this user.
    let mut own = Command::new("cat");
    own.current_dir("/");
    let mut own = Running::start(as_nobody(own));
    assert_eq!(own.ask("ready"), "ready");
    let owners = ask(&["lock", "--for", ""]);
    assert!(owners.offers(&own.pid().to_string()), "{owners:?}");
    assert!(!owners.offers(&std::process::id().to_string()), "{owners:?}");
    assert_eq!(nix::unistd::User::from_uid(NOBODY.into()).unwrap().unwrap().name, "nobody");
}

#[test]
#[ignore = "needs root"]
fn without_proc_and_passwd_fewer_candidates_are_offered() {
    let (sandbox, _) = Sandbox::with_block(34);
    let _holder = sandbox.hold(&["abc"]);
    let without = |mount: &str, words: &str| {
        let mut shell = Command::new("unshare");
        let script = format!("{mount} && exec {} complete semlock {words}", sandbox.binary());
        shell.args(["--mount", "sh", "-c", &script]).current_dir("/").env_remove("SEMLOCK_KEY");
        Finished::of(shell).exits(0).is_said("").stdout()
    };
    let no_proc = "mount -t tmpfs none /proc";
    let keys = without(no_proc, "status --key ''");
    assert!(keys.starts_with("values\n31818\t0x00007c4a, root, 34 semaphores, "), "{keys}");
    assert_eq!(without(no_proc, "lock --for ''"), "values\n");
    assert_eq!(without(no_proc, "status --format t"), "values\ntable\tFor people\n");
    let slots = without(no_proc, "unlock --slot ''");
    assert_eq!(slots.lines().count(), 2, "{slots}");
    let no_users = "mount --bind /dev/null /etc/passwd";
    assert_eq!(without(no_users, "create --owner ''"), "values\n");
    // By its number, unless another source has the name.
    let owners = without(no_users, "status --owner ''");
    assert!(
        owners == "values\n0\towns 1 set\n" || owners == "values\nroot\towns 1 set\n",
        "{owners}"
    );
}
