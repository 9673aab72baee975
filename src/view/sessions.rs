//! The table of the sessions that were asked for.

use super::table::Kind::{Number, State, Text};
use super::table::{Column, NONE, Spec, Table, or_none};
use super::{Look, SessionReport, TakenFor};

#[derive(Clone, Copy)]
enum SessionColumn {
    Session,
    Slot,
    State,
    TakenFor,
    SharesWith,
}

impl SessionColumn {
    const ALL: [Self; 5] =
        [Self::Session, Self::Slot, Self::State, Self::TakenFor, Self::SharesWith];
}

impl Column for SessionColumn {
    type Row = SessionReport;

    fn spec(self) -> Spec<SessionReport> {
        match self {
            Self::Session => {
                Spec::new(Text, "session", 0, |one, _| format!("{:?}", one.session).into())
            }
            Self::Slot => Spec::new(Number, "slot", 0, |one, _| one.slot.to_string().into()),
            Self::State => Spec::new(State, "state", 0, |one, _| one.state.name().into()),
            Self::TakenFor => Spec::new(Text, "persistent_for", 1, |one, _| {
                or_none(one.persistent_for.map(TakenFor::name))
            }),
            Self::SharesWith => Spec::new(Text, "shares_with", 2, |one, _| {
                let others = one.shares_with.iter().map(|other| format!("{other:?}"));
                let others: Vec<_> = others.collect();
                if others.is_empty() { NONE.into() } else { others.join(", ").into() }
            }),
        }
    }
}

pub(super) fn table(sessions: &[SessionReport], look: &Look) -> Table {
    let is_any_persistent = sessions.iter().any(|session| session.persistent_for.is_some());
    let is_shown =
        |column: &SessionColumn| is_any_persistent || !matches!(column, SessionColumn::TakenFor);
    let columns: Vec<_> = SessionColumn::ALL.into_iter().filter(is_shown).collect();
    Table::of(&columns, sessions, look).fit(look)
}
