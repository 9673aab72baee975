//! The table of those that have a slot or wait for one.

use super::columns::or_none;
use super::grid::{Cell, Grid};
use super::{Holder, Look, SlotReport, Waiter};

/// A row for each that is known of, and for the others a row in all; none where
/// the table of slots says as much: the last process has it, and nobody waits.
fn rows(slot: &SlotReport) -> Vec<Vec<Cell>> {
    let holders = slot.holders.as_deref().unwrap_or_default();
    let waiters = slot.waiters.as_deref().unwrap_or_default();
    let is_plain =
        |holder: &Holder| Some(holder.pid.raw()) == slot.sempid && holder.owner.is_none();
    if slot.waiting == 0 && holders.iter().all(is_plain) {
        return Vec::new();
    }
    let have = holders.iter().map(|holder| {
        let Holder { pid, owner, mode, command } = holder;
        [pid.to_string().into(), (*mode).into(), or_none(*owner), or_none(command.as_ref())]
    });
    let wait = waiters.iter().map(|waiter| {
        let Waiter { pid, wants, command } = waiter;
        [pid.to_string().into(), or_none(*wants), or_none(None::<i32>), or_none(command.as_ref())]
    });
    let readers = holders.iter().filter(|holder| holder.mode == "read").count();
    let have = have.chain(unseen(slot.readers - slot.persistent, readers, "read"));
    let wait = wait.chain(unseen(slot.waiting, waiters.len(), "-"));
    let rows = have.map(|cells| ("has", cells)).chain(wait.map(|cells| ("waits", cells)));
    rows.map(|(who, cells)| [&[slot.slot.to_string().into(), who.into()][..], &cells].concat())
        .collect()
}

/// Those that are counted and not seen.
fn unseen(counted: i32, seen: usize, lock: &'static str) -> Option<[Cell; 4]> {
    let unseen = counted - i32::try_from(seen).unwrap_or(i32::MAX);
    (unseen > 0)
        .then(|| ["?".into(), lock.into(), "-".into(), format!("{unseen} not known by pid").into()])
}

/// The table of those of several slots.
pub(super) fn table(slots: &[&SlotReport], look: &Look) -> Grid {
    Grid {
        headings: ["SLOT", "WHO", "PID", "LOCK", "FOR PID", "COMMAND"].map(Cell::from).to_vec(),
        numbers: vec![0, 2, 4],
        rows: slots.iter().flat_map(|slot| rows(slot)).collect(),
        width: look.width,
        colour: look.colour,
    }
}
