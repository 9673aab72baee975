//! Turns what is seen of slots and deadlocks into what is shown.

use jiff::{SignedDuration, Timestamp};
use nix::errno::Errno;

use crate::cmd::shared::{command_of, is_holder};
use crate::holder::HolderArgs;
use crate::json::in_seconds;
use crate::judge::{
    Cycle, Liveness, SlotHolder, SlotUse, SlotWaiter, SurveyedProcesses, WaitReason, is_semlock,
};
use crate::session::{Flag, Mode};
use crate::system::{Pid, Process, SleepClock, Text, Tid};
use crate::view::{Deadlock, HolderReport, Link, SlotReport, SlotState, WaiterReport};

/// A process got its lock after it started and before a later event. If the two are no
/// further apart than this, the event is taken for the moment that it got the lock.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(2);

/// The processes by which a block was judged.
pub(super) struct SlotReporter<'a> {
    otime: Option<Timestamp>,
    processes: Option<SurveyedProcesses<'a>>,
    sleep_clock: SleepClock,
}

impl<'a> SlotReporter<'a> {
    /// For a block that was last used at `otime`.
    pub(super) fn new(otime: Option<Timestamp>, processes: Option<SurveyedProcesses<'a>>) -> Self {
        Self { otime, processes, sleep_clock: SleepClock::default() }
    }

    pub(super) fn into_processes(self) -> Option<SurveyedProcesses<'a>> {
        self.processes
    }

    pub(super) fn slot(&mut self, seen: &SlotUse) -> SlotReport {
        let (counts, last) = (&seen.counts, seen.last);
        let named = counts.pid.filter(|_| last == Liveness::Alive);
        let started = named.and_then(|pid| self.process(pid)).map(|process| process.started);
        let holders = self.holders(seen);
        SlotReport {
            slot: counts.slot.index(),
            state: SlotState::of(counts, last),
            readers: counts.readers.all(),
            writer: counts.flag.is_raised(),
            persistent: counts.persistent(),
            waiting: counts.waiting,
            sempid: counts.is_in_use().then(|| counts.pid.map_or(0, Pid::raw)),
            command: named.and_then(|pid| self.command(whose(seen, pid))),
            started: started.and_then(in_seconds),
            since: since(seen, holders.as_deref().unwrap_or_default()),
            holders,
            waiters: self.waiters(seen),
            sessions: None,
        }
    }

    /// None if the slot is locked, and no process is proven to have it.
    fn holders(&mut self, seen: &SlotUse) -> Option<Vec<HolderReport>> {
        let known = seen.all_holders || !seen.holders.is_empty();
        known.then(|| seen.holders.iter().map(|holding| self.holder(holding)).collect())
    }

    fn holder(&mut self, holding: &SlotHolder) -> HolderReport {
        let &SlotHolder { pid, owner, mode, ref sessions } = holding;
        HolderReport {
            pid,
            owner,
            is_for_elsewhere: owner.is_none() && is_holder(pid),
            mode: mode.name(),
            command: self.command(owner.unwrap_or(pid)),
            sessions: sessions.iter().map(|session| Text::from_session_id(session)).collect(),
            since: self.held_since(holding),
        }
    }

    /// A process got its lock before the block was last used; a holder, before it fell asleep.
    fn held_since(&mut self, holding: &SlotHolder) -> Option<Timestamp> {
        let started = self.process(holding.pid)?.started;
        let is_at_once = |then: &Timestamp| then.duration_since(started).abs() <= AT_ONCE;
        self.otime.filter(is_at_once).or_else(|| {
            holding.owner?;
            let kept =
                self.sleep_clock.asleep_since(holding.pid, Tid::first_of(holding.pid)).ok()?;
            let kept = in_seconds(kept)?;
            Some(kept).filter(is_at_once)
        })
    }

    /// None if processes wait, and none can be seen.
    fn waiters(&mut self, seen: &SlotUse) -> Option<Vec<WaiterReport>> {
        let known = seen.all_waiters() || !seen.waiters.is_empty();
        known.then(|| seen.waiters.iter().map(|waiting| self.waiter(waiting)).collect())
    }

    fn waiter(&mut self, waiting: &SlotWaiter) -> WaiterReport {
        let &SlotWaiter { pid, tid, wants, .. } = waiting;
        let owner = self.owner_to_be(pid);
        let since = self.sleep_clock.asleep_since(pid, tid);
        WaiterReport {
            pid,
            owner,
            is_for_elsewhere: owner.is_none() && is_holder(pid),
            wants: wants.map(Mode::name),
            command: self.command(owner.unwrap_or(pid)),
            since: since.ok(),
            // One that has ended waits no longer.
            unread: since.err().filter(|&errno| errno != Errno::ESRCH),
        }
    }

    /// The process that this one will keep a lock for, once it has got it.
    fn owner_to_be(&self, pid: Pid) -> Option<Pid> {
        let args = HolderArgs::of(pid).ok().flatten()?;
        self.processes.as_ref()?.known_as(args.owner, self.process(pid)?)
    }

    pub(super) fn deadlock(&self, cycle: &Cycle) -> Deadlock {
        let next = cycle.iter().cycle().skip(1).map(|&(pid, _)| pid);
        let link = |(&(pid, tie), next)| Link {
            pid,
            command: self.command(pid),
            reason: tie,
            is_semlocks: self.is_semlocks(pid, tie, next),
        };
        let links = cycle.iter().zip(next).map(link).collect();
        Deadlock(links)
    }

    /// Whether a process of a cycle is a holder, or the `semlock lock` that started a holder,
    /// which is the next process.
    fn is_semlocks(&self, pid: Pid, tie: WaitReason, next: Pid) -> bool {
        let starts = || tie == WaitReason::Child && self.process(pid).is_some_and(is_semlock);
        tie == WaitReason::Owner || is_holder(pid) || (starts() && is_holder(next))
    }

    fn command(&self, pid: Pid) -> Option<Text> {
        command_of(pid, self.processes.as_deref())
    }

    fn process(&self, pid: Pid) -> Option<&Process> {
        self.processes.as_ref()?.get(pid)
    }
}

/// The process that a lock of this one is for.
fn whose(seen: &SlotUse, pid: Pid) -> Pid {
    let holder = seen.holders.iter().find(|holder| holder.pid == pid);
    holder.and_then(|holder| holder.owner).unwrap_or(pid)
}

/// Since when the slot has been locked without a break: by its writer, or by the first of
/// its readers if all of them are known.
fn since(seen: &SlotUse, holders: &[HolderReport]) -> Option<Timestamp> {
    if seen.counts.flag == Flag::Live {
        return holders.iter().find(|holder| holder.mode == Mode::Write.name())?.since;
    }
    let all: Option<Vec<_>> = holders.iter().map(|holder| holder.since).collect();
    all?.into_iter().min().filter(|_| seen.all_holders && seen.counts.persistent() == 0)
}

#[cfg(all(test, family = "linux"))]
mod tests {
    use super::*;
    use crate::session::{Counts, Readers, Slot};

    fn pid(raw: i32) -> Pid {
        Pid::new(raw).unwrap()
    }

    fn seen(flag: Flag, persistent: i32) -> SlotUse {
        let readers = Readers { live: 2, persistent };
        SlotUse::free(Counts { slot: Slot::new(3), readers, flag, waiting: 0, pid: Some(pid(7)) })
    }

    fn holder(mode: &'static str, second: Option<i64>) -> HolderReport {
        HolderReport {
            pid: pid(7),
            owner: None,
            is_for_elsewhere: false,
            mode,
            command: None,
            sessions: Vec::new(),
            since: second.map(|second| Timestamp::from_second(second).unwrap()),
        }
    }

    #[test]
    fn a_slot_is_locked_since_its_writer_or_the_first_of_its_known_readers_has_it() {
        let of = |seen: &SlotUse, holders: &[HolderReport]| {
            super::since(seen, holders).map(Timestamp::as_second)
        };
        let (read, written) = (seen(Flag::Free, 0), seen(Flag::Live, 0));
        let two = [holder("read", Some(9)), holder("read", Some(5))];
        assert_eq!(of(&read, &two), Some(5));
        assert_eq!(of(&SlotUse { all_holders: false, ..read.clone() }, &two), None);
        assert_eq!(of(&seen(Flag::Free, 1), &two), None);
        assert_eq!(of(&read, &[holder("read", Some(9)), holder("read", None)]), None);
        assert_eq!(of(&read, &[]), None);
        assert_eq!(of(&written, &[holder("read", Some(5)), holder("write", Some(8))]), Some(8));
        assert_eq!(of(&written, &two), None);
    }

    #[test]
    fn a_lock_is_for_the_owner_of_its_holder() {
        let holder = |raw, owner| SlotHolder {
            pid: pid(raw),
            owner,
            mode: Mode::Write,
            sessions: Vec::new(),
        };
        let holders = vec![holder(8, Some(pid(3))), holder(7, Some(pid(4))), holder(9, None)];
        let seen = SlotUse { holders, ..seen(Flag::Live, 0) };
        assert_eq!([7, 9, 10].map(|raw| whose(&seen, pid(raw)).raw()), [4, 9, 10]);
    }

    #[test]
    fn a_process_that_has_ended_meanwhile_does_not_count_as_one_that_cannot_be_read() {
        let pid = Pid::new(i32::MAX).unwrap();
        let (tid, slot) = (Tid::first_of(pid), Slot::new(0));
        let waiting = SlotWaiter { pid, tid, slot, held: None, wants: None };
        let waiter = SlotReporter::new(None, None).waiter(&waiting);
        assert_eq!((waiter.since, waiter.unread), (None, None));
    }
}
