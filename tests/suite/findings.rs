//! What `status` says is wrong with a block, what `--check` says of it, and that doing
//! what is printed puts an end to it.

use crate::common::remedy::follow;
use crate::common::{Finished, Running, Sandbox, abandon, holders, perl, until, until_waiting};
use semlock::session::slot_of;
use serde_json::{Value, json};

fn slot(session: &str) -> u16 {
    slot_of(session.as_bytes(), 34).unwrap().index()
}

fn fixes(finished: &Finished) -> Vec<String> {
    let said = finished.stdout();
    said.lines().filter_map(|line| line.strip_prefix("  fix: ")).map(Into::into).collect()
}

fn report(sandbox: &Sandbox, options: &[&str]) -> Value {
    let words = [&["status", "--format", "json"], options].concat();
    sandbox.run(words).exits(0).json()
}

/// Waits until every process is seen that waits: it is counted a moment before.
fn until_seen(sandbox: &Sandbox, waiting: usize) {
    until("every waiter is seen", || {
        let slots = report(sandbox, &[])["slots"].clone();
        let waiters = |slot: &Value| slot["waiters"].as_array().map_or(0, Vec::len);
        slots.as_array().unwrap().iter().map(waiters).sum::<usize>() == waiting
    });
}

/// Checks for any wait at all; what is printed must be what `status` ends with.
#[track_caller]
fn check(sandbox: &Sandbox) -> Finished {
    let checked = sandbox.run(["status", "--check", "--waiting", "0s"]);
    let shown = sandbox.run(["status", "--waiting", "0s"]).exits(0).stdout();
    let kinds = |text: &str| {
        let kind = |line: &str| line.split_once(": ").map(|(kind, _)| kind.to_owned());
        text.lines().filter(|line| !line.starts_with(' ')).filter_map(kind).collect::<Vec<_>>()
    };
    assert!(kinds(&shown).ends_with(&kinds(&checked.stdout())), "{shown}\n{checked}");
    sandbox.run(["status", "--check", "--waiting", "0s", "--quiet"]).is_silent();
    checked
}

/// Checks and does all that is printed; the next check must be clean.
#[track_caller]
fn is_fixed(sandbox: &Sandbox) -> Vec<String> {
    let checked = check(sandbox);
    let fixes = fixes(checked.exits(1));
    assert!(!fixes.is_empty(), "no fix: {checked}");
    for fix in &fixes {
        follow(sandbox, fix);
    }
    until("nothing is wrong any more", || {
        sandbox.run(["status", "--check", "--waiting", "0s"]).status() == Some(0)
    });
    fixes
}

#[test]
fn a_block_in_which_nothing_is_wrong_is_checked_without_a_word() {
    let (sandbox, _) = Sandbox::with_block(34);
    check(&sandbox).exits(0).is_silent();
    assert_eq!(report(&sandbox, &[])["findings"], json!([]));
    let holder = sandbox.hold(&["a"]);
    check(&sandbox).exits(0).is_silent();
    assert_eq!(holder.finish(), 0);
}

#[test]
fn quiet_is_for_checks_alone() {
    let (sandbox, _) = Sandbox::with_block(34);
    sandbox.run(["status", "--quiet"]).exits(64).complains("--check");
}

#[test]
fn locks_that_ended_processes_have_left_are_cleared_by_what_is_printed() {
    let (sandbox, block) = Sandbox::with_block(34);
    abandon(17 + 3);
    check(&sandbox).exits(1).contains(", which has ended, left slot 3 locked\n");
    abandon(17 + 5);
    check(&sandbox).contains("abandoned-lock: processes that have ended left slots 3, 5 locked\n");
    let semid = block.set().semid();
    let unlock =
        format!("semlock unlock --abandoned --all --id {semid}  # clears only what ended ");
    let fixes = is_fixed(&sandbox);
    assert!(fixes.len() == 1 && fixes[0].starts_with(&unlock), "{fixes:?}");
    crate::common::assert_free(block);
}

#[test]
fn an_abandoned_lock_that_readers_are_in_is_to_be_cleared_later() {
    let (sandbox, block) = Sandbox::with_block(34);
    let reader = sandbox.hold(&["-s", "a"]);
    abandon(17 + slot("a"));
    let checked = check(&sandbox);
    checked.exits(1).contains(&format!("once the readers have left: {}\n", slot("a")));
    assert_eq!(fixes(&checked), [""; 0]);
    assert_eq!(reader.finish(), 0);
    is_fixed(&sandbox);
    crate::common::assert_free(block);
}

fn waiting_for(sandbox: &Sandbox, session: &str) -> Running {
    Running::start(sandbox.semlock(["lock", session, "--", "true"]))
}

#[test]
fn who_has_what_others_wait_for_is_to_be_ended() {
    let (sandbox, block) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["a"]);
    let waiter = waiting_for(&sandbox, "a");
    until_waiting(block, 1);
    until_seen(&sandbox, 1);
    sandbox.run(["status", "--check"]).exits(0).is_silent();
    let (slot, pid) = (slot("a"), holder.pid());
    let checked = check(&sandbox);
    checked.exits(1).contains("long-wait: a process ");
    checked.contains(&format!("    process {pid} (cat) has "));
    checked.contains(&format!("    process {} (", waiter.pid()));
    let fixes = is_fixed(&sandbox);
    assert_eq!(
        fixes,
        [format!("kill {pid}  # it releases slot {slot}; its unfinished work is lost")]
    );
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn of_a_lock_that_is_kept_for_another_that_other_is_to_be_ended() {
    for mode in ["-x", "-s"] {
        let (sandbox, block) = Sandbox::with_block(34);
        let mut owner = perl(&sandbox, 34);
        assert_eq!(owner.ask("write z"), "held");
        sandbox.run(["lock", mode, "--for", &owner.pid().to_string(), "a"]).exits(0);
        let waiter = waiting_for(&sandbox, "a");
        until_waiting(block, 1);
        until_seen(&sandbox, 1);
        let [keeper] = holders()[..] else { panic!("one holder expected") };
        check(&sandbox).contains(&format!(", kept by process {keeper}"));
        let fixes = is_fixed(&sandbox);
        assert!(
            fixes[0].starts_with(&format!("kill {}  # it releases slot ", owner.pid())),
            "{fixes:?}"
        );
        assert_eq!(waiter.finish(), 0);
        until("the holder gone", || holders().is_empty());
    }
}

#[test]
fn a_persistent_lock_that_others_wait_for_is_to_be_unlocked() {
    let (sandbox, block) = Sandbox::with_block(34);
    sandbox.run(["lock", "--persist", "a"]).exits(0);
    let waiter = waiting_for(&sandbox, "a");
    until_waiting(block, 1);
    until_seen(&sandbox, 1);
    check(&sandbox).contains("1 persistent lock, which no process has\n");
    let fixes = is_fixed(&sandbox);
    assert!(fixes[0].ends_with("# releases the persistent lock, which was taken on purpose"));
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn what_withstands_a_signal_is_ended_by_a_harder_one() {
    let (sandbox, block) = Sandbox::with_block(34);
    let script = "trap '' TERM; echo held; read _";
    let mut stubborn = Running::start(sandbox.semlock(["lock", "a", "--", "sh", "-c", script]));
    assert_eq!(stubborn.line(), "held");
    let waiter = waiting_for(&sandbox, "a");
    until_waiting(block, 1);
    until_seen(&sandbox, 1);
    let fixes = is_fixed(&sandbox);
    assert!(fixes[0].starts_with(&format!("kill -KILL {}  # ", stubborn.pid())), "{fixes:?}");
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn who_asks_is_not_told_to_end_itself() {
    let (sandbox, block) = Sandbox::with_block(34);
    let semlock = sandbox.binary();
    let script =
        format!("echo held; read _; {semlock} status --waiting 0s; echo; echo end; read _; true");
    let mut asking = Running::start(sandbox.semlock(["lock", "a", "--", "sh", "-c", &script]));
    assert_eq!(asking.line(), "held");
    let waiter = waiting_for(&sandbox, "a");
    until_waiting(block, 1);
    until_seen(&sandbox, 1);
    asking.tell("go");
    let said = asking.reads("\nend\n");
    assert!(said.contains("\nlong-wait: ") && !said.contains("  fix: kill"), "{said}");
    assert_eq!(asking.finish(), 0);
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn since_when_a_process_waits_is_told_to_programs_and_in_a_table() {
    let (sandbox, block) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["a"]);
    let begun = jiff::Timestamp::now();
    let waiter = waiting_for(&sandbox, "a");
    until_waiting(block, 1);
    until_seen(&sandbox, 1);
    let since = || {
        let report = report(&sandbox, &[]);
        let since: jiff::Timestamp =
            report["slots"][0]["waiters"][0]["since"].as_str().unwrap().parse().unwrap();
        let time: jiff::Timestamp = report["time"].as_str().unwrap().parse().unwrap();
        (since, time.duration_since(since).as_secs())
    };
    until("it has waited for two seconds", || since().1 >= 2);
    let checked = sandbox.run(["status", "--check", "--waiting", "0s"]).stdout();
    assert!(checked.contains("has waited") && !checked.contains("other"), "{checked}");
    // A clock that ticks a hundred times a second may be so late.
    assert!(since().0 >= begun - jiff::SignedDuration::from_millis(20), "{:?}", since());
    sandbox.run(["status"]).contains("\n SLOT  WHO").contains("  FOR  ");
    let metrics = sandbox.run(["status", "--format", "prometheus"]).stdout();
    let longest = "semlock_block_longest_wait_seconds{key=\"31818\"} ";
    let seconds = metrics.lines().find_map(|line| line.strip_prefix(longest)).unwrap();
    assert!(seconds.parse::<u32>().unwrap() >= 2, "{metrics}");
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiter.finish(), 0);
    let metrics = sandbox.run(["status", "--format", "prometheus"]).stdout();
    assert!(metrics.contains(&format!("{longest}0\n")), "{metrics}");
}

#[test]
fn a_wait_of_unknown_length_is_neither_right_nor_wrong() {
    let (sandbox, block) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["a"]);
    let waiter = waiting_for(&sandbox, "a");
    until_waiting(block, 1);
    until_seen(&sandbox, 1);
    let sched = format!("/proc/{0}/task/{0}/sched", waiter.pid());
    let unknown = format!(
        "it is unknown how long a process has waited for slot {}: Permission denied (EACCES)",
        slot("a")
    );
    let blind = |words: &[&str]| {
        let mut strace = std::process::Command::new("strace");
        strace.args(["-qq", "-o", "/dev/null", "-P", &sched]);
        strace.args(["--inject=open,openat:error=EACCES", sandbox.binary()]).args(words);
        Finished::of(strace)
    };
    blind(&["status", "--check", "--waiting", "0s"]).exits(77).prints("").complains(&unknown);
    let json = blind(&["status", "--format", "json", "--waiting", "0s"]).exits(0).json();
    assert_eq!(json["slots"][0]["waiters"][0]["since"], Value::Null, "{json}");
    assert_eq!(json["findings"], json!([]));
    blind(&["status"]).exits(0).contains(&format!("\n{unknown}\n"));
    let metrics = blind(&["status", "--format", "prometheus"]).stdout();
    assert!(!metrics.contains("longest_wait_seconds{"), "{metrics}");
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiter.finish(), 0);
}

#[test]
fn a_size_on_which_long_ids_share_slots_is_replaced_by_what_is_printed() {
    let (sandbox, _) = Sandbox::with_block(32);
    let checked = check(&sandbox);
    checked
        .exits(1)
        .contains("shared-slots: all session ids of 13 or more characters share one slot");
    let fixes = is_fixed(&sandbox);
    assert_eq!(
        fixes,
        [
            "semlock create --replace --nsems 34 --key 31818  # stop the application first, and start it \
          with NSems => 34: clients with different sizes do not exclude each other"
        ]
    );
    assert_eq!(report(&sandbox, &[])["block"]["nsems"], 34);
}
