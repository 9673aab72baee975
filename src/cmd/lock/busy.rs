//! The answer where a lock is not got: what is busy, and who has it.

use jiff::Timestamp;
use serde::Serialize;

use super::obstacle;
use super::request::Request;
use crate::cmd::shared::{called, inspect, summary};
use crate::exit::Exit;
use crate::failure::{Failure, ShellCommand};
use crate::judge::{Holding, Life, Seen};
use crate::session::{Counts, Flag, Mode};
use crate::system::{Pid, Process, Processes, Text};
use crate::sysv::SetInfo;
use crate::view::BlockSummary;
use crate::words::{ago, counted};

/// How many slots are described.
const MAX_NAMED: usize = 5;

/// What programs get beside the error. Its names are part of the interface.
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
    command: Option<Text>,
    /// When it started, which is not later than its lock.
    started: Option<Timestamp>,
}

/// Says of the slots that are not free what they are locked by. They may be free again
/// by the time of the look.
pub(super) fn failure(request: &Request, exit: Exit) -> Failure {
    let block = request.claim.block();
    let looked = || {
        let info = block.set().info()?;
        let (seen, processes) = inspect::holders(block, request.claim.in_use()?)?;
        Ok((info, seen, processes))
    };
    let what = format!("lock {}: it is busy", request.names());
    let failure = Failure::new(exit, what);
    // What cannot be looked at is left out: the answer is the same.
    let looked: Result<_, crate::sysv::Error> = looked();
    let Ok((info, seen, processes)) = looked else { return failure };
    let named = seen.iter().take(MAX_NAMED).map(|seen| of(seen, &processes));
    let free = seen.is_empty().then(|| "it is free by now".to_owned());
    let others = u32::try_from(seen.len().saturating_sub(MAX_NAMED)).unwrap_or(u32::MAX);
    let others = (others > 0).then(|| format!("and {}", counted(others, "other slot")));
    failure
        .details(&details(request, &info, &seen, &processes))
        .all_evidence(free.into_iter().chain(named).chain(others))
        .all_fixes(clearing(request, &seen))
}

fn of(seen: &Seen, processes: &Processes) -> String {
    let Counts { slot, pid, flag, .. } = seen.counts;
    let holder = seen.holders.iter().find(|holder| holder.mode == Mode::Write);
    let locked = match (holder, Pid::new(pid)) {
        _ if !flag.is_raised() => by_readers(seen, processes),
        _ if flag != Flag::Live => obstacle::PERSISTENT_WRITER.into(),
        (Some(holder), _) => by_writer(holder, processes),
        (None, Some(pid)) if seen.last == Life::Gone => obstacle::abandoned(pid),
        (None, _) => format!("write-locked by {}", called(pid)),
    };
    format!("slot {slot} is {locked}")
}

fn by_writer(holder: &Holding, processes: &Processes) -> String {
    obstacle::write_locked(holder.pid, holder.owner) + &since(holder.pid, processes)
}

fn by_readers(seen: &Seen, processes: &Processes) -> String {
    let locked = obstacle::read_locked(&seen.counts);
    let known: Vec<_> = seen.holders.iter().map(|one| reader(one, processes)).collect();
    match seen.all_holders {
        true if known.is_empty() => locked,
        true => format!("{locked}: {}", known.join(", ")),
        false if known.is_empty() => {
            format!("{locked}; the kernel does not tell by which")
        }
        false => format!("{locked}, {} among them", known.join(", ")),
    }
}

fn reader(holding: &Holding, processes: &Processes) -> String {
    let reader = match holding.owner {
        Some(owner) => format!("process {} for {}", holding.pid, called(owner.raw())),
        None => called(holding.pid.raw()),
    };
    reader + &since(holding.pid, processes)
}

/// Since when at the earliest.
fn since(pid: Pid, processes: &Processes) -> String {
    let started =
        |process: &Process| format!(", which started {}", ago(process.started, Timestamp::now()));
    processes.get(pid).map(started).unwrap_or_default()
}

/// What clears the locks of processes that have ended, if that makes all of it free.
fn clearing(request: &Request, seen: &[Seen]) -> Option<ShellCommand> {
    let is_left = |seen: &Seen| {
        seen.counts.flag == Flag::Live && seen.last == Life::Gone && seen.counts.readers.all() == 0
    };
    let unlock = || request.unlock(&["--abandoned"]);
    (!seen.is_empty() && seen.iter().all(is_left)).then(unlock)
}

fn details(request: &Request, info: &SetInfo, seen: &[Seen], processes: &Processes) -> BusyReport {
    let holder = |slot: u16, &Holding { pid, owner, mode, .. }: &Holding| BusyHolder {
        slot,
        pid,
        owner,
        mode: mode.name(),
        command: processes.get(pid).and_then(|process| process.command().clone().shown()),
        started: processes.get(pid).and_then(|process| in_seconds(process.started)),
    };
    let holders = seen.iter().flat_map(|seen| {
        let slot = seen.counts.slot.index();
        seen.holders.iter().map(move |holding| holder(slot, holding))
    });
    let slot = |counts: &Counts| BusySlot {
        slot: counts.slot.index(),
        readers: counts.readers.all(),
        writer: counts.flag.is_raised(),
        persistent: counts.persistent(),
    };
    BusyReport {
        block: summary(info.key, request.claim.block()),
        slots: seen.iter().map(|seen| slot(&seen.counts)).collect(),
        holders: holders.collect(),
    }
}

/// What is known is no finer than a hundredth of a second, and may vary by that.
fn in_seconds(time: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(time.as_second()).ok()
}
