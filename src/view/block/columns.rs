//! The columns of the table of slots, by their names in JSON. `manual/fields` says what
//! each one means.

#![expect(missing_docs, reason = "the names are described in one place")]

use crate::system;
use crate::sysv::UNNAMED_PROCESS;
use crate::view::SlotReport;
use crate::view::table::ColumnKind::{Number, State, Text, Word};
use crate::view::table::{Cell, Column, ColumnSpec, NONE, UNKNOWN, number, or_none, pids};
use crate::words::age;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotColumn {
    Slot,
    State,
    Readers,
    Writer,
    Persistent,
    Waiting,
    Sempid,
    Age,
    Since,
    Holders,
    Waiters,
    Sessions,
    Started,
    Command,
}

impl SlotColumn {
    pub const ALL: [Self; 14] = [
        Self::Slot,
        Self::State,
        Self::Readers,
        Self::Writer,
        Self::Persistent,
        Self::Waiting,
        Self::Sempid,
        Self::Age,
        Self::Since,
        Self::Holders,
        Self::Waiters,
        Self::Sessions,
        Self::Started,
        Self::Command,
    ];

    /// Those that are shown unless others are chosen.
    pub const USUAL: [Self; 8] = [
        Self::Slot,
        Self::State,
        Self::Readers,
        Self::Writer,
        Self::Waiting,
        Self::Sempid,
        Self::Age,
        Self::Command,
    ];

    pub fn name(self) -> &'static str {
        self.spec().name
    }
}

impl Column for SlotColumn {
    type Row = SlotReport;

    fn spec(self) -> ColumnSpec<SlotReport> {
        match self {
            Self::Slot => {
                ColumnSpec::new(Number, "slot", 0, |slot, _| slot.slot.to_string().into())
            }
            Self::State => ColumnSpec::new(State, "state", 0, |slot, _| slot.state.name().into()),
            Self::Readers => ColumnSpec::new(Number, "readers", 3, |slot, _| number(slot.readers)),
            Self::Writer => ColumnSpec::new(Number, "writer", 4, |slot, _| number(slot.writer)),
            Self::Persistent => {
                ColumnSpec::new(Number, "persistent", 5, |slot, _| number(slot.persistent))
            }
            Self::Waiting => ColumnSpec::new(Number, "waiting", 1, |slot, _| number(slot.waiting)),
            Self::Sempid => {
                ColumnSpec::new(Number, "sempid", 2, |slot, options| match slot.sempid {
                    Some(0) if !options.for_programs => UNKNOWN.into(),
                    sempid => or_none(sempid),
                })
            }
            Self::Age => ColumnSpec::new(Number, "age", 5, |slot, options| {
                or_none(slot.since.map(|since| age(since, options.now)))
            }),
            Self::Since => ColumnSpec::new(Word, "since", 5, |slot, _| or_none(slot.since)),
            Self::Holders => ColumnSpec::new(Word, "holders", 1, |slot, _| {
                slot.holders.as_ref().map_or(UNKNOWN.into(), |all| pids(all, |one| one.pid))
            }),
            Self::Waiters => ColumnSpec::new(Word, "waiters", 1, |slot, _| {
                slot.waiters.as_ref().map_or(UNKNOWN.into(), |all| pids(all, |one| one.pid))
            }),
            Self::Sessions => {
                ColumnSpec::new(Word, "sessions", 1, |slot, _| sessions(slot.sessions.as_deref()))
            }
            Self::Started => ColumnSpec::new(Word, "started", 5, |slot, _| or_none(slot.started)),
            Self::Command => {
                ColumnSpec::new(Text, "command", 3, |slot, options| match slot.sempid {
                    Some(0) if !options.for_programs => UNNAMED_PROCESS.into(),
                    Some(pid) if !options.for_programs && keeps_for_elsewhere(slot, pid) => {
                        for_elsewhere().into()
                    }
                    _ => or_none(slot.command.as_ref()),
                })
            }
        }
    }
}

/// What a holder in a container says of its owner is for the container.
pub(super) fn for_elsewhere() -> String {
    format!("kept for {UNNAMED_PROCESS}")
}

fn keeps_for_elsewhere(slot: &SlotReport, pid: i32) -> bool {
    let mut holders = slot.holders.iter().flatten();
    holders.any(|holder| holder.pid.raw() == pid && holder.is_for_elsewhere)
}

/// Separated by commas, each in one word.
fn sessions(names: Option<&[system::Text]>) -> Cell {
    match names {
        None => UNKNOWN.into(),
        Some([]) => NONE.into(),
        Some(all) => {
            let names: Vec<_> = all.iter().map(system::Text::in_list_of_words).collect();
            names.join(",").into()
        }
    }
}
