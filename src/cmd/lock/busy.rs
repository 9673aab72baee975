//! The error of a `lock` that found its slots locked: which, and by what.

use jiff::Timestamp;

use super::obstacle::Obstacle;
use super::request::LockRequest;
use crate::cmd::shared::{called_among, command_of, summary};
use crate::exit::Exit;
use crate::failure::{Failure, ShellCommand};
use crate::json::in_seconds;
use crate::judge::{self, Liveness, SlotHolder, SlotUse};
use crate::session::{Counts, Flag};
use crate::system::{Pid, Process, Processes};
use crate::sysv::SetInfo;
use crate::view::{BusyHolder, BusyReport, BusySlot};
use crate::words::{ago, counted};

/// How many slots are described.
const MAX_DESCRIBED: usize = 5;

/// Describes the slots that are locked. By now they may be free again.
pub(super) fn failure(request: &LockRequest, exit: Exit) -> Failure {
    let block = request.claim.block();
    let look = || {
        let info = block.set().info()?;
        let (slots, processes) = judge::holders(block, request.claim.in_use()?)?;
        Ok((info, slots, processes))
    };
    let failure = Failure::new(exit, format!("lock {}: it is busy", request.names()));
    let looked: Result<_, crate::sysv::Error> = look();
    // It is busy all the same if nobody may look.
    let Ok((info, slots, processes)) = looked else { return failure };
    let described = slots.iter().take(MAX_DESCRIBED).map(|slot| describe(slot, &processes));
    let free = slots.is_empty().then(|| "it is free now".to_owned());
    let others = u32::try_from(slots.len().saturating_sub(MAX_DESCRIBED)).unwrap_or(u32::MAX);
    let others = (others > 0).then(|| format!("and {}", counted(others, "other slot")));
    failure
        .details(&report(request, &info, &slots, &processes))
        .all_evidence(free.into_iter().chain(described).chain(others))
        .all_fixes(clearing(request, &slots))
}

fn describe(slot: &SlotUse, processes: &Processes) -> String {
    let obstacle = Obstacle::of_seen(slot);
    let details = match obstacle {
        Obstacle::Readers(_) => readers(slot, processes),
        Obstacle::Writer { pid, .. } if slot.holders.iter().any(|one| one.pid == pid) => {
            started(pid, processes)
        }
        _ => String::new(),
    };
    format!("slot {} is {obstacle}{details}", slot.counts.slot)
}

fn readers(slot: &SlotUse, processes: &Processes) -> String {
    let known: Vec<_> = slot.holders.iter().map(|one| reader(one, processes)).collect();
    match (slot.all_holders, known.join(", ")) {
        (true, known) if known.is_empty() => String::new(),
        (true, known) => format!(": {known}"),
        (false, known) if known.is_empty() => "; the kernel does not record which".into(),
        (false, known) => format!(", including {known}"),
    }
}

fn reader(holding: &SlotHolder, processes: &Processes) -> String {
    let called = |pid: Pid| called_among(pid, Some(processes));
    let reader = match holding.owner {
        Some(owner) => format!("process {} for {}", holding.pid, called(owner)),
        None => called(holding.pid),
    };
    reader + &started(holding.pid, processes)
}

/// A process has its lock since it started, at the earliest.
fn started(pid: Pid, processes: &Processes) -> String {
    let started =
        |process: &Process| format!(", which started {}", ago(process.started, Timestamp::now()));
    processes.get(pid).map(started).unwrap_or_default()
}

/// What clears the locks of processes that have ended, if that frees every slot.
fn clearing(request: &LockRequest, slots: &[SlotUse]) -> Option<ShellCommand> {
    let is_abandoned = |slot: &SlotUse| {
        slot.counts.flag == Flag::Live
            && slot.last == Liveness::Gone
            && slot.counts.readers.all() == 0
    };
    let unlock = || request.unlock(&["--abandoned"]);
    (!slots.is_empty() && slots.iter().all(is_abandoned)).then(unlock)
}

fn report(
    request: &LockRequest,
    info: &SetInfo,
    slots: &[SlotUse],
    processes: &Processes,
) -> BusyReport {
    let holder = |slot: u16, &SlotHolder { pid, owner, mode, .. }: &SlotHolder| BusyHolder {
        slot,
        pid,
        owner,
        mode: mode.name(),
        command: command_of(owner.unwrap_or(pid), Some(processes)),
        started: processes.get(pid).and_then(|process| in_seconds(process.started)),
    };
    let holders = slots.iter().flat_map(|slot| {
        let index = slot.counts.slot.index();
        slot.holders.iter().map(move |holding| holder(index, holding))
    });
    let slot = |counts: &Counts| BusySlot {
        slot: counts.slot.index(),
        readers: counts.readers.all(),
        writer: counts.flag.is_raised(),
        persistent: counts.persistent(),
    };
    BusyReport {
        block: summary(info.key, request.claim.block()),
        slots: slots.iter().map(|one| slot(&one.counts)).collect(),
        holders: holders.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Mode, Readers, Slot};
    use crate::system::{Clock, Code};
    use crate::sysv::{Credentials, Uid};

    /// No process has such a pid.
    const NONE: i32 = i32::MAX;

    fn pid(raw: i32) -> Pid {
        Pid::new(raw).unwrap()
    }

    fn among(pids: &[i32]) -> Processes {
        let now = Timestamp::now();
        let process = |&raw: &i32| {
            Process::made_up(pid(raw), now, Credentials::of_user(Uid::ROOT), Code::none())
        };
        Processes::of(pids.iter().map(process).collect(), Clock::steady(Timestamp::MIN), now)
    }

    fn slot(flag: Flag, live: i32, holders: Vec<SlotHolder>) -> SlotUse {
        let readers = Readers { live, persistent: 0 };
        let counts =
            Counts { slot: Slot::new(3), readers, flag, waiting: 0, pid: Pid::new(NONE - 1) };
        SlotUse { holders, last: Liveness::Alive, ..SlotUse::free(counts) }
    }

    fn holder(raw: i32, mode: Mode) -> SlotHolder {
        SlotHolder { pid: pid(raw), owner: None, mode, sessions: Vec::new() }
    }

    #[test]
    fn a_busy_slot_is_described_with_who_has_it_and_since_when() {
        let processes = among(&[NONE - 1]);
        let described = |slot: SlotUse| describe(&slot, &processes);
        let writer = slot(Flag::Live, 0, vec![holder(NONE - 1, Mode::Write)]);
        assert_eq!(
            described(writer.clone()),
            "slot 3 is write-locked by process 2147483646 (server), which started 0 seconds ago"
                .replace(" (server)", "")
        );
        let unproven = SlotUse { holders: Vec::new(), ..writer };
        assert_eq!(described(unproven), "slot 3 is write-locked by process 2147483646");
        let read = slot(Flag::Free, 2, vec![holder(NONE - 1, Mode::Read)]);
        assert_eq!(
            described(read.clone()),
            "slot 3 is read-locked by 2 processes: process 2147483646 (server), which started 0 seconds ago"
        );
        let some = SlotUse { all_holders: false, ..read.clone() };
        assert_eq!(
            described(some),
            "slot 3 is read-locked by 2 processes, including process 2147483646 (server), which started 0 seconds ago"
        );
        let owner = SlotHolder { owner: Some(pid(NONE)), ..holder(NONE - 1, Mode::Read) };
        let kept = SlotUse { holders: vec![owner], ..read.clone() };
        assert_eq!(
            described(kept),
            "slot 3 is read-locked by 2 processes: process 2147483646 for process 2147483647, which started 0 seconds ago"
        );
        let nobody = SlotUse { holders: Vec::new(), ..read };
        assert_eq!(described(nobody.clone()), "slot 3 is read-locked by 2 processes");
        let unknown = SlotUse { all_holders: false, ..nobody };
        assert_eq!(
            described(unknown),
            "slot 3 is read-locked by 2 processes; the kernel does not record which"
        );
    }
}
