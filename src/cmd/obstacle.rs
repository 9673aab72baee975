//! What keeps a lock from being taken, as a line for who waits for it.

use std::time::Duration;

use super::acquire::Request;
use super::called;
use crate::holder::Holders;
use crate::judge::is_gone;
use crate::session::{Counts, Flag, Readers};
use crate::system::{self, Pid};
use crate::words::counted;

/// What is waited for, for how long, and what is in the way.
pub(super) fn line(request: &Request, time: Duration) -> String {
    let (time, names) = (time.as_secs(), request.names());
    let mut in_the_way = request.claim.in_use().unwrap_or_default();
    // A flag that this wait has raised itself keeps nobody waiting.
    in_the_way.retain(|counts| counts.readers.all() > 0 || !is_own_flag(counts));
    // A terminal may cut the line: what it is waited for comes last.
    match &in_the_way[..] {
        [] => format!("waiting {time} s: {names}"),
        [only] if request.claim.slots().len() == 1 => {
            format!("waiting {time} s, {}: {names}", of(only, request))
        }
        [first] => {
            format!("waiting {time} s, slot {} is {}: {names}", first.slot, of(first, request))
        }
        [first, others @ ..] => {
            let others = counted(u32::try_from(others.len()).unwrap_or(u32::MAX), "other slot");
            let (slot, first) = (first.slot, of(first, request));
            format!("waiting {time} s, slot {slot} is {first}, and {others}: {names}")
        }
    }
}

fn of(counts: &Counts, request: &Request) -> String {
    let set = request.claim.block().set();
    match Pid::new(counts.pid) {
        _ if !counts.flag.is_raised() => read_locked(counts),
        _ if counts.flag != Flag::Live => PERSISTENT_WRITER.into(),
        // It has raised its flag, and only the readers are left.
        Some(pid) if is_ours(pid) => format!("still {}", read_locked(counts)),
        Some(pid) if is_gone(pid.raw(), set) => abandoned(pid),
        Some(pid) => write_locked(pid, owner(pid)),
        None => format!("write-locked by {}", called(0)),
    }
}

pub(super) const PERSISTENT_WRITER: &str = "under a persistent write lock";

/// Who has a write lock, and for whom.
pub(super) fn write_locked(pid: Pid, owner: Option<Pid>) -> String {
    match owner {
        Some(owner) => format!("write-locked for {}, by process {pid}", called(owner.raw())),
        None => format!("write-locked by {}", called(pid.raw())),
    }
}

pub(super) fn abandoned(pid: Pid) -> String {
    format!("write-locked by process {pid}, which has ended")
}

/// By how many, and how many of these locks have no process.
pub(super) fn read_locked(counts: &Counts) -> String {
    let counted = |number: i32, noun| counted(u32::try_from(number).unwrap_or(0), noun);
    let Readers { live, persistent } = counts.readers;
    let living = counted(live, "process");
    match (live, persistent) {
        (_, 0) => format!("read-locked by {living}"),
        (0, persistent) => format!("under {}", counted(persistent, "persistent read lock")),
        (_, persistent) => {
            let persistent = counted(persistent, "persistent read lock");
            format!("read-locked by {living}, and under {persistent}")
        }
    }
}

fn is_own_flag(counts: &Counts) -> bool {
    counts.flag == Flag::Live && Pid::new(counts.pid).is_some_and(is_ours)
}

/// Whether it is this process, or the holder that it has started.
fn is_ours(pid: Pid) -> bool {
    let is_child = || system::find(pid).shown().is_some_and(|it| it.parent == Some(Pid::own()));
    pid == Pid::own() || is_child()
}

/// The process that a holder keeps a lock for.
fn owner(pid: Pid) -> Option<Pid> {
    Holders::named([pid].into_iter()).ok()?.owner_of(pid)
}
