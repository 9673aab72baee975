//! Waits for locks that are long: by a reader that nobody can name, or by whoever has
//! the lock.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::evidence::{Evidence, ending};
use crate::failure::{Fix, ShellCommand, as_root, by_those_who_may_alter};
use crate::judge::{callers, likely_first};
use crate::system::{self, Pid, Processes, Text};
use crate::sysv::SetState;
use crate::view::{Finding, FindingKind, Holder, SlotReport, State, StatusReport, Waiter, called};
use crate::words::{age, counted};

/// How many slots, waiters and candidates are named.
const MOST: usize = 5;

/// Readers that nobody can name, and that a writer has waited for too long.
pub(super) fn leaked(report: &StatusReport, evidence: &Evidence) -> Vec<Finding> {
    let slots = slots_with_long_waits(report, evidence);
    let slots = slots.into_iter().filter(|slot| unknown_readers(slot) > 0);
    slots.take(MOST).map(|slot| of_reader(slot, report, evidence)).collect()
}

/// Long waits for processes that are known, or for what no process has.
pub(super) fn long(report: &StatusReport, evidence: &Evidence) -> Vec<Finding> {
    let slots = slots_with_long_waits(report, evidence);
    let slots = slots.into_iter().filter(|slot| unknown_readers(slot) == 0);
    slots.take(MOST).map(|slot| of_wait(slot, report, evidence)).collect()
}

/// Of which waits nobody can say how long they last. A process that is counted and not
/// seen, where everything can be looked at, has its lock by now.
pub(in crate::cmd::status) fn unknown_waits(
    report: &StatusReport,
    evidence: &Evidence,
) -> Option<String> {
    let is_unknown = |slot: &&SlotReport| {
        let waiters = slot.waiters.as_deref().unwrap_or_default();
        let unseen = i32::try_from(waiters.len()).unwrap_or(i32::MAX) < slot.waiting;
        (unseen && evidence.hides_waiters) || waiters.iter().any(|waiter| waiter.since.is_none())
    };
    let slot = report.slots.iter().flatten().find(is_unknown)?;
    Some(format!(
        "how long {} for slot {} cannot be seen",
        match slot.waiting {
            1 => "a process has waited".into(),
            many => format!("{many} processes have waited"),
        },
        slot.slot
    ))
}

/// The slots that a process has waited for too long, the longest wait first; without
/// those of which something else is wrong that keeps it waiting.
fn slots_with_long_waits<'a>(report: &'a StatusReport, evidence: &Evidence) -> Vec<&'a SlotReport> {
    let locked: BTreeSet<Pid> =
        report.deadlocks.iter().flatten().flat_map(|one| &one.0).map(|link| link.pid).collect();
    let is_locked = |holder: &Holder| locked.contains(&holder.pid);
    let other = |slot: &SlotReport| {
        slot.state == State::Abandoned || slot.holders.iter().flatten().any(is_locked)
    };
    let is_long = |slot: &&SlotReport| {
        let waited = longest(slot).map(|since| report.time.duration_since(since));
        waited.is_some_and(|waited| waited >= signed(evidence)) && !other(slot)
    };
    let mut slots: Vec<_> = report.slots.iter().flatten().filter(is_long).collect();
    slots.sort_by_key(|slot| (longest(slot).map(Timestamp::as_second), slot.slot));
    slots
}

fn signed(evidence: &Evidence) -> SignedDuration {
    SignedDuration::try_from(evidence.long).unwrap_or(SignedDuration::MAX)
}

/// Since when the process waits that has waited longest, as far as that is known.
fn longest(slot: &SlotReport) -> Option<Timestamp> {
    slot.waiters.iter().flatten().filter_map(|waiter| waiter.since).min()
}

/// How many of a slot's readers cannot be named.
fn unknown_readers(slot: &SlotReport) -> i32 {
    let known = slot.holders.iter().flatten().filter(|holder| holder.mode == "read").count();
    let persistent = slot.persistent - i32::from(slot.writer && slot.state == State::Persistent);
    slot.readers - persistent.max(0) - i32::try_from(known).unwrap_or(i32::MAX)
}

fn of_wait(slot: &SlotReport, report: &StatusReport, evidence: &Evidence) -> Finding {
    let finding = Finding::new(FindingKind::LongWait, subject(slot, report));
    let finding = finding.details(waiters(slot, report)).details(holders(slot, report));
    finding.fixes(release(slot, report, evidence))
}

/// "2 processes have waited for slot 5, up to 3min"
fn subject(slot: &SlotReport, report: &StatusReport) -> String {
    let waited = longest(slot).map_or_else(String::new, |since| age(since, report.time));
    match slot.waiting {
        1 => format!("a process has waited {waited} for slot {}", slot.slot),
        many => format!("{many} processes have waited for slot {}, up to {waited}", slot.slot),
    }
}

/// Those that have waited longest first.
fn waiters(slot: &SlotReport, report: &StatusReport) -> Vec<String> {
    let mut all: Vec<&Waiter> = slot.waiters.iter().flatten().collect();
    all.sort_by_key(|waiter| (waiter.since.map_or(Timestamp::MAX, |since| since), waiter.pid));
    let line = |waiter: &&Waiter| {
        let process = called(waiter.pid, waiter.command.as_ref());
        let wants = waiter.wants.map_or(String::new(), |wants| format!(" to {wants}"));
        let since = waiter.since.map(|since| format!(" for {}", age(since, report.time)));
        format!("{process} waits{wants}{}", since.unwrap_or_default())
    };
    let mut lines: Vec<_> = all.iter().take(MOST).map(line).collect();
    let shown = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let others = slot.waiting.unsigned_abs().saturating_sub(shown);
    lines.extend((others > 0).then(|| match others {
        1 => "another process waits".into(),
        many => format!("{many} other processes wait"),
    }));
    lines
}

fn holders(slot: &SlotReport, report: &StatusReport) -> Vec<String> {
    let line = |holder: &Holder| {
        let process = called(holder.whose(), holder.command.as_ref());
        let since = holder.since.map(|since| format!(", for {}", age(since, report.time)));
        let kept = holder.owner.map(|_| format!(", kept by process {}", holder.pid));
        format!(
            "{process} has it to {}{}{}",
            holder.mode,
            since.unwrap_or_default(),
            kept.unwrap_or_default()
        )
    };
    let known = slot.holders.iter().flatten().take(MOST).map(line);
    let elsewhere = slot.state == State::Unknown && slot.sempid == Some(0);
    let elsewhere = elsewhere.then(|| "a process of another pid namespace has it".into());
    let persistent = u32::try_from(slot.persistent).unwrap_or(0);
    let persistent = (persistent > 0)
        .then(|| format!("{}, which no process has", counted(persistent, "persistent lock")));
    known.chain(elsewhere).chain(persistent).collect()
}

/// What ends the wait, where that is certain: one process has the lock, and waits for
/// none itself; or it is a persistent one.
fn release(slot: &SlotReport, report: &StatusReport, evidence: &Evidence) -> Option<Fix> {
    let holders = slot.holders.as_deref().unwrap_or_default();
    match (slot.persistent, holders) {
        (0, [holder, others @ ..]) => {
            let waits = evidence.waiting.contains(&holder.pid)
                || evidence.waiting.contains(&holder.whose());
            let certain = !waits && slot.state != State::Draining;
            let pid = holder.whose();
            let fix = || ending(pid, &given_back(slot, others.len()));
            (certain && evidence.may_end(pid)).then(fix)
        }
        (1, []) => {
            let unlock = ShellCommand::semlock("unlock").option("--id", report.block.set.semid);
            let unlock = Fix::from(unlock.option("--slot", slot.slot))
                .note("releases the persistent lock, which was taken on purpose");
            Some(by_those_who_may_alter(&evidence.info, unlock))
        }
        _ => None,
    }
}

fn given_back(slot: &SlotReport, others: usize) -> String {
    let slot = slot.slot;
    match others {
        0 => format!("it gives slot {slot} back; its work is lost"),
        1 => format!(
            "it gives its lock of slot {slot} back; its work is lost; another reader has one, too"
        ),
        many => format!(
            "it gives its lock of slot {slot} back; its work is lost; {many} other readers have one, too"
        ),
    }
}

/// A process that may be the reader.
struct Candidate {
    pid: Pid,
    command: Option<Text>,
}

fn of_reader(slot: &SlotReport, report: &StatusReport, evidence: &Evidence) -> Finding {
    let readers = u32::try_from(unknown_readers(slot)).unwrap_or(0);
    let subject = match readers {
        1 => format!(
            "a reader that nobody can name keeps slot {}; {}",
            slot.slot,
            waited(slot, report)
        ),
        many => format!(
            "{many} readers that nobody can name keep slot {}; {}",
            slot.slot,
            waited(slot, report)
        ),
    };
    let finding = Finding::new(FindingKind::LeakedReader, subject).details(waiters(slot, report));
    let candidates = match &evidence.processes {
        Some(processes) => candidates(slot, processes, evidence),
        None => Vec::new(),
    };
    let finding = finding.details(lines(&candidates));
    finding.fixes(end_a_candidate(slot, &candidates, report, evidence))
}

fn waited(slot: &SlotReport, report: &StatusReport) -> String {
    let since = longest(slot).map_or_else(String::new, |since| age(since, report.time));
    match slot.waiting {
        1 => format!("a process has waited {since} for it"),
        many => format!("{many} processes have waited for it, up to {since}"),
    }
}

/// Those that may use the block, have semaphore calls, were there before the longest wait
/// began, and are not seen to wait.
fn candidates(slot: &SlotReport, processes: &Processes, evidence: &Evidence) -> Vec<Candidate> {
    let Ok(state) = SetState::read(evidence.info.semid) else { return Vec::new() };
    let known: BTreeSet<Pid> = slot.holders.iter().flatten().map(|holder| holder.pid).collect();
    let users = callers(&state, processes, system::ipc_namespace().ok()).into_iter();
    let users = users.filter(|pid| !evidence.waiting.contains(pid) && !known.contains(pid));
    let began = longest(slot);
    let was_there =
        |pid: &Pid| processes.get(*pid).is_some_and(|process| processes.was_there(process, began));
    let users = users.filter(was_there);
    let named = slot.sempid.filter(|_| !slot.writer).unwrap_or(0);
    let command = |pid| processes.get(pid).and_then(|process| process.command().clone().shown());
    let likely = likely_first(users.collect(), named, processes).into_iter();
    likely.map(|pid| Candidate { pid, command: command(pid) }).collect()
}

fn lines(candidates: &[Candidate]) -> Vec<String> {
    const WHY: &str = "has semaphore calls and does not wait";
    let line = |one: &Candidate| called(one.pid, one.command.as_ref());
    let named = candidates.iter().take(MOST).map(line);
    let others = candidates.len().saturating_sub(MOST);
    let others = (others > 0).then(|| format!("and {others} more"));
    match candidates {
        [] => vec!["no process is seen that may be it".into()],
        [one] => vec![format!("{} may be it: it {WHY}", line(one))],
        _ => {
            let first = "one of these may be it, the likeliest first: each";
            [format!("{first} {WHY}")].into_iter().chain(named).chain(others).collect()
        }
    }
}

/// The first that may be ended. Where some may not be looked at, root sees more.
fn end_a_candidate(
    slot: &SlotReport,
    candidates: &[Candidate],
    report: &StatusReport,
    evidence: &Evidence,
) -> Option<Fix> {
    if evidence.hides_waiters {
        let status = ShellCommand::semlock("status").option("--id", report.block.set.semid);
        return Some(as_root(Fix::from(status).note("shows which of them wait")));
    }
    let first = candidates.iter().find(|one| evidence.may_end(one.pid))?;
    let meaning =
        format!("if it is the reader, it gives slot {} back; its work is lost", slot.slot);
    let fix = ending(first.pid, &meaning);
    Some(match candidates.len() {
        1 => fix,
        _ => fix.note("if the slot stays locked, the next status names the others"),
    })
}
