//! The columns that the table of slots can have.

use jiff::Timestamp;

use super::SlotReport;
use super::grid::Cell;
use crate::system::Pid;
use crate::words::age;

/// What there is not.
const NONE: &str = "-";

/// A column: what it is chosen by, and what is in it for a slot at that time.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) is_number: bool,
    pub(super) cell: fn(&SlotReport, Timestamp) -> Cell,
}

impl Column {
    /// What stands above it.
    pub(super) fn heading(&self) -> Cell {
        self.name.replace('-', " ").to_uppercase().into()
    }
}

/// Those that are shown unless others are chosen.
pub(super) const DEFAULT: [&str; 8] =
    ["slot", "state", "readers", "writer", "waiting", "last-pid", "age", "command"];

/// Every one. No cell but a command has blanks inside.
pub(super) const ALL: [Column; 12] = [
    number("slot", |slot, _| slot.slot.to_string().into()),
    text("state", |slot, _| slot.state.name().into()),
    number("readers", |slot, _| count(slot.readers)),
    number("writer", |slot, _| count(i32::from(slot.writer))),
    number("persistent", |slot, _| count(slot.persistent)),
    number("waiting", |slot, _| count(slot.waiting)),
    number("last-pid", |slot, _| or_none(slot.sempid)),
    number("age", |slot, now| or_none(slot.started.map(|started| age(started, now)))),
    text("since", |slot, _| or_none(slot.since)),
    text("holders", |slot, _| pids(slot.holders.as_deref(), |holder| holder.pid)),
    text("waiters", |slot, _| pids(slot.waiters.as_deref(), |waiter| waiter.pid)),
    text("command", |slot, _| or_none(slot.command.as_ref())),
];

const fn number(name: &'static str, cell: fn(&SlotReport, Timestamp) -> Cell) -> Column {
    Column { name, is_number: true, cell }
}

const fn text(name: &'static str, cell: fn(&SlotReport, Timestamp) -> Cell) -> Column {
    Column { name, is_number: false, cell }
}

pub(super) fn or_none(value: Option<impl ToString>) -> Cell {
    value.map_or(NONE.into(), |value| value.to_string().into())
}

fn count(number: i32) -> Cell {
    if number == 0 { "0".into() } else { number.to_string().into() }
}

/// Separated by commas; `?` where they are unknown.
fn pids<T>(of: Option<&[T]>, pid: impl Fn(&T) -> Pid) -> Cell {
    match of {
        None => "?".into(),
        Some([]) => NONE.into(),
        Some(all) => {
            all.iter().map(|one| pid(one).to_string()).collect::<Vec<_>>().join(",").into()
        }
    }
}
