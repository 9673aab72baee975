//! What people see of slots and of the processes that use them.

mod reports;

use jiff::{SignedDuration, Timestamp};

use super::{HolderReport, SessionNames, SlotReport, WaiterReport, map, session_names, users};
use crate::system::{Pid, Text};
use crate::view::made::{self, slot};
use crate::view::{RenderOptions, SlotState};

fn holder(pid: i32, mode: &'static str) -> HolderReport {
    let command = Some(Text::from_static("perl app.pl"));
    HolderReport { command, ..made::holder(Pid::new(pid).unwrap(), mode) }
}

fn waiter(pid: i32) -> WaiterReport {
    made::waiter(
        Pid::new(pid).unwrap(),
        Some(Timestamp::UNIX_EPOCH - SignedDuration::from_secs(90)),
    )
}

fn table(slot: &SlotReport) -> String {
    users::table(&[slot], &RenderOptions::plain()).draw()
}

#[test]
fn readers_are_named_as_far_as_they_are_known_and_the_others_are_counted() {
    let read = SlotReport {
        readers: 3,
        waiting: 2,
        holders: Some(vec![holder(7, "read")]),
        waiters: Some(vec![waiter(9)]),
        ..slot(5, SlotState::Read)
    };
    assert_eq!((read.unnamed_readers(), read.unnamed_waiters()), (2, 1));
    assert_eq!(
        table(&read),
        " SLOT  WHO    PID  LOCK   FOR  KEPT BY  SESSION  COMMAND
    5  has      7  read     -        -  -        perl app.pl
    5  has      ?  read     -        -  -        2 unidentified
    5  waits    9  write  90s        -  -        -
    5  waits    ?  -        ?        -  -        1 unidentified"
    );
}

#[test]
fn a_persistent_lock_is_no_reader_without_a_name() {
    let locked = |readers, persistent, writer| {
        let state = SlotState::Persistent;
        SlotReport { readers, writer, persistent, ..slot(5, state) }.unnamed_readers()
    };
    assert_eq!(locked(1, 1, false), 0, "a persistent read lock");
    assert_eq!(locked(3, 1, false), 2);
    assert_eq!(locked(2, 1, true), 2, "a persistent write lock, while readers have it");
    assert_eq!(locked(0, 1, true), 0);
}

#[test]
fn a_holder_that_keeps_the_lock_is_shown_beside_the_process_that_it_is_for() {
    let (owner, sessions) = (Pid::new(3), vec![Text::from_static("abc"), Text::from_static("def")]);
    let kept = HolderReport { owner, sessions, ..holder(8, "write") };
    let write = SlotReport {
        writer: true,
        sempid: Some(8),
        holders: Some(vec![kept]),
        ..slot(0, SlotState::Write)
    };
    assert_eq!(
        table(&write),
        " SLOT  WHO  PID  LOCK   FOR  KEPT BY  SESSION  COMMAND
    0  has    3  write    -        8  abc +1   perl app.pl"
    );
}

#[test]
fn no_user_is_shown_where_the_table_of_slots_says_the_same() {
    let write = SlotReport {
        writer: true,
        sempid: Some(7),
        holders: Some(vec![holder(7, "write")]),
        ..slot(0, SlotState::Write)
    };
    assert!(users::table(&[&write], &RenderOptions::plain()).is_empty());
}

#[test]
fn a_map_has_the_rows_in_which_a_slot_is_in_use() {
    let waits = SlotReport { waiting: 1, ..slot(0, SlotState::Write) };
    let last = slot(99, SlotState::Abandoned);
    let options = RenderOptions { width: Some(45), ..RenderOptions::plain() };
    let map = map::of(100, &[&waits, &last], &options);
    let rows: Vec<_> = map.lines().rev().take(2).collect();
    assert_eq!(rows, ["    96  ...a", "     0  W..............................."]);
}

#[test]
fn session_names_are_listed_by_slot() {
    let shown = |sessions: &[&'static str]| {
        let sessions = Some(sessions.iter().map(|&name| Text::from_static(name)).collect());
        let slot = SlotReport { sessions, ..slot(4, SlotState::Read) };
        let names = SessionNames { total: 9, without_slot: 0 };
        let mut out = Vec::new();
        session_names::write(&mut out, names, &[&slot], &RenderOptions::plain()).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(shown(&[]), "\nslot 4: none of 9 session ids falls on it\n");
    assert_eq!(shown(&["a"]), "\nslot 4: 1 session falls on it: a\n");
    let many = shown(&["a", "b", "c", "d", "e", "f"]);
    assert_eq!(many, "\nslot 4: 6 sessions fall on it: a, b, c, d, e, and 1 more\n");
}

#[test]
fn a_long_session_id_is_cut() {
    let named = |length: usize| {
        let sessions = vec![Text::from_session_id("x".repeat(length).as_bytes())];
        let read = SlotReport {
            holders: Some(vec![HolderReport { sessions, ..holder(8, "read") }]),
            ..slot(0, SlotState::Read)
        };
        table(&read).lines().last().unwrap().to_owned()
    };
    assert!(named(32).contains(&format!(" {} ", "x".repeat(32))), "{}", named(32));
    assert!(named(33).contains(&format!(" {}… ", "x".repeat(31))), "{}", named(33));
}

#[test]
fn a_map_shows_each_state_and_as_many_slots_in_a_row_as_fit() {
    let states: Vec<_> =
        (0..).zip(SlotState::ALL).map(|(number, state)| slot(number, state)).collect();
    let used: Vec<_> = states.iter().collect();
    let shown = |width| {
        let options = RenderOptions { width, ..RenderOptions::plain() };
        let map = map::of(100, &used, &options);
        let row = map.lines().last().unwrap().split_whitespace().last().unwrap();
        (row[..7].to_owned(), row.len())
    };
    for (width, length) in
        [(None, 64), (Some(72), 64), (Some(71), 32), (Some(40), 32), (Some(39), 16)]
    {
        assert_eq!(shown(width), ("frwdpa?".into(), length), "{width:?}");
    }
}

#[test]
fn names_without_a_slot_are_counted_and_a_free_slot_without_names_has_no_line() {
    let shown = |without_slot, slot: SlotReport| {
        let names = SessionNames { total: 3, without_slot };
        let slot = SlotReport { sessions: Some(Vec::new()), ..slot };
        let mut out = Vec::new();
        session_names::write(&mut out, names, &[&slot], &RenderOptions::plain()).unwrap();
        String::from_utf8(out).unwrap()
    };
    let free = || slot(4, SlotState::Free);
    assert_eq!(shown(0, free()), "");
    assert_eq!(shown(1, free()), "\n1 of 3 session ids is too long to have a slot\n");
    assert_eq!(
        shown(2, slot(4, SlotState::Read)),
        "\nslot 4: none of 3 session ids falls on it\n2 of 3 session ids are too long to have a slot\n"
    );
}
