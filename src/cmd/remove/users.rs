//! Who uses a set at this moment: for a refusal to name, and for `--force`.

use crate::inspect::{self, Seen};
use crate::process::{self, Life};
use crate::session::{Block, Listed, Mode};
use crate::sysv::SetInfo;
use crate::words::counted;

/// A use of a set.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// Who does what, as a sentence for people.
    pub what: String,
    pub by: By,
}

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A process's, as far as is known.
    Process,
    /// Nobody's: the lock stays until it is unlocked, as was asked for.
    Nobody,
    /// Of a process that has ended without giving its lock back.
    Ended,
}

/// The uses of a block, slot by slot; none if it has vanished.
pub(super) fn of_block(block: Block) -> Vec<Use> {
    let inspection = inspect::inspect(block, Listed::Used);
    let slots = inspection.map_or_else(|_| Vec::new(), |inspection| inspection.slots);
    slots.iter().flat_map(of_slot).collect()
}

fn of_slot(seen: &Seen) -> Vec<Use> {
    let mut uses = Vec::new();
    uses.extend(writer(seen));
    uses.extend(readers(seen));
    let (slot, persistent) = (seen.counts.slot, seen.counts.persistent.unsigned_abs());
    if persistent > 0 {
        let what = format!("slot {slot} has {}", counted(persistent, "persistent lock"));
        uses.push(Use { what, by: By::Nobody });
    }
    let pids = seen.waiters.iter().map(|waiter| waiter.pid);
    let waiting = seen.counts.waiting.unsigned_abs();
    uses.extend(waiters(pids.collect(), waiting, &format!("for slot {slot}")));
    uses
}

fn writer(seen: &Seen) -> Option<Use> {
    let (slot, pid) = (seen.counts.slot, seen.counts.pid);
    let (by, what) = match seen.last {
        Life::Gone => (
            By::Ended,
            format!("process {pid}, which has ended, left the write lock of slot {slot}"),
        ),
        _ => (By::Process, format!("{} has the write lock of slot {slot}", process::called(pid))),
    };
    seen.counts.live_writer.then_some(Use { what, by })
}

/// Those that can be named, and how many others.
fn readers(seen: &Seen) -> Vec<Use> {
    let slot = seen.counts.slot;
    let readers = seen.holders.iter().filter(|holder| holder.mode == Mode::Read);
    let mut told: Vec<_> = readers
        .map(|reader| format!("{} has a read lock of slot {slot}", process::called(reader.pid)))
        .collect();
    let unseen = unseen(seen.counts.live_readers.unsigned_abs(), told.len());
    if unseen > 0 {
        let others = if told.is_empty() { "reader" } else { "other reader" };
        told.push(format!("slot {slot} has {}", counted(unseen, others)));
    }
    told.into_iter().map(|what| Use { what, by: By::Process }).collect()
}

/// The processes that are seen to wait on a set that is no block, out of those
/// that do.
pub(super) fn of_set(row: &SetInfo, waiting: u32) -> Vec<Use> {
    let look = if waiting > 0 { process::blocked().blocked } else { Vec::new() };
    let seen = look.iter().filter(|blocked| blocked.semid == row.semid).map(|blocked| blocked.pid);
    waiters(seen.collect(), waiting, "in it")
}

fn waiters(seen: Vec<i32>, all: u32, place: &str) -> Vec<Use> {
    let unseen = unseen(all, seen.len());
    let mut told: Vec<_> =
        seen.into_iter().map(|pid| format!("{} waits {place}", process::called(pid))).collect();
    if unseen > 0 {
        told.push(format!("{} {place}, unseen", counted(unseen, "waiting process")));
    }
    told.into_iter().map(|what| Use { what, by: By::Process }).collect()
}

fn unseen(all: u32, seen: usize) -> u32 {
    all.saturating_sub(u32::try_from(seen).unwrap_or(u32::MAX))
}
