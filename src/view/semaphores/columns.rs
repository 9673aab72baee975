//! The columns of the table of semaphores.

use super::report::SemaphoreReport;
use crate::view::table::ColumnKind::{Number, Text};
use crate::view::table::{Cell, Column, ColumnSpec, NONE, number, or_none};

/// The columns that the table of semaphores can have, by their names in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SemaphoreColumn {
    /// Its number.
    Semnum,
    /// Its value.
    Semval,
    /// How many wait for it to grow.
    Semncnt,
    /// How many wait for it to become zero.
    Semzcnt,
    /// The last process.
    Sempid,
    /// That process's command line.
    Command,
}

impl SemaphoreColumn {
    /// Every one, and those that are shown unless others are chosen.
    pub const ALL: [Self; 6] =
        [Self::Semnum, Self::Semval, Self::Semncnt, Self::Semzcnt, Self::Sempid, Self::Command];

    /// Its name.
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
