//! The locks of the block that the line names: its sessions, as far as semlock took the
//! locks, and its slots.

use super::candidate::Candidate;
use super::given::Given;
use super::target;
use crate::cmd::shared::called_among;
use crate::judge::{self, SlotUse, SurveyedProcesses};
use crate::session::SlotFilter;
use crate::view::SlotState;

/// The sessions that are locked.
pub(super) fn names(given: &Given) -> Vec<Candidate> {
    let Some(locks) = Locks::of(given) else { return Vec::new() };
    let mut found = Vec::new();
    for seen in &locks.slots {
        let what = format!("slot {}, {}", seen.counts.slot, locks.of_slot(seen));
        let ids = seen.holders.iter().flat_map(|holder| &holder.sessions);
        let ids = ids.filter_map(|id| str::from_utf8(id).ok());
        found.extend(ids.map(|id| Candidate::new(&id, &what)));
    }
    found
}

/// The slots that are locked.
pub(super) fn slots(given: &Given) -> Vec<Candidate> {
    let Some(locks) = Locks::of(given) else { return Vec::new() };
    let locked = locks.slots.iter().filter(|seen| seen.counts.is_locked());
    locked.map(|seen| Candidate::new(&seen.counts.slot, &locks.of_slot(seen))).collect()
}

/// The slots of a block that are in use, and the processes.
struct Locks {
    slots: Vec<SlotUse>,
    processes: SurveyedProcesses<'static>,
}

impl Locks {
    /// None if there is no such block, it may not be read, or no slot is in use.
    fn of(given: &Given) -> Option<Self> {
        let block = target::block(given)?;
        let counts =
            block.read_slots(SlotFilter::InUse).ok().filter(|counts| !counts.is_empty())?;
        let (slots, processes) = judge::holders(block, counts).ok()?;
        Some(Self { slots, processes })
    }

    /// `write, process 12 (make)`
    fn of_slot(&self, seen: &SlotUse) -> String {
        let whose = seen.holders.iter().map(|holder| holder.owner.unwrap_or(holder.pid));
        let whose = whose.map(|pid| called_among(pid, Some(&self.processes)));
        let state = SlotState::of(&seen.counts, seen.last).name().to_owned();
        [state].into_iter().chain(whose).collect::<Vec<_>>().join(", ")
    }
}
