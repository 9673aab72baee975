//! The columns of the table of semaphores, by their names in JSON. `manual/fields` says what
//! each one means.

#![expect(missing_docs, reason = "the names are described in one place")]

use super::report::SemaphoreReport;
use crate::view::table::ColumnKind::{Number, Text};
use crate::view::table::{Cell, Column, ColumnSpec, NONE, number, or_none};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SemaphoreColumn {
    Semnum,
    Semval,
    Semncnt,
    Semzcnt,
    Sempid,
    Command,
}

impl SemaphoreColumn {
    /// Every one; all are shown unless others are chosen.
    pub const ALL: [Self; 6] =
        [Self::Semnum, Self::Semval, Self::Semncnt, Self::Semzcnt, Self::Sempid, Self::Command];

    pub fn name(self) -> &'static str {
        self.spec().name
    }
}

impl Column for SemaphoreColumn {
    type Row = SemaphoreReport;

    fn spec(self) -> ColumnSpec<SemaphoreReport> {
        match self {
            Self::Semnum => ColumnSpec::new(Number, "semnum", 0, |one, _| number(one.semnum)),
            Self::Semval => ColumnSpec::new(Number, "semval", 0, |one, _| number(one.semval)),
            Self::Semncnt => ColumnSpec::new(Number, "semncnt", 2, |one, _| number(one.semncnt)),
            Self::Semzcnt => ColumnSpec::new(Number, "semzcnt", 2, |one, _| number(one.semzcnt)),
            Self::Sempid => ColumnSpec::new(Number, "sempid", 1, |one, _| pid(one.sempid)),
            Self::Command => {
                ColumnSpec::new(Text, "command", 3, |one, _| or_none(one.command.as_ref()))
            }
        }
    }
}

fn pid(pid: i32) -> Cell {
    if pid == 0 { NONE.into() } else { pid.to_string().into() }
}
