//! What stands in a cell where there is no value, or several.

use super::Cell;
use crate::system::Pid;

/// There is no value.
pub(in crate::view) const NONE: &str = "-";

/// The value is not known.
pub(in crate::view) const UNKNOWN: &str = "?";

pub(in crate::view) fn or_none(value: Option<impl ToString>) -> Cell {
    value.map_or(NONE.into(), |value| value.to_string().into())
}

pub(in crate::view) fn or_unknown(value: Option<impl ToString>) -> Cell {
    value.map_or(UNKNOWN.into(), |value| value.to_string().into())
}

/// A number; the most frequent one is not copied.
pub(in crate::view) fn number(number: impl Into<i64>) -> Cell {
    match number.into() {
        0 => "0".into(),
        number => number.to_string().into(),
    }
}

/// Pids separated by commas.
pub(in crate::view) fn pids<T>(all: &[T], pid: impl Fn(&T) -> Pid) -> Cell {
    match all {
        [] => NONE.into(),
        all => all.iter().map(|one| pid(one).to_string()).collect::<Vec<_>>().join(",").into(),
    }
}
