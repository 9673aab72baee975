//! The table of the processes that have a slot or wait for one.

use jiff::Timestamp;

use super::columns::for_elsewhere;
use crate::system::{Pid, Text};
use crate::sysv::UNNAMED_PROCESS;
use crate::view::table::ColumnKind::{self, Number, Word};
use crate::view::table::{Cell, Column, ColumnSpec, NONE, Table, UNKNOWN, or_none};
use crate::view::{HolderReport, RenderOptions, SlotReport, SlotState, WaiterReport, shortened};
use crate::words::age;

/// How much of a session id is shown: all of a usual one.
const MAX_SESSION: usize = 32;

/// A process that has a slot or waits for it, or all that are only counted.
struct UserRow {
    slot: u16,
    who: &'static str,
    pid: Cell,
    lock: Cell,
    since: Since,
    keeper: Cell,
    session: Cell,
    command: Cell,
}

#[derive(Clone, Copy)]
enum Since {
    /// Not applicable.
    Nothing,
    Unknown,
    At(Timestamp),
}

#[derive(Clone, Copy)]
enum UserColumn {
    Slot,
    Who,
    Pid,
    Lock,
    For,
    KeptBy,
    Session,
    Command,
}

impl UserColumn {
    const ALL: [Self; 8] = [
        Self::Slot,
        Self::Who,
        Self::Pid,
        Self::Lock,
        Self::For,
        Self::KeptBy,
        Self::Session,
        Self::Command,
    ];
}

impl Column for UserColumn {
    type Row = UserRow;

    fn spec(self) -> ColumnSpec<UserRow> {
        match self {
            Self::Slot => {
                ColumnSpec::new(Number, "slot", 0, |user, _| user.slot.to_string().into())
            }
            Self::Who => ColumnSpec::new(Word, "who", 0, |user, _| user.who.into()),
            Self::Pid => ColumnSpec::new(Number, "pid", 0, |user, _| user.pid.clone()),
            Self::Lock => ColumnSpec::new(Word, "lock", 3, |user, _| user.lock.clone()),
            Self::For => ColumnSpec::new(Number, "for", 1, |user, options| match user.since {
                Since::Nothing => NONE.into(),
                Since::Unknown => UNKNOWN.into(),
                Since::At(since) => age(since, options.now).into(),
            }),
            Self::KeptBy => ColumnSpec::new(Number, "kept by", 5, |user, _| user.keeper.clone()),
            Self::Session => ColumnSpec::new(Word, "session", 2, |user, _| user.session.clone()),
            Self::Command => {
                ColumnSpec::new(ColumnKind::Text, "command", 4, |user, _| user.command.clone())
            }
        }
    }
}

/// A row for each process that is known, and one for all others; none if the table of
/// slots says the same: only the last process has it, and none waits.
fn users(slot: &SlotReport) -> Vec<UserRow> {
    let holders = slot.holders.as_deref().unwrap_or_default();
    let waiters = slot.waiters.as_deref().unwrap_or_default();
    let is_plain = |holder: &HolderReport| {
        let is_named = Some(holder.pid.raw()) == slot.sempid;
        let is_kept = holder.owner.is_some() || holder.is_for_elsewhere;
        is_named && !is_kept && holder.sessions.is_empty()
    };
    if slot.waiting == 0 && holders.iter().all(is_plain) {
        return Vec::new();
    }
    let number = slot.slot;
    let have = holders.iter().map(|holder| has(number, holder));
    let wait = waiters.iter().map(|waiter| waits(number, waiter));
    let unnamed_readers = unnamed(number, "has", slot.unnamed_readers(), "read");
    let unnamed_waiters = unnamed(number, "waits", slot.unnamed_waiters(), NONE);
    let elsewhere = writes_elsewhere(slot);
    have.chain(elsewhere).chain(unnamed_readers).chain(wait).chain(unnamed_waiters).collect()
}

fn has(slot: u16, holder: &HolderReport) -> UserRow {
    UserRow {
        slot,
        who: "has",
        pid: pid(holder.whose(), holder.is_for_elsewhere),
        lock: holder.mode.into(),
        since: holder.since.map_or(Since::Nothing, Since::At),
        keeper: keeper(holder.pid, holder.owner, holder.is_for_elsewhere),
        session: session(&holder.sessions),
        command: command(holder.command.as_ref(), holder.is_for_elsewhere),
    }
}

fn pid(whose: Pid, is_for_elsewhere: bool) -> Cell {
    if is_for_elsewhere { UNKNOWN.into() } else { whose.to_string().into() }
}

fn keeper(pid: Pid, owner: Option<Pid>, is_for_elsewhere: bool) -> Cell {
    or_none((owner.is_some() || is_for_elsewhere).then_some(pid))
}

fn command(command: Option<&Text>, is_for_elsewhere: bool) -> Cell {
    if is_for_elsewhere { for_elsewhere().into() } else { or_none(command) }
}

fn session(sessions: &[Text]) -> Cell {
    let short = |session: &Text| {
        let session = session.in_cell();
        shortened(&session, MAX_SESSION).unwrap_or(session)
    };
    match sessions {
        [] => NONE.into(),
        [one] => short(one).into(),
        [one, others @ ..] => format!("{} +{}", short(one), others.len()).into(),
    }
}

fn waits(slot: u16, waiter: &WaiterReport) -> UserRow {
    UserRow {
        slot,
        who: "waits",
        pid: pid(waiter.whose(), waiter.is_for_elsewhere),
        lock: or_none(waiter.wants),
        since: waiter.since.map_or(Since::Unknown, Since::At),
        keeper: keeper(waiter.pid, waiter.owner, waiter.is_for_elsewhere),
        session: NONE.into(),
        command: command(waiter.command.as_ref(), waiter.is_for_elsewhere),
    }
}

/// The kernel names no process of another pid namespace.
fn writes_elsewhere(slot: &SlotReport) -> Option<UserRow> {
    let is_elsewhere = slot.writer && slot.state == SlotState::Unknown && slot.sempid == Some(0);
    is_elsewhere.then(|| UserRow {
        slot: slot.slot,
        who: "has",
        pid: UNKNOWN.into(),
        lock: "write".into(),
        since: Since::Nothing,
        keeper: NONE.into(),
        session: NONE.into(),
        command: UNNAMED_PROCESS.into(),
    })
}

/// A row for those that are only counted.
fn unnamed(slot: u16, who: &'static str, unnamed: i32, lock: &'static str) -> Option<UserRow> {
    (unnamed > 0).then(|| UserRow {
        slot,
        who,
        pid: UNKNOWN.into(),
        lock: lock.into(),
        since: if who == "waits" { Since::Unknown } else { Since::Nothing },
        keeper: NONE.into(),
        session: NONE.into(),
        command: format!("{unnamed} unidentified").into(),
    })
}

pub(super) fn table(slots: &[&SlotReport], options: &RenderOptions) -> Table {
    let users: Vec<_> = slots.iter().flat_map(|slot| users(slot)).collect();
    Table::of(&UserColumn::ALL, &users, options).fit(options)
}
