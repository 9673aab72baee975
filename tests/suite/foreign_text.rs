//! Text that other users choose, on the terminal of root and in scripts of root:
//! names of processes, sessions and accounts. Needs root: `make test` runs it as root.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::users::{NOBODY, as_nobody, sandbox};
use crate::common::{Finished, Running, Sandbox, encode, holders, until, until_waiting};
use semlock::session::{Block, DEFAULT_KEY, slot_of};

/// Names of at most 15 bytes, as the kernel keeps them: a line for awk, escape
/// sequences, a reversal of what follows, a letter of no width, a tab, a letter
/// cut in two, and bytes that are no text.
const NAMES: [&[u8]; 8] = [
    b"x\n7 orphaned",
    b"\x1b[2J\x1b[1;31m",
    b"\x1b]0;title\x07",
    "a\u{202e}b\u{2066}c".as_bytes(),
    "a\u{200b}\u{feff}b".as_bytes(),
    b"a\tb\rc\x7f",
    b"aaaaaaaaaaaaaa\xc3",
    b"\xff\xfe\x9b2J",
];

/// What root may ask while such a process uses the set.
const COMMANDS: [&str; 12] = [
    "status",
    "status a",
    "status --slots all",
    "status --all",
    "status --all --no-headers",
    "status --all --columns semid,verdict,evidence",
    "lock -w 0.05 --verbose a -- true",
    "unlock a",
    "remove",
    "remove --dry-run",
    "remove --all --dry-run",
    "remove --orphaned --yes --idle 0s",
];

/// A process of nobody's with this name, and its command line too, that has the
/// write lock of a slot, or waits for it.
fn named(sandbox: &Sandbox, name: &[u8], semnum: u16) -> Running {
    let program = "my ($id, $semnum, $name) = @ARGV; $name =~ s/%(..)/chr hex $1/ge; $0 = $name; \
        open my $comm, '>', '/proc/self/comm' or die; syswrite $comm, $name; $| = 1; print \"up\\n\"; \
        semop $id, pack 's!6', $semnum, 0, 0, $semnum, 1, 010000; print \"got\\n\"; <STDIN>";
    let name = encode(name);
    let mut perl = Command::new("perl");
    let semid = Block::open(DEFAULT_KEY).unwrap().set().semid();
    perl.args(["-e", program, &semid.to_string(), &semnum.to_string(), &name]);
    perl.current_dir(&sandbox.directory).stderr(Stdio::null());
    let mut perl = Running::start(as_nobody(perl));
    assert_eq!(perl.line(), "up");
    perl
}

/// What must not be printed: controls but the end of a line, and letters that
/// turn or hide what is around them.
fn is_unsafe(letter: char) -> bool {
    let hidden = ['\u{ad}', '\u{61c}', '\u{feff}'].contains(&letter)
        || ('\u{200b}'..='\u{200f}').contains(&letter)
        || ('\u{2028}'..='\u{202e}').contains(&letter)
        || ('\u{2060}'..='\u{206f}').contains(&letter);
    letter != '\n' && letter.is_control() || hidden
}

#[track_caller]
fn assert_safe(command: Command) -> Finished {
    let said = Finished::of(command);
    let output = format!("{}{}", said.stdout(), said.stderr());
    assert!(!output.contains(is_unsafe), "{output:?}");
    assert!(!output.lines().any(|line| line.starts_with("7 orphaned")), "a forged line: {output}");
    said
}

#[test]
#[ignore = "needs root"]
fn the_name_of_a_process_is_never_printed_raw() {
    for name in NAMES {
        let sandbox = sandbox();
        sandbox.run(["create", "-q", "--mode", "0777"]).exits(0);
        let block = Block::open(DEFAULT_KEY).unwrap();
        let writer = block.writer(slot_of(b"a", 32).unwrap());
        let mut holder = named(&sandbox, name, writer);
        assert_eq!(holder.line(), "got");
        let waiter = named(&sandbox, name, writer);
        until_waiting(block, 1);
        for command in COMMANDS {
            assert_safe(sandbox.semlock(command.split(' ')));
        }
        let rows = assert_safe(sandbox.semlock(["status", "--all", "--no-headers"])).stdout();
        assert_eq!(rows.lines().count(), 1, "one row for one set: {rows}");
        waiter.kill();
        holder.kill();
    }
}

#[test]
#[ignore = "needs root"]
fn json_has_the_name_as_it_is_but_for_what_is_no_text() {
    for name in NAMES {
        let sandbox = sandbox();
        sandbox.run(["create", "-q", "--mode", "0777"]).exits(0);
        let block = Block::open(DEFAULT_KEY).unwrap();
        let mut holder = named(&sandbox, name, block.writer(slot_of(b"a", 32).unwrap()));
        assert_eq!(holder.line(), "got");
        let report = sandbox.run(["status", "--format", "json"]).exits(0).json();
        let slot = &report["slots"][0];
        assert_eq!(slot["sempid"], holder.pid(), "{report}");
        let command = slot["command"].as_str().unwrap_or_else(|| panic!("no command: {report}"));
        assert_eq!(command, String::from_utf8_lossy(name), "{report}");
        holder.kill();
    }
}

#[test]
#[ignore = "needs root"]
fn the_session_of_another_users_holder_is_never_printed_raw() {
    let sandbox = sandbox();
    sandbox.run(["create", "-q", "--mode", "0777"]).exits(0);
    for session in ["a\x1b[2Jb", "a\n7 orphaned", "a\u{202e}b"] {
        let mut owner = Running::start(as_nobody(Command::new("cat")));
        assert_eq!(owner.ask("ready"), "ready");
        let lock = sandbox.semlock(["lock", "--for", &owner.pid().to_string(), session]);
        Finished::of(as_nobody(lock)).exits(0);
        for command in COMMANDS {
            assert_safe(sandbox.semlock(command.split(' ')));
        }
        assert_safe(sandbox.semlock(["unlock", session])).exits(75);
        owner.kill();
        until("the holder gone", || holders().is_empty());
    }
}

/// The binary on a machine whose accounts have these names.
fn with_accounts(sandbox: &Sandbox, names: &[&str], arguments: &str) -> Command {
    let entry = |(number, name): (u32, &&str)| {
        format!("{name}:x:{}:{}::/:/bin/sh\n", NOBODY - number, NOBODY - number)
    };
    let accounts: String = (0..).zip(names).map(entry).collect();
    let file = sandbox.directory.join("passwd");
    fs::write(&file, format!("root:x:0:0:root:/root:/bin/sh\n{accounts}")).unwrap();
    let mount = "mount --bind passwd /etc/passwd && exec \"$0\" \"$@\"";
    let mut inside = Command::new("unshare");
    inside.args(["--mount", "sh", "-c", mount, sandbox.binary()]).args(arguments.split(' '));
    inside.current_dir(&sandbox.directory);
    inside
}

#[test]
#[ignore = "needs root"]
fn the_name_of_an_account_is_never_printed_raw_nor_takes_two_columns() {
    let sandbox = sandbox();
    let names = ["no\x1b[2Jbody", "a b", "c\u{202e}d"];
    for number in 0..3 {
        let (key, owner) = ((number + 7).to_string(), (NOBODY - number).to_string());
        sandbox.run(["create", "-q", "--key", &key, "--owner", &owner]).exits(0);
    }
    let columns = "status --all --no-headers --columns user,semid";
    let rows = assert_safe(with_accounts(&sandbox, &names, columns)).exits(0).stdout();
    let semids: Vec<_> =
        rows.lines().map(|row| row.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(semids.len(), 3, "{rows}");
    assert!(semids.iter().all(|row| row.len() == 2), "one word for each column: {rows}");
    for arguments in COMMANDS {
        assert_safe(with_accounts(&sandbox, &names, arguments));
    }
}
