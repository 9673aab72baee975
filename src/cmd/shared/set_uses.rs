//! The uses of a set at this moment, for a refusal or for `remove --force` to name.

use super::called_among;
use crate::judge::{Liveness, Look, SlotUse, inspect};
use crate::session::{Block, Flag, Mode, SlotFilter};
use crate::system::{self, Pid, Processes};
use crate::sysv::Semid;
use crate::words::counted;

/// A use of a set.
#[derive(Clone, Debug)]
pub(crate) struct SetUse {
    /// Which process does what, as a sentence.
    pub text: String,
    pub kind: UseKind,
}

/// What kind of use it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UseKind {
    /// A process has or waits for a lock.
    Process,
    /// A persistent lock: no process has it.
    Persistent,
    /// A process has ended without releasing its lock.
    Abandoned,
}

/// The uses of a block, slot by slot; none if it cannot be inspected.
pub(crate) fn of_block(block: Block) -> Vec<SetUse> {
    let Ok(Look { inspection, processes, .. }) = inspect(block, SlotFilter::InUse) else {
        return Vec::new();
    };
    let names = UseWording(processes.as_deref());
    inspection.slots.iter().flat_map(|seen| names.of_slot(seen)).collect()
}

/// The processes that wait on a set that is not a block: those that are seen, and how
/// many others.
pub(crate) fn of_set(semid: Semid, waiting: u32) -> Vec<SetUse> {
    if waiting == 0 {
        return Vec::new();
    }
    let processes = Processes::survey();
    let waits = system::semaphore_waits(&processes).blocked;
    let seen = waits.iter().filter(|blocked| blocked.semid == semid).map(|blocked| blocked.pid);
    UseWording(Some(&processes)).waiters(seen.collect(), waiting, "in it")
}

/// The survey that processes are named by.
struct UseWording<'a>(Option<&'a Processes>);

impl UseWording<'_> {
    fn called(&self, pid: impl Into<Option<Pid>>) -> String {
        called_among(pid, self.0)
    }

    fn of_slot(&self, seen: &SlotUse) -> Vec<SetUse> {
        let mut uses = Vec::new();
        uses.extend(self.writer(seen));
        uses.extend(self.readers(seen));
        let (slot, persistent) = (seen.counts.slot, seen.counts.persistent().unsigned_abs());
        if persistent > 0 {
            let text = format!("slot {slot} has {}", counted(persistent, "persistent lock"));
            uses.push(SetUse { text, kind: UseKind::Persistent });
        }
        let pids = seen.waiters.iter().map(|waiter| waiter.pid);
        let waiting = seen.counts.waiting.unsigned_abs();
        uses.extend(self.waiters(pids.collect(), waiting, &format!("for slot {slot}")));
        uses
    }

    fn writer(&self, seen: &SlotUse) -> Option<SetUse> {
        let slot = seen.counts.slot;
        let (kind, text) = match (seen.last, seen.counts.pid) {
            (Liveness::Gone, Some(pid)) => (
                UseKind::Abandoned,
                format!(
                    "process {pid}, which has ended, left the write lock of slot {slot} behind"
                ),
            ),
            (_, pid) => (
                UseKind::Process,
                format!("{} has the write lock of slot {slot}", self.called(pid)),
            ),
        };
        (seen.counts.flag == Flag::Live).then_some(SetUse { text, kind })
    }

    /// The readers that can be named, and how many others.
    fn readers(&self, seen: &SlotUse) -> Vec<SetUse> {
        let slot = seen.counts.slot;
        let readers = seen.holders.iter().filter(|holder| holder.mode == Mode::Read);
        let mut uses: Vec<_> = readers
            .map(|reader| format!("{} has a read lock of slot {slot}", self.called(reader.pid)))
            .collect();
        let unseen = unseen(seen.counts.readers.live.unsigned_abs(), uses.len());
        if unseen > 0 {
            let others = if uses.is_empty() { "reader" } else { "other reader" };
            uses.push(format!("slot {slot} has {}", counted(unseen, others)));
        }
        uses.into_iter().map(|text| SetUse { text, kind: UseKind::Process }).collect()
    }

    fn waiters(&self, seen: Vec<Pid>, all: u32, place: &str) -> Vec<SetUse> {
        let unseen = unseen(all, seen.len());
        let mut uses: Vec<_> =
            seen.into_iter().map(|pid| format!("{} waits {place}", self.called(pid))).collect();
        if unseen > 0 {
            let wait = if unseen == 1 { "waits" } else { "wait" };
            let number = counted(unseen, "process");
            uses.push(format!("{number} that cannot be seen {wait} {place}"));
        }
        uses.into_iter().map(|text| SetUse { text, kind: UseKind::Process }).collect()
    }
}

fn unseen(all: u32, seen: usize) -> u32 {
    all.saturating_sub(u32::try_from(seen).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{SlotHolder, SlotWaiter};
    use crate::session::{Counts, Readers, Slot, Tag};
    use crate::system::Tid;

    /// No process has such a pid.
    const NONE: i32 = i32::MAX;

    fn pid(raw: i32) -> Pid {
        Pid::new(raw).unwrap()
    }

    fn slot(flag: Flag, readers: Readers, waiting: i32) -> SlotUse {
        let counts = Counts { slot: Slot::new(3), readers, flag, waiting, pid: Pid::new(NONE) };
        SlotUse { last: Liveness::Alive, ..SlotUse::free(counts) }
    }

    fn uses(slot: &SlotUse) -> Vec<(String, UseKind)> {
        UseWording(None).of_slot(slot).into_iter().map(|one| (one.text, one.kind)).collect()
    }

    fn process(text: &str) -> (String, UseKind) {
        (text.into(), UseKind::Process)
    }

    #[test]
    fn who_has_a_slot_and_who_waits_for_it_are_uses() {
        let none = Readers { live: 0, persistent: 0 };
        assert_eq!(uses(&slot(Flag::Free, none, 0)), []);
        let written = slot(Flag::Live, none, 2);
        assert_eq!(
            uses(&written),
            [
                process("process 2147483647 has the write lock of slot 3"),
                process("2 processes that cannot be seen wait for slot 3"),
            ]
        );
        let left = SlotUse { last: Liveness::Gone, ..slot(Flag::Live, none, 0) };
        let text = "process 2147483647, which has ended, left the write lock of slot 3 behind";
        assert_eq!(uses(&left), [(text.into(), UseKind::Abandoned)]);
        let tag = Flag::Persistent(Tag::BY_SLOT);
        let text = "slot 3 has 1 persistent lock";
        assert_eq!(uses(&slot(tag, none, 0)), [(text.into(), UseKind::Persistent)]);
    }

    #[test]
    fn readers_and_waiting_processes_are_named_as_far_as_they_are_seen() {
        let read = |live, holders: &[i32]| {
            let holder = |&raw: &i32| SlotHolder {
                pid: pid(raw),
                owner: None,
                mode: Mode::Read,
                sessions: Vec::new(),
            };
            let holders = holders.iter().map(holder).collect();
            uses(&SlotUse { holders, ..slot(Flag::Free, Readers { live, persistent: 0 }, 0) })
        };
        let first = process("process 2147483647 has a read lock of slot 3");
        assert_eq!(read(1, &[]), [process("slot 3 has 1 reader")]);
        assert_eq!(read(1, &[NONE]), std::slice::from_ref(&first));
        assert_eq!(read(3, &[NONE]), [first, process("slot 3 has 2 other readers")]);
        let waiter = SlotWaiter {
            pid: pid(NONE),
            tid: Tid::first_of(pid(NONE)),
            slot: Slot::new(3),
            held: None,
            wants: None,
        };
        let none = Readers { live: 0, persistent: 0 };
        let waited = SlotUse { waiters: vec![waiter], ..slot(Flag::Free, none, 2) };
        assert_eq!(
            uses(&waited),
            [
                process("process 2147483647 waits for slot 3"),
                process("1 process that cannot be seen waits for slot 3"),
            ]
        );
    }

    #[test]
    fn nobody_uses_a_set_that_nobody_waits_on() {
        assert!(of_set(Semid::new(i32::MAX), 0).is_empty());
        let one = of_set(Semid::new(i32::MAX), 1);
        assert_eq!(one[0].text, "1 process that cannot be seen waits in it");
    }
}
