//! The error of a `lock` that found its slots locked: which, and by what.

use jiff::Timestamp;
use serde::Serialize;

use super::obstacle::Obstacle;
use super::request::LockRequest;
use crate::cmd::shared::{called_among, command_of, inspect, summary};
use crate::exit::Exit;
use crate::failure::{Failure, ShellCommand};
use crate::judge::{Liveness, SlotHolder, SlotUse};
use crate::session::{Counts, Flag};
use crate::system::{Pid, Process, Processes, Text};
use crate::sysv::SetInfo;
use crate::view::BlockSummary;
use crate::words::{ago, counted};

/// How many slots are described.
const MAX_DESCRIBED: usize = 5;

/// What programs get with the error. Its names are part of the interface.
#[derive(Serialize)]
struct BusyReport {
    block: BlockSummary,
    slots: Vec<BusySlot>,
    holders: Vec<BusyHolder>,
}

#[derive(Serialize)]
struct BusySlot {
    slot: u16,
    readers: i32,
    writer: bool,
    persistent: i32,
}

#[derive(Serialize)]
struct BusyHolder {
    slot: u16,
    pid: Pid,
    owner: Option<Pid>,
    mode: &'static str,
    /// The command line of the process that the lock is for.
    command: Option<Text>,
    /// When the process `pid` started, which is not later than its lock.
    started: Option<Timestamp>,
}

/// Describes the slots that are locked. By now they may be free again.
pub(super) fn failure(request: &LockRequest, exit: Exit) -> Failure {
    let block = request.claim.block();
    let look = || {
        let info = block.set().info()?;
        let (slots, processes) = inspect::holders(block, request.claim.in_use()?)?;
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

/// Start times are known to a hundredth of a second at best, and may vary by that.
fn in_seconds(time: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(time.as_second()).ok()
}
