//! The forms of `status`: tables for people, columns for awk, a map of large blocks.

use std::process::Command;

use crate::common::{Finished, Running, Sandbox, until_waiting};

/// The lines of a table, each as its words.
fn words(said: &str) -> Vec<Vec<&str>> {
    said.lines().map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn the_header_names_owner_and_creator_and_tells_times_exactly_and_by_age() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let never = sandbox.run(["status"]).exits(0).stdout();
    assert!(never.contains(" otime      never (last operation)\n"), "{never}");
    sandbox.run(["lock", "a", "--", "true"]).exits(0);
    let said = sandbox.run(["status"]).exits(0).stdout();
    let words = words(&said);
    for what in ["owner", "creator"] {
        let expected = vec![what, "root", "(0),", "group", "root", "(0)"];
        assert!(words.contains(&expected), "{expected:?} is not in {said}");
    }
    for what in ["ctime", "otime"] {
        let line = words.iter().find(|line| line.first() == Some(&what)).unwrap();
        let [_, time, zone, age, unit, ago] = line[1..7] else { panic!("{line:?}") };
        assert!(time.len() == "12:34:56".len() && zone.ends_with(','), "{line:?}");
        assert!(
            age.parse::<u8>().is_ok() && unit.starts_with("second") && ago == "ago",
            "{line:?}"
        );
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn every_column_can_be_chosen_and_stands_in_the_order_asked_for() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["--slot", "3"]);
    let waiter = Running::start(sandbox.semlock(["lock", "--slot", "3", "--", "true"]));
    until_waiting(block, 1);
    crate::common::until("the waiter is seen", || waiter.waits_for_a_semaphore());
    let columns =
        "slot,state,readers,writer,persistent,waiting,sempid,age,since,holders,waiters,command";
    let table = sandbox.run(["status", "--columns", columns]).exits(0).stdout();
    let words = words(&table);
    let headings = columns.to_uppercase().replace(',', " ");
    assert_eq!(words[0].join(" "), headings);
    let (has, waits) = (holder.pid().to_string(), waiter.pid().to_string());
    assert_eq!(words[1][..7], ["3", "write", "0", "1", "0", "1", &has]);
    assert_eq!(words[1][9..], [&has, &waits, "cat"]);
    assert_eq!(words.len(), 2);
    let bare = ["status", "--no-headers", "--columns", "waiters,slot", "--columns", "state"];
    assert_eq!(sandbox.run(bare).exits(0).stdout(), format!(" {waits}  3  write\n"));
    sandbox.run(["status", "--columns", "slot,nonsense"]).exits(64).complains("nonsense");
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiter.finish(), 0);
    sandbox.run(["status", "--no-headers"]).exits(0).is_silent();
    let all = sandbox.run(["status", "--no-headers", "--slots", "all"]).exits(0).stdout();
    assert_eq!(all.lines().count(), 16);
}

#[test]
fn a_large_block_has_a_map_of_the_rows_in_use() {
    let (sandbox, block) = Sandbox::with_block(400);
    sandbox.run(["status"]).exits(0).contains("no slot is in use");
    let all = sandbox.run(["status", "--slots", "all"]).exits(0).stdout();
    assert!(!all.contains("in a row") && !all.contains("in capitals"), "{all}");
    let reader = sandbox.hold(&["-s", "--slot", "1"]);
    let writer = sandbox.hold(&["--slot", "199"]);
    crate::common::abandon(block.writer(semlock::session::Slot::new(130)));
    let waiter = Running::start(sandbox.semlock(["lock", "--slot", "1", "--", "true"]));
    until_waiting(block, 1);
    for slots in ["used", "all"] {
        let said = sandbox.run(["status", "--slots", slots]).exits(0).stdout();
        let map: Vec<_> = said.lines().filter(|line| line.contains("....")).collect();
        let row = |first: u16, length, marks: &[(usize, char)]| {
            let mut row = vec!['.'; length];
            for &(at, mark) in marks {
                row[at] = mark;
            }
            format!(" {first:>5}  {}", row.into_iter().collect::<String>())
        };
        let rows = [row(0, 64, &[(1, 'R')]), row(128, 64, &[(2, 'a')]), row(192, 8, &[(7, 'w')])];
        assert_eq!(map, rows, "{said}");
        assert!(said.contains("in capitals where a process waits"), "{said}");
        let rows = words(&said);
        let free = rows.iter().filter(|line| line.get(1..3) == Some(&["free", "0"])).count();
        assert_eq!(free, if slots == "all" { 197 } else { 0 }, "{said}");
    }
    assert_eq!((reader.finish(), waiter.finish(), writer.finish()), (0, 0, 0));
}

#[test]
fn sessions_that_share_a_slot_are_told_of_each_other() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let [one, other] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
    let arguments = ["status", one, other, "a", one];
    let said = sandbox.run([&arguments[..], &["--format", "json"]].concat()).json();
    let shares = |at: usize| said["sessions"][at]["shares_with"].clone();
    assert_eq!(shares(0), serde_json::json!([other]));
    assert_eq!(shares(1), serde_json::json!([one, one]));
    assert_eq!(shares(2), serde_json::json!([]));
    let table = sandbox.run(arguments);
    table.exits(0).contains(&format!("free   \"{other}\"\n"));
    table.contains("\nnone of their slots is in use\n");
}

/// What `semlock status` writes to a terminal of that many columns.
fn on_a_terminal(sandbox: &Sandbox, columns: u16) -> String {
    let mut script = Command::new("script");
    let command = format!("stty cols {columns}; {} status", sandbox.binary());
    script.args(["-qec", &command, "/dev/null"]).env_remove("SEMLOCK_KEY");
    Finished::of(script).exits(0).stdout()
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_long_command_is_cut_to_the_width_of_a_terminal_and_nowhere_else() {
    let (sandbox, block) = Sandbox::with_block(32);
    let long = "x".repeat(300);
    let mut reader = sandbox.semlock(["lock", "--slot", "1", "--", "sh", "-c", "cat; exit", &long]);
    reader.env("HOME", "/");
    let reader = Running::start(reader);
    crate::common::until("the lock", || !block.raised_slots().unwrap().is_empty());
    for columns in [90, 140] {
        let said = on_a_terminal(&sandbox, columns);
        let line = said.lines().find(|line| line.contains(" write ")).unwrap().trim_end();
        let width = line.chars().count();
        assert!(width <= columns.into() && width + 20 > columns.into(), "{columns}: {said}");
        assert!(line.contains("sh -c"), "{said}");
    }
    sandbox.run(["status"]).exits(0).contains(&long);
    sandbox.run(["status", "--format", "json"]).exits(0).contains(&long);
    assert_eq!(reader.finish(), 0);
}
