//! Long waits for locks, and who has the locks.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use nix::errno::Errno;

use super::Finding;
use super::block_context::{BlockContext, ending};
use crate::cmd::shared::first_lines;
use crate::failure::{Action, Fix, by_permitted};
use crate::system::Pid;
use crate::sysv::UNNAMED_PROCESS;
use crate::view::{
    FindingKind, HolderReport, SlotReport, SlotState, StatusReport, WaiterReport, called,
};
use crate::words::{age, counted};

/// How many slots, waiters and candidates are named.
pub(super) const MAX_NAMED: usize = 5;

/// Long waits for processes that are known, or for persistent locks.
pub(super) fn long_waits(report: &StatusReport, context: &BlockContext) -> Vec<Finding> {
    let mut slots = slots_with_long_waits(report, context);
    slots.retain(|slot| slot.unnamed_readers() == 0);
    let finding = |slot: &SlotReport| of_wait(slot, report, context);
    of_first_slots(FindingKind::LongWait, &slots, finding)
}

/// A finding for each of the first slots, and one for all others.
pub(super) fn of_first_slots(
    kind: FindingKind,
    slots: &[&SlotReport],
    finding: impl Fn(&SlotReport) -> Finding,
) -> Vec<Finding> {
    let mut findings: Vec<_> = slots.iter().take(MAX_NAMED).map(|slot| finding(slot)).collect();
    let others = u32::try_from(slots.len().saturating_sub(MAX_NAMED)).unwrap_or(u32::MAX);
    let subject = || format!("processes wait for {}, too", counted(others, "other slot"));
    findings.extend((others > 0).then(|| Finding::new(kind, subject())));
    findings
}

/// Says of a wait that its length is not known. If everything can be seen, a process
/// that is counted and not seen has its lock by now, and does not matter.
pub(in crate::cmd::status) fn unknown_waits(
    report: &StatusReport,
    context: &BlockContext,
) -> Option<String> {
    let why = |slot: &SlotReport| {
        let unread = slot.waiters.iter().flatten().find_map(|waiter| waiter.unread);
        let hidden = context.hides_waiters.as_ref().filter(|_| slot.unnamed_waiters() > 0);
        let of_one = |errno: Errno| format!("{} ({errno:?})", errno.desc());
        unread.map(of_one).or_else(|| hidden.map(ToString::to_string))
    };
    let (slot, why) = report.slots.iter().flatten().find_map(|slot| Some((slot, why(slot)?)))?;
    let who = match slot.waiting {
        1 => "a process has waited".into(),
        many => format!("{many} processes have waited"),
    };
    Some(format!("it is unknown how long {who} for slot {}: {why}", slot.slot))
}

/// The slots that a process has waited for too long, the longest wait first; without
/// slots whose lock is abandoned or whose holder is deadlocked: that is its own finding.
pub(super) fn slots_with_long_waits<'a>(
    report: &'a StatusReport,
    context: &BlockContext,
) -> Vec<&'a SlotReport> {
    let locked: BTreeSet<Pid> =
        report.deadlocks.iter().flatten().flat_map(|one| &one.0).map(|link| link.pid).collect();
    let is_locked = |holder: &HolderReport| locked.contains(&holder.pid);
    let other = |slot: &SlotReport| {
        slot.state == SlotState::Abandoned || slot.holders.iter().flatten().any(is_locked)
    };
    let is_long = |slot: &&SlotReport| {
        let waited = longest(slot).map(|since| report.time.duration_since(since));
        waited.is_some_and(|waited| waited >= signed(context)) && !other(slot)
    };
    let mut slots: Vec<_> = report.slots.iter().flatten().filter(is_long).collect();
    slots.sort_by_key(|slot| (longest(slot).map(Timestamp::as_second), slot.slot));
    slots
}

fn signed(context: &BlockContext) -> SignedDuration {
    SignedDuration::try_from(context.long_wait).unwrap_or(SignedDuration::MAX)
}

/// When the longest wait began, as far as that is known.
pub(super) fn longest(slot: &SlotReport) -> Option<Timestamp> {
    slot.waiters.iter().flatten().filter_map(|waiter| waiter.since).min()
}

fn of_wait(slot: &SlotReport, report: &StatusReport, context: &BlockContext) -> Finding {
    let finding = Finding::new(FindingKind::LongWait, subject(slot, report));
    let finding = finding.details(waiters(slot, report)).details(holders(slot, report));
    finding.fixes(release(slot, report, context))
}

/// "2 processes have waited for slot 5, up to 3min"
fn subject(slot: &SlotReport, report: &StatusReport) -> String {
    waited(slot, &format!("slot {}", slot.slot), report)
}

/// The longest waits first.
pub(super) fn waiters(slot: &SlotReport, report: &StatusReport) -> Vec<String> {
    let mut all: Vec<&WaiterReport> = slot.waiters.iter().flatten().collect();
    all.sort_by_key(|waiter| (waiter.since.map_or(Timestamp::MAX, |since| since), waiter.pid));
    let line = |waiter: &&WaiterReport| {
        let process = called(waiter.whose(), waiter.command.as_ref());
        let wants = waiter.wants.map(|wants| format!(" for {}", lock(wants)));
        let waits = match lasting(waiter.since, report.time) {
            Some(time) => format!("has waited {time}"),
            None => "waits".into(),
        };
        format!("{process} {waits}{}", wants.unwrap_or_default())
    };
    let mut lines: Vec<_> = all.iter().take(MAX_NAMED).map(line).collect();
    let shown = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let others = slot.waiting.unsigned_abs().saturating_sub(shown);
    lines.extend((others > 0).then(|| match others {
        1 => "another process waits".into(),
        many => format!("{many} other processes wait"),
    }));
    lines
}

fn holders(slot: &SlotReport, report: &StatusReport) -> Vec<String> {
    let line = |holder: &HolderReport| {
        let process = called(holder.whose(), holder.command.as_ref());
        let lock = lock(holder.mode);
        let has = match lasting(holder.since, report.time) {
            Some(time) => format!("has had {lock} for {time}"),
            None => format!("has {lock}"),
        };
        let kept = match holder.owner {
            Some(_) => format!(", kept by process {}", holder.pid),
            None if holder.is_for_elsewhere => format!(", kept for {UNNAMED_PROCESS}"),
            None => String::new(),
        };
        format!("{process} {has}{kept}")
    };
    let known = first_lines(slot.holders.iter().flatten().map(line).collect(), MAX_NAMED);
    let elsewhere = slot.state == SlotState::Unknown && slot.sempid == Some(0);
    let elsewhere = elsewhere.then(|| format!("{UNNAMED_PROCESS} has it"));
    let persistent = u32::try_from(slot.persistent).unwrap_or(0);
    let persistent = (persistent > 0)
        .then(|| format!("{}, which no process has", counted(persistent, "persistent lock")));
    known.into_iter().chain(elsewhere).chain(persistent).collect()
}

/// What ends the wait, if that is certain: one process has the lock and does not wait
/// itself, or the lock is persistent.
fn release(slot: &SlotReport, report: &StatusReport, context: &BlockContext) -> Option<Fix> {
    let holders = slot.holders.as_deref().unwrap_or_default();
    match (slot.persistent, holders) {
        (0, [holder]) => {
            let waits = context.waiting.contains(&holder.pid)
                || context.waiting.contains(&holder.whose())
                || waits_through_semlock(holder.whose(), report);
            let certain = !waits && !holder.is_for_elsewhere && slot.state != SlotState::Draining;
            let pid = holder.whose();
            let fix = || {
                ending(pid, &format!("it releases slot {}; its unfinished work is lost", slot.slot))
            };
            (certain && context.may_end(pid)).then(fix)
        }
        (1, []) => {
            let unlock = context.semlock_on_block("unlock");
            let unlock = Fix::from(unlock.option("--slot", slot.slot))
                .note("releases the persistent lock, which was taken on purpose");
            Some(by_permitted(Action::Lock, &context.info, unlock))
        }
        _ => None,
    }
}

/// Whether a holder waits for another lock that it will keep for this process.
fn waits_through_semlock(pid: Pid, report: &StatusReport) -> bool {
    let waiters = report.slots.iter().flatten().flat_map(|slot| slot.waiters.iter().flatten());
    waiters.into_iter().any(|waiter| waiter.owner == Some(pid))
}

/// "2 processes have waited for slot 5, up to 3min"
pub(super) fn waited(slot: &SlotReport, what: &str, report: &StatusReport) -> String {
    match (slot.waiting, lasting(longest(slot), report.time)) {
        (1, Some(time)) => format!("a process has waited {time} for {what}"),
        (1, None) => format!("a process waits for {what}"),
        (many, Some(time)) => format!("{many} processes have waited for {what}, up to {time}"),
        (many, None) => format!("{many} processes wait for {what}"),
    }
}

/// How long it has been so, if that is known and at least a second.
fn lasting(since: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let is_worth_saying =
        |since: &Timestamp| now.duration_since(*since) >= SignedDuration::from_secs(1);
    since.filter(is_worth_saying).map(|since| age(since, now))
}

/// A slot has one write lock, and any number of read locks.
fn lock(mode: &str) -> String {
    let article = if mode == "write" { "the" } else { "a" };
    format!("{article} {mode} lock")
}
