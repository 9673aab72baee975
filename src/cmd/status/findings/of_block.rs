//! What is wrong in a block, by its own semaphores and their users.

use super::Finding;
use super::block_context::{BlockContext, ending};
use super::leaked_readers::leaked_readers;
use super::long_waits::long_waits;
use crate::failure::{self, Action, Fix, ShellCommand, as_root, by_permitted};
use crate::judge::{Cycle, WaitReason, process_to_end};
use crate::session::may_be_block;
use crate::system;
use crate::view::{Deadlock, FindingKind, SlotReport, SlotState, StatusReport};

/// How many slots a line names.
const MAX_SLOTS: usize = 10;

pub(in crate::cmd::status) fn of_block(
    report: &StatusReport,
    context: &BlockContext,
) -> Vec<Finding> {
    let deadlocks = report.deadlocks.iter().flatten();
    let mut findings: Vec<_> = deadlocks.map(|deadlock| of_deadlock(deadlock, context)).collect();
    findings.extend(abandoned(report, context));
    findings.extend(leaked_readers(report, context));
    findings.extend(long_waits(report, context));
    if may_be_block(&context.info) {
        findings.extend(remove_ipc(report));
        findings.extend(shared_slots(report, context));
    }
    findings
}

fn of_deadlock(deadlock: &Deadlock, context: &BlockContext) -> Finding {
    let finding = Finding::new(FindingKind::Deadlock, deadlock.summary());
    let cycle: Cycle = deadlock.0.iter().map(|link| (link.pid, link.reason)).collect();
    let processes = context.processes.as_ref();
    let chosen = processes.and_then(|processes| process_to_end(&cycle, processes, &context.own));
    let fix = chosen.map(|pid| match deadlock.works_for(pid) {
        Some(shell) => ending(
            pid,
            &format!("its semlock lock fails, and process {shell} continues without the lock"),
        ),
        None => ending(pid, meaning(deadlock.why_awaited(pid))),
    });
    finding.details(deadlock.lines()).fixes(fix)
}

/// What happens when a process ends that another one waits for, for this reason.
fn meaning(before: WaitReason) -> &'static str {
    match before {
        WaitReason::Slot(_) | WaitReason::OtherBlock { .. } => {
            "it releases its locks; its unfinished work is lost"
        }
        WaitReason::Owner => "the locks kept for it are released; its unfinished work is lost",
        WaitReason::Child => "it stops waiting, and the process that started it continues",
    }
}

/// A lock can be cleared only once the slot has no readers.
fn abandoned(report: &StatusReport, context: &BlockContext) -> Option<Finding> {
    let is_abandoned = |slot: &&SlotReport| slot.state == SlotState::Abandoned;
    let all: Vec<_> = report.slots.iter().flatten().filter(is_abandoned).collect();
    let (read, clear): (Vec<_>, Vec<_>) = all.iter().partition(|slot| slot.readers > 0);
    let subject = match &all[..] {
        [] => return None,
        [slot] => {
            let pid = slot.sempid.unwrap_or_default();
            format!("process {pid}, which has ended, left slot {} locked", slot.slot)
        }
        many => format!("processes that have ended left slots {} locked", slots(many)),
    };
    let fix = (!clear.is_empty()).then(|| {
        let unlock = context.semlock("unlock").args(["--abandoned", "--all"]);
        let fix = Fix::from(unlock.option("--id", context.info.semid));
        let fix = fix.note("clears only what ended processes left");
        by_permitted(Action::Lock, &context.info, fix)
    });
    let later = (!read.is_empty())
        .then(|| format!("can be cleared once the readers have left: {}", slots(&read)));
    Some(Finding::new(FindingKind::AbandonedLock, subject).details(later).fixes(fix))
}

fn slots(all: &[&SlotReport]) -> String {
    let named: Vec<_> = all.iter().take(MAX_SLOTS).map(|slot| slot.slot.to_string()).collect();
    let named = named.join(", ");
    match all.len().saturating_sub(MAX_SLOTS) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn remove_ipc(report: &StatusReport) -> Option<Finding> {
    let uid = report.block.set.shape.uid;
    let removal = system::removal_at_logout(uid)?;
    let prevention = Fix::from(ShellCommand::new(removal.prevention)).note(removal.effect);
    Some(Finding::new(FindingKind::RemoveIpc, removal.what).fix(as_root(prevention)))
}

fn shared_slots(report: &StatusReport, context: &BlockContext) -> Option<Finding> {
    if report.block.effective_slots >= report.block.slots {
        return None;
    }
    let (subject, better) = failure::shared_slots(context.info.nsems.try_into().ok()?)?;
    let fix = better.map(|nsems| {
        let replace = context.semlock("create").arg("--replace");
        let replace = replace.option("--nsems", nsems).option("--key", context.info.key);
        let note = format!(
            "stop the application first, and start it with NSems => {nsems}: clients with different sizes do not exclude each other"
        );
        by_permitted(Action::Remove, &context.info, Fix::from(replace).note(note))
    });
    Some(Finding::new(FindingKind::SharedSlots, subject).fixes(fix))
}
