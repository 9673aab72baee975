//! What a column is called and holds: said once, for the table, `--columns` and JSON.

use std::borrow::Cow;

use crate::view::RenderOptions;

/// A text that is the same in many rows is not copied for each.
pub(in crate::view) type Cell = Cow<'static, str>;

/// What a column holds, which decides how it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::view) enum ColumnKind {
    /// Numbers, aligned on the right.
    Number,
    /// Words, never cut.
    Word,
    /// States and verdicts: those that mean trouble are coloured.
    State,
    /// Text of any length: in the last column it is cut where the line ends.
    Text,
}

/// A column of a table whose rows are made of `R`.
pub(in crate::view) struct ColumnSpec<R: ?Sized> {
    /// In capitals, it is the heading.
    pub name: &'static str,
    pub kind: ColumnKind,
    /// Where there is not enough room, the column with the highest rank is left out first;
    /// one with 0 never.
    pub rank: u8,
    pub cell: fn(&R, &RenderOptions) -> Cell,
}

impl<R: ?Sized> ColumnSpec<R> {
    pub(in crate::view) const fn new(
        kind: ColumnKind,
        name: &'static str,
        rank: u8,
        cell: fn(&R, &RenderOptions) -> Cell,
    ) -> Self {
        Self { name, kind, rank, cell }
    }
}

/// The columns of one kind of table.
pub(in crate::view) trait Column: Copy {
    /// What a row is made of.
    type Row: ?Sized;

    fn spec(self) -> ColumnSpec<Self::Row>;
}
