//! Names of users and groups, whoever has to be asked for them and whatever
//! comes back; and text from outside, wherever it is said.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{Finished, Sandbox};

/// A machine of which nsswitch.conf says `passwd` of both databases, and on which
/// getent(1) is a script that does `does` after it has written down what it is asked.
struct Machine {
    sandbox: Sandbox,
}

impl Machine {
    fn new(passwd: &str, does: &str) -> Self {
        Self::of(Sandbox::new(), passwd, does)
    }

    fn of(sandbox: Sandbox, passwd: &str, does: &str) -> Self {
        let machine = Self { sandbox };
        let directory = &machine.sandbox.directory;
        let switch = format!("passwd: {passwd}\ngroup: {passwd}\n");
        fs::write(directory.join("nsswitch.conf"), switch).unwrap();
        let getent = directory.join("bin/getent");
        fs::create_dir(directory.join("bin")).unwrap();
        let asked = directory.join("asked");
        let script = format!("#!/bin/sh\necho \"$@\" >> {}\n{does}\n", asked.display());
        fs::write(&getent, script).unwrap();
        fs::set_permissions(&getent, fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    /// Runs `words` there, before `arguments` of semlock.
    fn run_by(&self, words: &[&str], arguments: &[&str]) -> Finished {
        let here = self.sandbox.semlock([""; 0]);
        let mount =
            "mount --bind nsswitch.conf /etc/nsswitch.conf && PATH=$PWD/bin:$PATH exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", mount, "sh"]).args(words);
        command.arg(here.get_program()).args(arguments);
        command.current_dir(&self.sandbox.directory).stdin(std::process::Stdio::null());
        command.env_remove("SEMLOCK_KEY").env_remove("RUST_BACKTRACE");
        Finished::of(command)
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        self.run_by(&[], arguments)
    }

    /// The lines of what getent was asked since the last time.
    fn asked(&self) -> Vec<String> {
        let file = self.sandbox.directory.join("asked");
        let asked = fs::read_to_string(&file).unwrap_or_default();
        let _ = fs::remove_file(file);
        asked.lines().map(Into::into).collect()
    }
}

/// As an ordinary user, in a user namespace, nobody else can own a set. The name of
/// this user is then asked of getent as any other: where it is asked first.
fn with_block(does: &str) -> Machine {
    let machine = Machine::new("ldap files", does);
    machine.sandbox.run(["create", "--quiet"]).exits(0);
    machine
}

const COLUMNS: [&str; 5] = ["status", "--all", "--no-headers", "--columns", "user"];

#[test]
fn getent_that_hangs_costs_two_seconds_and_the_names() {
    let machine = with_block("sleep 1000");
    let begin = Instant::now();
    machine.run(&["status"]).exits(0).contains(" owner      0, group 0\n");
    machine.run(&COLUMNS).exits(0).prints(" 0\n");
    let refused =
        "there is a user \"somebody\": getent, which looks it up, gave no answer within 2 s";
    machine.run(&["create", "--key", "7", "--owner", "somebody"]).exits(71).complains(refused);
    machine.run(&["status", "--all", "--owner", "somebody"]).exits(71).complains(refused);
    machine.run(&["create", "--key", "7", "--owner", "0"]).exits(0);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[test]
fn getent_that_answers_without_an_end_is_not_heard_to_the_end() {
    for does in ["exec cat /dev/zero", "exec yes", "exec yes stranger:x:4100000:"] {
        let machine = with_block(does);
        machine.run(&["status"]).exits(0).contains(" owner      0, group 0\n");
        let refused = "getent, which looks it up, does not stop answering";
        machine.run(&["create", "--key", "7", "--owner", "somebody"]).exits(71).complains(refused);
    }
}

#[test]
fn getent_that_dies_fails_or_prints_garbage_costs_the_names() {
    for (does, why) in [
        ("kill -9 $$", "failed: signal: 9 (SIGKILL)"),
        ("exit 1", "failed: exit status: 1"),
        ("printf 'x\\377\\0:::\\n:::::\\nroot\\n'", "answered something else"),
    ] {
        let machine = with_block(does);
        machine.run(&["status"]).exits(0).contains(" owner      0, group 0\n");
        machine.run(&["create", "--key", "7", "--owner", "somebody"]).exits(71).complains(why);
    }
    let machine = with_block("exit 2");
    let mistake = machine.run(&["create", "--key", "7", "--owner", "somebody"]);
    mistake.exits(73).complains("there is no user \"somebody\"\n");
    machine.run(&["status", "--all", "--owner", "somebody"]).exits(64);
}

#[test]
fn getent_that_is_missing_costs_the_names() {
    let machine = with_block("");
    let without = ["env", "PATH=/nowhere"];
    machine.run_by(&without, &["status"]).exits(0).contains(" owner      0, group 0\n");
    let why = "getent, which looks it up, cannot be run: No such file or directory";
    let create = ["create", "--key", "7", "--owner", "somebody"];
    machine.run_by(&without, &create).exits(71).complains(why);
}

#[test]
fn getent_is_asked_for_what_the_files_do_not_know_and_nothing_else() {
    let machine = Machine::new("files ldap", "echo ldap:x:4100000:; exit 0");
    machine.sandbox.run(["create", "--quiet"]).exits(0);
    machine.run(&["status"]).exits(0).contains(" owner      root (0), group root (0)\n");
    machine.run(&COLUMNS).exits(0).prints(" root\n");
    machine.run(&["status", "--all"]).exits(0);
    assert_eq!(machine.asked(), [""; 0]);
    machine.run(&["status", "--all", "--owner", "root"]).exits(0);
    machine.run(&["status", "--all", "--owner", "4100000"]).exits(0);
    assert_eq!(machine.asked(), [""; 0]);
    machine.run(&["status", "--all", "--owner", "ldap"]).exits(0);
    assert_eq!(machine.asked(), ["-- passwd ldap"]);
    machine.run(&["remove", "--all", "--force", "--yes"]).exits(0);
    machine.run(&["status", "--all"]).exits(0);
    assert_eq!(machine.asked(), [""; 0], "there is no set, and so no question");
}

#[test]
fn getent_is_asked_for_nothing_where_the_files_are_all_there_is() {
    for passwd in ["files", "files [NOTFOUND=return] ldap"] {
        let machine = Machine::new(passwd, "echo ldap:x:4100000:");
        machine
            .run(&["create", "--owner", "ldap"])
            .exits(73)
            .complains("there is no user \"ldap\"\n");
        machine.run(&["status", "--all", "--owner", "ldap"]).exits(64);
        assert_eq!(machine.asked(), [""; 0]);
    }
}

#[test]
fn a_caller_that_ignores_sigchld_or_closes_its_descriptors_gets_the_same_answers() {
    let machine = with_block("[ \"$3\" = 0 ] && echo one:x:0: && exit; exit 2");
    let ignoring = ["perl", "-e", "$SIG{CHLD} = 'IGNORE'; exec @ARGV or die"];
    let closing = ["sh", "-c", "exec \"$@\" <&- 2>&-", "sh"];
    for by in [&ignoring[..], &closing] {
        machine.run_by(by, &["status"]).exits(0).contains(" owner      one (0), group one (0)\n");
        let status = machine.run_by(by, &["create", "--key", "7", "--owner", "somebody"]);
        status.exits(73);
    }
    let create = ["create", "--key", "7", "--owner", "somebody"];
    machine.run_by(&ignoring, &create).complains("there is no user \"somebody\"\n");
    let without = ["env", "PATH=/nowhere", "/usr/bin/perl", ignoring[1], ignoring[2]];
    machine.run_by(&without, &create).exits(71).complains("cannot be run");
}

#[test]
fn where_nothing_can_be_started_numbers_are_shown() {
    let sandbox = Sandbox::for_every_user();
    let machine = Machine::of(sandbox, "ldap files", "echo one:x:0:");
    machine.sandbox.run(["create", "--quiet"]).exits(0);
    let somebody = ["create", "--key", "7", "--owner", "somebody"];
    // The process limit is not for root.
    let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let user = if is_root() { &user[..] } else { &[] };
    let by = [user, &["prlimit", "--nproc=1"]].concat();
    machine.run_by(&by, &COLUMNS).exits(0).prints(" 0\n");
    let failed = machine.run_by(&by, &somebody);
    failed.exits(71).complains("cannot be run: Resource temporarily unavailable");
    assert_eq!(machine.asked(), [""; 0]);
    for limit in ["--nofile=6", "--nofile=4"] {
        let by = ["prlimit", limit];
        machine.run_by(&by, &["status"]).exits(0).contains(" owner      0, group 0\n");
        machine.run_by(&by, &somebody).exits(71).complains("cannot be run: Too many open files");
    }
}

#[test]
fn a_name_is_one_word_and_changes_no_terminal() {
    let machine = with_block("printf 'a b\\033[31m\\tc\\342\\200\\256:x:0:\\n'");
    machine.run(&COLUMNS).exits(0).prints(" a\\u{20}b\\u{1b}[31m\\tc\\u{202e}\n");
    let shown = " owner      a b\\u{1b}[31m\\tc\\u{202e} (0), group a b\\u{1b}[31m";
    machine.run(&["status"]).exits(0).contains(shown);
    let status = machine.run(&["status", "--format", "json"]);
    assert_eq!(status.exits(0).json()["block"]["user"], "a b\u{1b}[31m\tc\u{202e}");
    assert!(status.stdout().chars().all(|c| c == '\n' || (' '..='~').contains(&c)), "{status}");
}

#[test]
fn a_number_that_no_account_can_have_is_refused() {
    let sandbox = Sandbox::new();
    for number in ["4294967295", "4294967296", "-1", "0:4294967295"] {
        let option = format!("--owner={number}");
        let what = " ids are 0 to 4294967294\n";
        sandbox.run(["create", &option]).exits(73).complains(what);
    }
    sandbox.run(["status"]).exits(66);
}

#[test]
fn a_time_zone_that_is_no_file_of_one_is_utc() {
    let (sandbox, _block) = Sandbox::with_block(2);
    let directory = &sandbox.directory;
    Finished::of({
        let mut fifo = Command::new("mkfifo");
        fifo.arg(directory.join("fifo"));
        fifo
    })
    .exits(0);
    fs::create_dir(directory.join("directory")).unwrap();
    fs::File::create(directory.join("large")).unwrap().set_len(100_000_000).unwrap();
    let zone = |zone: &str| {
        let mut status = sandbox.semlock(["status"]);
        status.env("TZ", zone);
        let status = Finished::of(status);
        let stdout = status.exits(0).stdout();
        let changed = stdout.lines().find(|line| line.starts_with(" ctime ")).unwrap();
        changed.split(',').next().unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    let fifo = directory.join("fifo");
    for odd in ["/dev/zero", ":/dev/zero", fifo.to_str().unwrap(), "fifo", "directory", "large"] {
        assert_eq!(zone(odd), "+00:00", "{odd}");
    }
    for (name, offset) in [("Asia/Tokyo", "+09:00"), (":Asia/Tokyo", "+09:00"), ("UTC", "+00:00")] {
        assert_eq!(zone(name), offset, "{name}");
    }
    assert_eq!(zone("/usr/share/zoneinfo/Asia/Tokyo"), "+09:00");
    assert_eq!(zone("JST-9"), "+09:00");
    assert!(["-05:00", "-04:00"].contains(&zone("EST5EDT").as_str()));
    assert!(["+01:00", "+02:00"].contains(&zone("Europe/Berlin").as_str()));
}

/// Whether this is root outside every user namespace.
fn is_root() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap();
    nix::unistd::geteuid().is_root() && map.trim_end().ends_with(&u32::MAX.to_string())
}

/// As much as the kernel takes in one argument, with what makes it grow.
fn long(unit: &str) -> String {
    unit.repeat(120_000 / unit.len())
}

#[test]
fn an_argument_of_any_length_makes_a_short_message() {
    let (sandbox, _block) = Sandbox::with_block(2);
    for unit in ["a", "\x1b", "\u{202e}"] {
        let text = long(unit);
        let option = format!("--{text}");
        for arguments in [
            &["lock", "-n", &text][..],
            &["unlock", &text],
            &["status", &text],
            &["status", &option],
            &["status", "--key", &text],
            &["status", "--sort", &text],
            &["create", "--mode", &text],
            &["remove", "--yes", "--owner", &text],
            &["lock", "-n", "a", "--", &text],
            &["status", "--ipc-namespace", &text],
            &[&text],
        ] {
            for (format, longest) in [(None, 1100), (Some("--format=json"), 6000)] {
                let (first, rest) = arguments.split_at(1);
                let told =
                    sandbox.run(first.iter().copied().chain(format).chain(rest.iter().copied()));
                let (stderr, what) = (told.stderr(), &arguments[..arguments.len() - 1]);
                assert!(told.stdout().is_empty() && stderr.contains('…'), "{what:?}: {stderr}");
                let length = stderr.lines().map(|line| line.chars().count()).max();
                assert!(length < Some(longest), "{length:?} characters of {what:?}");
                assert!(!stderr.contains(['\x1b', '\u{202e}']), "{what:?}: {stderr}");
            }
        }
    }
}

#[test]
fn no_message_repeats_what_changes_a_terminal_or_ends_a_line() {
    let (sandbox, _block) = Sandbox::with_block(2);
    let text = "x\x1b[31m\nerror: \r\x07\u{9b}2J\u{202e}\u{200b}";
    let option = format!("--{text}");
    for arguments in [
        &["lock", "-n", "--slot", text][..],
        &["unlock", text],
        &["status", "--key", text],
        &["status", "--format", text],
        &["status", "--columns", text],
        &["status", &option],
        &["create", "--owner", text],
        &["remove", "--yes", "--owner", text],
        &["remove", "--yes", "--idle", text],
        &["lock", "-n", "a", "--", text],
        &["status", "--ipc-namespace", text],
        &[text],
    ] {
        for format in [None, Some("--format=json")] {
            let told = sandbox.run(arguments.iter().copied().chain(format));
            let stderr = told.stderr();
            assert!(stderr.contains("[31m"), "{told}");
            let is_plain = |c: char| c == '\n' || (' '..='~').contains(&c);
            assert!(stderr.chars().all(is_plain), "{told}");
            assert!(!stderr.lines().any(|line| line.starts_with("error: \r")), "{told}");
        }
    }
}
