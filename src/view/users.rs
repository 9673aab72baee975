//! The table of those that have a slot or wait for one.

use super::table::Kind::{Number, Text, Word};
use super::table::{Cell, Column, NONE, Spec, Table, UNKNOWN, or_none};
use super::{Holder, Look, SlotReport, Waiter};

/// A process that has a slot or waits for it, or those in one that are only counted.
struct User {
    slot: u16,
    who: &'static str,
    pid: Cell,
    lock: Cell,
    owner: Cell,
    command: Cell,
}

#[derive(Clone, Copy)]
enum UserColumn {
    Slot,
    Who,
    Pid,
    Lock,
    ForPid,
    Command,
}

impl UserColumn {
    const ALL: [Self; 6] =
        [Self::Slot, Self::Who, Self::Pid, Self::Lock, Self::ForPid, Self::Command];
}

impl Column for UserColumn {
    type Row = User;

    fn spec(self) -> Spec<User> {
        match self {
            Self::Slot => Spec::new(Number, "slot", 0, |user, _| user.slot.to_string().into()),
            Self::Who => Spec::new(Word, "who", 0, |user, _| user.who.into()),
            Self::Pid => Spec::new(Number, "pid", 0, |user, _| user.pid.clone()),
            Self::Lock => Spec::new(Word, "lock", 2, |user, _| user.lock.clone()),
            Self::ForPid => Spec::new(Number, "for pid", 1, |user, _| user.owner.clone()),
            Self::Command => Spec::new(Text, "command", 3, |user, _| user.command.clone()),
        }
    }
}

/// A row for each that is known of, and for the others a row in all; none where
/// the table of slots says as much: the last process has it, and nobody waits.
fn users(slot: &SlotReport) -> Vec<User> {
    let holders = slot.holders.as_deref().unwrap_or_default();
    let waiters = slot.waiters.as_deref().unwrap_or_default();
    let is_plain =
        |holder: &Holder| Some(holder.pid.raw()) == slot.sempid && holder.owner.is_none();
    if slot.waiting == 0 && holders.iter().all(is_plain) {
        return Vec::new();
    }
    let number = slot.slot;
    let have = holders.iter().map(|holder| User {
        slot: number,
        who: "has",
        pid: holder.pid.to_string().into(),
        lock: holder.mode.into(),
        owner: or_none(holder.owner),
        command: or_none(holder.command.as_ref()),
    });
    let wait = waiters.iter().map(|waiter: &Waiter| User {
        slot: number,
        who: "waits",
        pid: waiter.pid.to_string().into(),
        lock: or_none(waiter.wants),
        owner: NONE.into(),
        command: or_none(waiter.command.as_ref()),
    });
    let readers = holders.iter().filter(|holder| holder.mode == "read").count();
    let unseen_readers = unseen(number, "has", slot.readers - slot.persistent, readers, "read");
    let unseen_waiters = unseen(number, "waits", slot.waiting, waiters.len(), NONE);
    have.chain(unseen_readers).chain(wait).chain(unseen_waiters).collect()
}

/// Those that are counted and not seen.
fn unseen(
    slot: u16,
    who: &'static str,
    counted: i32,
    seen: usize,
    lock: &'static str,
) -> Option<User> {
    let unseen = counted - i32::try_from(seen).unwrap_or(i32::MAX);
    (unseen > 0).then(|| User {
        slot,
        who,
        pid: UNKNOWN.into(),
        lock: lock.into(),
        owner: NONE.into(),
        command: format!("{unseen} not known by pid").into(),
    })
}

/// The table of those of several slots.
pub(super) fn table(slots: &[&SlotReport], look: &Look) -> Table {
    let users: Vec<_> = slots.iter().flat_map(|slot| users(slot)).collect();
    Table::of(&UserColumn::ALL, &users, look).fit(look)
}
