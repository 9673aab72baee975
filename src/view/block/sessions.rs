//! The table of the sessions that were asked for.

use crate::view::table::ColumnKind::{Number, State, Text};
use crate::view::table::{Column, ColumnSpec, NONE, Table, or_none};
use crate::view::{PersistentFor, RenderOptions, SessionReport};

#[derive(Clone, Copy)]
enum SessionColumn {
    Session,
    Slot,
    State,
    PersistentFor,
    SharesWith,
}

impl SessionColumn {
    const ALL: [Self; 5] =
        [Self::Session, Self::Slot, Self::State, Self::PersistentFor, Self::SharesWith];
}

impl Column for SessionColumn {
    type Row = SessionReport;

    fn spec(self) -> ColumnSpec<SessionReport> {
        match self {
            Self::Session => {
                ColumnSpec::new(Text, "session", 0, |one, _| format!("{:?}", one.session).into())
            }
            Self::Slot => ColumnSpec::new(Number, "slot", 0, |one, _| one.slot.to_string().into()),
            Self::State => ColumnSpec::new(State, "state", 0, |one, _| one.state.name().into()),
            Self::PersistentFor => ColumnSpec::new(Text, "persistent_for", 1, |one, _| {
                or_none(one.persistent_for.map(PersistentFor::name))
            }),
            Self::SharesWith => ColumnSpec::new(Text, "shares_with", 2, |one, _| {
                let others = one.shares_with.iter().map(|other| format!("{other:?}"));
                let others: Vec<_> = others.collect();
                if others.is_empty() { NONE.into() } else { others.join(", ").into() }
            }),
        }
    }
}

pub(super) fn table(sessions: &[SessionReport], options: &RenderOptions) -> Table {
    let is_any_persistent = sessions.iter().any(|session| session.persistent_for.is_some());
    let is_shown = |column: &SessionColumn| {
        is_any_persistent || !matches!(column, SessionColumn::PersistentFor)
    };
    let columns: Vec<_> = SessionColumn::ALL.into_iter().filter(is_shown).collect();
    Table::of(&columns, sessions, options).fit(options)
}
