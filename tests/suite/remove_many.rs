//! What `remove` of many sets says: groups, the question, the last line, and nothing
//! twice; several sets by name; and what root's removals leave in the system's log.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use crate::common::{Finished, Running, Sandbox, alone, assert_free, remedy, until};
use semlock::session::Block;
use semlock::sysv::{Key, Set, all_sets};

fn semids() -> Vec<i32> {
    all_sets().unwrap().iter().map(|set| set.semid.raw()).collect()
}

/// Sets without a key.
fn private(number: usize) -> Vec<i32> {
    (0..number).map(|_| Set::create(Key::PRIVATE, 1, 0o600).unwrap().semid().raw()).collect()
}

/// `remove` as it is without an option that asks for more or less of an answer.
fn remove(sandbox: &Sandbox, options: &[&str]) -> Finished {
    let mut semlock = sandbox.semlock(["remove"]);
    semlock.args(alone()).args(["--idle", "0s"]).args(options);
    Finished::of(semlock)
}

/// The same on a terminal of 80 columns.
fn on_a_terminal(sandbox: &Sandbox, options: &str) -> Running {
    on_columns(80, sandbox, options)
}

fn on_columns(columns: usize, sandbox: &Sandbox, options: &str) -> Running {
    let semlock = format!("{} remove --idle 0s {} {options}", sandbox.binary(), alone().join(" "));
    let mut script = Command::new("script");
    let command = format!("stty cols {columns}; {semlock}; echo status $?");
    script.args(["-q", "-c", &command, "/dev/null"]).stdin(Stdio::piped());
    Running::start(script)
}

/// A living Perl program that has semaphore calls, and could use any set with a key.
fn perl() -> Running {
    let mut perl = Command::new("perl");
    perl.args(["-e", "use IPC::SysV; $| = 1; print qq(ready\\n); <STDIN>"]);
    let mut perl = Running::start(perl);
    assert_eq!(perl.line(), "ready");
    perl
}

/// A living process that used a set last, and is not seen to have semaphore calls.
fn last_user(semid: i32) -> Running {
    let using = format!("exec perl -e 'semop({semid}, pack q(s!3), 0, 1, 0) or die; exec q(cat)'");
    let mut shell = Command::new("sh");
    shell.args(["-c", &using]);
    let mut cat = Running::start(shell);
    assert_eq!(cat.ask("used"), "used");
    cat
}

/// The words of the lines of a table, and what follows it.
fn rows(said: &str) -> Vec<Vec<String>> {
    said.lines().map(|line| line.split_whitespace().map(Into::into).collect()).collect()
}

#[test]
fn five_thousand_orphans_are_a_handful_of_lines_that_say_nothing_twice() {
    let sandbox = Sandbox::new();
    fs::write("/proc/sys/kernel/sem", "32 32000 32 8000").unwrap();
    private(5000);
    let plan = remove(&sandbox, &["--orphaned", "--dry-run"]);
    let plan = plan.exits(0).is_said("").stdout();
    assert_eq!(plan.lines().count(), 3, "{plan}");
    let [heading, row, last] = &rows(&plan)[..] else { panic!("{plan}") };
    assert_eq!(heading.join(" "), "ACTION SETS SEMID USER VERDICT REASON");
    assert_eq!(row[..2], ["remove", "5000"]);
    assert!(row.join(" ").ends_with("orphaned no process could use them"), "{plan}");
    assert_eq!(last.join(" "), "would remove 5000 sets; 5000 of 8000 sets (SEMMNI) exist, 0 then");
    assert_eq!(semids().len(), 5000);
    let done = remove(&sandbox, &["--orphaned", "--yes"]);
    let done = done.exits(0).is_said("").stdout();
    assert_eq!(done.lines().count(), 3, "{done}");
    assert_eq!(rows(&done)[1][..2], ["removed", "5000"]);
    let last = "\nremoved 5000 sets; 5000 of 8000 sets (SEMMNI) existed, 0 now\n";
    assert!(done.ends_with(last), "{done}");
    assert!(semids().is_empty());
}

#[test]
fn sets_are_grouped_by_why_they_are_kept_and_the_limit_that_is_nearer_is_named() {
    let sandbox = Sandbox::new();
    fs::write("/proc/sys/kernel/sem", "32 40 32 100").unwrap();
    let ids = private(4);
    let block = Block::create(Key::new(7), 32, 0o700).unwrap();
    let users: Vec<_> = ids[..2].iter().map(|&semid| last_user(semid)).collect();
    let done = remove(&sandbox, &["--all", "--yes"]);
    let done = done.exits(75).is_said("").stdout();
    assert!(rows(&done).iter().any(|row| row[..2] == ["removed", "3"]), "{done}");
    for (user, semid) in users.iter().zip(&ids) {
        let row = format!("process {} (cat) used or set it last\n", user.pid());
        assert!(done.contains(&row), "{done}");
        assert!(rows(&done).iter().any(|row| row[..3] == ["kept", "1", &*semid.to_string()]));
    }
    let last = "removed 3 sets, kept 2; 36 of 40 semaphores (SEMMNS) existed, 2 now\n";
    assert!(done.ends_with(last), "{done}");
    assert!(block.set().info().is_err());
    let verbose = remove(&sandbox, &["--all", "--yes", "--verbose"]);
    let verbose = verbose.exits(75).is_said("").stdout();
    for semid in &ids[..2] {
        assert_eq!(verbose.matches(&format!("kept semid {semid}, no key, ")).count(), 1);
    }
    assert!(verbose.ends_with("nothing to remove: 2 sets kept\n"), "{verbose}");
    assert!(!verbose.contains("ACTION"), "{verbose}");
    users.into_iter().for_each(Running::kill);
}

#[test]
fn sets_that_one_process_keeps_go_by_the_command_that_is_printed() {
    let sandbox = Sandbox::new();
    let perl = perl();
    let ids = private(8);
    let kept = remove(&sandbox, &["--private", "--yes"]);
    let kept = kept.exits(75).is_said("").stdout();
    let who = format!("process {} (perl)", perl.pid());
    assert!(kept.contains(&format!(" {who} may use them\n")), "{kept}");
    assert!(kept.ends_with("\nnothing to remove: 8 sets kept\n"), "{kept}");
    let fix = kept.lines().find_map(|line| line.strip_prefix("  fix: ")).unwrap();
    let (command, note) = fix.split_once("  # ").unwrap();
    assert_eq!(note, format!("if {who} has nothing to do with them"));
    let json = remove(&sandbox, &["--private", "--dry-run", "--format", "json"]).json();
    let keeps = format!("{who} keeps 8 sets: ");
    assert!(json["notes"].to_string().contains(&keeps), "{}", json["notes"]);
    assert!(command.starts_with("semlock remove --private --idle 0s --ignore "), "{fix}");
    assert!(command.ends_with(&format!(" --ignore {} --yes", perl.pid())), "{fix}");
    assert_eq!(semids(), ids);
    let words: Vec<_> = command.split(' ').skip(1).collect();
    sandbox.run(words).exits(0).contains("\nremoved 8 sets; 8 of ");
    assert!(semids().is_empty());
    perl.kill();
}

#[test]
fn the_question_counts_and_what_was_kept_by_the_plan_decides_the_status_too() {
    let sandbox = Sandbox::new();
    let ids = private(3);
    let user = last_user(ids[0]);
    let mut asked = on_a_terminal(&sandbox, "--all");
    let plan = asked.reads("remove 2 sets? [y/N/list] ");
    assert_eq!(plan.matches("ACTION").count(), 1, "{plan}");
    let is_whole = format!("process {} (cat) used or set it last\r\n", user.pid());
    assert!(plan.contains(&is_whole), "{plan}");
    asked.tell("list");
    let list = asked.reads("remove 2 sets? [y/N/list] ");
    for semid in &ids {
        let action = if *semid == ids[0] { "keep" } else { "remove" };
        assert_eq!(list.matches(&format!("{action} semid {semid}, no key, 1 ")).count(), 1);
    }
    asked.tell("yes");
    let result = asked.reads("status 75");
    assert!(result.contains("removed 2 sets, kept 1; 3 of "), "{result}");
    assert!(!result.contains("ACTION") && !result.contains("cat"), "{result}");
    assert_eq!(semids(), [ids[0]]);
    let mut unasked = on_a_terminal(&sandbox, "--all");
    let kept = unasked.reads("status 75");
    assert!(!kept.contains('?') && kept.matches("(cat)").count() == 1, "{kept}");
    assert!(kept.contains("nothing to remove: 1 set kept"), "{kept}");
    user.kill();
}

#[test]
fn without_a_terminal_nothing_is_asked_and_both_ways_to_go_on_are_offered() {
    let sandbox = Sandbox::new();
    private(2);
    let refused = sandbox.run(["remove", "--orphaned"]);
    refused.exits(64).complains("there is no terminal");
    assert_eq!(
        remedy::fixes(&refused),
        [
            "semlock remove --orphaned --dry-run  # shows which they are",
            "semlock remove --orphaned --yes"
        ]
    );
    remedy::follow(&sandbox, "semlock remove --orphaned --dry-run");
}

#[test]
fn no_reason_is_cut_and_no_word_broken_however_narrow_the_terminal_is() {
    let sandbox = Sandbox::new();
    let ids = private(6);
    let user = last_user(ids[0]);
    for columns in [40, 50, 60, 80, 120, 200] {
        let mut plan = on_columns(columns, &sandbox, "--all --dry-run");
        let said = plan.reads("would remove 5 sets, keep 1");
        let lines = said.lines().filter(|line| !line.contains('\x1b'));
        assert!(lines.clone().all(|line| line.chars().count() <= columns), "{columns}: {said}");
        let words: Vec<_> = said.split_whitespace().collect();
        let words = words.join(" ");
        for reason in [
            "no process could use them".to_owned(),
            format!("process {} (cat) used or set it last", user.pid()),
        ] {
            assert!(words.contains(&reason), "{columns}: {said}");
        }
        assert_eq!(words.contains("SEMID"), columns > 80, "{columns}: {said}");
        let rest = said.lines().last().unwrap().to_owned() + &plan.reads("status 75");
        assert!(rest.lines().all(|line| line.chars().count() <= columns), "{columns}: {rest}");
    }
    user.kill();
}

#[test]
fn a_named_set_that_was_used_lately_is_kept_if_only_idle_ones_are_asked_for() {
    let (sandbox, block) = Sandbox::with_block(32);
    let kept = sandbox.run(["remove", "--key", "31818", "--idle", "1h"]);
    kept.exits(75).prints("").complains(": it was changed or used ");
    kept.complains(" ago, which --idle excludes\n");
    assert_free(block);
    sandbox.run(["remove", "--key", "31818", "--idle", "0s"]).exits(0);
    assert!(semids().is_empty());
}

#[test]
fn several_sets_by_name_go_each_as_if_it_were_the_only_one() {
    let sandbox = Sandbox::new();
    let ids = private(2);
    let held = Block::create(Key::new(8), 4, 0o700).unwrap();
    let free = Block::create(Key::new(9), 4, 0o700).unwrap();
    let holder = sandbox.hold(&["--key", "8", "a"]);
    let [first, second] = [ids[0], ids[1]].map(|semid| semid.to_string());
    let all = ["--id", &first, "--key", "8", "--id", &second, "--key", "0x9", "--id", &first];
    let plan = sandbox.run([&["remove", "--dry-run"], &all[..]].concat());
    let planned = format!("would remove semid {first}, ");
    assert_eq!(plan.exits(75).stdout().matches(&planned).count(), 1, "{plan}");
    assert_eq!(semids().len(), 4);
    let done = sandbox.run([&["remove"], &all[..]].concat());
    done.exits(75).complains("cannot remove block 8 (0x00000008): a lock in it is held\n");
    for semid in [ids[0], ids[1], free.set().semid().raw()] {
        assert_eq!(done.stdout().matches(&format!("removed semid {semid}, ")).count(), 1, "{done}");
    }
    assert_eq!(semids(), [held.set().semid().raw()]);
    assert_eq!(holder.finish(), 0);
    let missing = sandbox.run(["remove", "--key", "9", "--key", "8"]);
    missing.exits(66).contains("removed semid ").complains("cannot remove block 9 (0x00000009): ");
    assert!(semids().is_empty());
    let gone = ["remove", "--key", "9", "--key", "8", "--if-exists"];
    sandbox.run(gone).exits(0).is_silent();
    sandbox.run(["remove", "--key", "9", "--all", "--yes"]).exits(64);
}

#[test]
fn inside_a_container_one_line_has_the_command_for_the_host() {
    let sandbox = Sandbox::new();
    for key in 1..=3 {
        Block::create(Key::new(key), 4, 0o700).unwrap();
    }
    let mut inside = Command::new("unshare");
    inside.args(["--pid", "--fork", "--mount-proc", sandbox.binary(), "remove", "--orphaned"]);
    inside.args(["--idle", "0s", "--ignore", "7", "--ignore", "sh", "--yes"]);
    let said = Finished::of(inside);
    let said = said.exits(0).is_said("").stdout();
    assert!(said.contains(" processes outside may use them\n"), "{said}");
    let fix = said.lines().filter_map(|line| line.strip_prefix("  fix: on the host: semlock "));
    let [fix] = fix.collect::<Vec<_>>()[..] else { panic!("{said}") };
    let (command, note) = fix.split_once("  # ").unwrap();
    assert_eq!(command, "--ipc-namespace PID remove --orphaned --idle 0s --ignore sh");
    assert_eq!(note, "PID: a process of this container, as the host numbers it");
    let process = Running::start(Command::new("cat"));
    let pid = process.pid().to_string();
    let words = command.split(' ').map(|word| if word == "PID" { &*pid } else { word });
    sandbox.run(words.chain(["--dry-run"])).exits(0);
    assert_eq!(process.finish(), 0);
    assert_eq!(semids().len(), 3);
}

/// Runs a command where this directory is /dev, with a log in it or without.
fn with_dev(sandbox: &Sandbox, command: &str) -> Finished {
    let dev = sandbox.directory.join("dev");
    let _ = fs::create_dir(&dev);
    for device in ["null", "zero", "urandom"] {
        fs::write(dev.join(device), "").unwrap();
    }
    let script = format!(
        "for one in null zero urandom; do mount --bind /dev/$one {0}/$one; done
mount --rbind {0} /dev || exit 99
{command}",
        dev.display()
    );
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "sh", "-c", &script]).current_dir(&sandbox.directory);
    Finished::of(unshare)
}

/// What has come in.
fn received(log: &UnixDatagram) -> Vec<String> {
    log.set_nonblocking(true).unwrap();
    let mut message = [0; 4096];
    let next = || {
        log.recv(&mut message)
            .ok()
            .map(|length| String::from_utf8_lossy(&message[..length]).into_owned())
    };
    std::iter::from_fn(next).collect()
}

#[test]
fn what_root_removes_is_logged_a_line_each() {
    let sandbox = Sandbox::new();
    let dev = sandbox.directory.join("dev");
    fs::create_dir(&dev).unwrap();
    let log = UnixDatagram::bind(dev.join("log")).unwrap();
    let ids = private(2);
    let block = Block::create(Key::new(7), 4, 0o700).unwrap().set().semid().raw();
    let semlock = sandbox.binary();
    let plan =
        format!("{semlock} remove --all --force --dry-run && {semlock} remove --key 7 --dry-run");
    with_dev(&sandbox, &plan).exits(0);
    assert_eq!(received(&log), Vec::<String>::new());
    with_dev(&sandbox, &format!("{semlock} remove --key 7 --id {}", ids[0])).exits(0);
    with_dev(&sandbox, &format!("{semlock} remove --all --force --yes --quiet")).exits(0);
    let lines = received(&log);
    assert_eq!(lines.len(), 3, "{lines:#?}");
    let parts = [
        format!("removed semid {block}, key 0x00000007, 4 semaphores, mode 0700, owner "),
        format!("removed semid {}, no key, 1 semaphore, mode 0600, owner ", ids[0]),
        format!("removed by force semid {}, no key, 1 semaphore, mode 0600, owner ", ids[1]),
    ];
    for (line, part) in lines.iter().zip(parts) {
        // As the C library frames it: authpriv.notice, the time, the program and its pid.
        let (head, text) = line.split_once("]: ").unwrap();
        assert!(head.starts_with("<85>") && head.contains(" semlock["), "{line}");
        assert_eq!(head.find(" semlock["), Some("<85>Nov 26 09:08:00".len()), "{line}");
        assert!(text.starts_with(&part), "{line}");
        assert!(text.split_once("): ").unwrap().1.contains(": "), "no evidence: {line}");
        assert!(!line.ends_with('\n'), "{line}");
    }
}

#[test]
fn a_log_that_nobody_reads_keeps_no_set_and_holds_up_nothing() {
    let sandbox = Sandbox::new();
    let dev = sandbox.directory.join("dev");
    fs::create_dir(&dev).unwrap();
    private(100);
    let command = format!("{} remove --all --force --yes", sandbox.binary());
    with_dev(&sandbox, &command).exits(0).is_said("");
    let log = UnixDatagram::bind(dev.join("log")).unwrap();
    // The kernel queues some, as /proc/sys/net/unix/max_dgram_qlen says.
    private(1500);
    let lost = with_dev(&sandbox, &command);
    lost.exits(0).complains("semlock: warning: the system log did not accept ");
    assert!(semids().is_empty());
    let taken = received(&log).len();
    let said = lost.stderr();
    let number = said.split_whitespace().find_map(|word| word.parse::<usize>().ok()).unwrap();
    assert_eq!(taken + number, 1500, "{said}");
    drop(log);
    private(2);
    with_dev(&sandbox, &command).exits(0).is_said("");
    assert!(semids().is_empty());
}

#[test]
fn a_signal_amid_a_removal_leaves_the_report_of_what_was_removed() {
    let sandbox = Sandbox::new();
    let all = private(6000).len();
    let mut removing = Running::start(sandbox.semlock(["remove", "--all", "--force", "--yes"]));
    until("the first sets are removed", || semids().len() < all);
    removing.signal(Signal::SIGINT);
    removing.reads("removed");
    assert_eq!(removing.finish(), 128 + libc::SIGINT);
    assert!(!semids().is_empty(), "it went on after the signal");
}
