//! What is wrong in a block, by what its own semaphores and their users tell.

use super::evidence::{Evidence, ending};
use super::leaked_readers::leaked;
use super::long_waits::long;
use super::repeated_fixes::offer_each_fix_once;
use crate::failure::{self, Action, Fix, ShellCommand, as_root, by_permitted};
use crate::judge::{Cycle, Tie, to_end};
use crate::session::may_be_block;
use crate::view::{Deadlock, Finding, FindingKind, SlotReport, State, StatusReport};

/// What is wrong in a block, the most urgent first.
pub(in crate::cmd::status) fn of_block(report: &StatusReport, evidence: &Evidence) -> Vec<Finding> {
    let deadlocks = report.deadlocks.iter().flatten();
    let mut findings: Vec<_> = deadlocks.map(|deadlock| of_deadlock(deadlock, evidence)).collect();
    findings.extend(abandoned(report, evidence));
    findings.extend(leaked(report, evidence));
    findings.extend(long(report, evidence));
    if may_be_block(&evidence.info) {
        findings.extend(remove_ipc(report));
        findings.extend(shared_slots(report, evidence));
    }
    findings.sort_by_key(|finding| finding.kind);
    offer_each_fix_once(&mut findings);
    findings
}

fn of_deadlock(deadlock: &Deadlock, evidence: &Evidence) -> Finding {
    let finding = Finding::new(FindingKind::Deadlock, deadlock.summary());
    let cycle: Cycle = deadlock.0.iter().map(|link| (link.pid, link.reason)).collect();
    let processes = evidence.processes.as_ref();
    let chosen = processes.and_then(|processes| to_end(&cycle, processes, &evidence.asking));
    let fix = chosen.map(|pid| {
        let at = deadlock.0.iter().position(|link| link.pid == pid).unwrap_or(0);
        let before = deadlock.0[(at + deadlock.0.len() - 1) % deadlock.0.len()].reason;
        match deadlock.works_for(pid) {
            Some(shell) => {
                ending(pid, &format!("its semlock lock fails, and process {shell} goes on without"))
            }
            None => ending(pid, meaning(before)),
        }
    });
    finding.details(deadlock.lines()).fixes(fix)
}

/// What it means that a process ends for which another one waits for this reason.
fn meaning(before: Tie) -> &'static str {
    match before {
        Tie::Slot(_) | Tie::Elsewhere { .. } => "it gives its locks back; its work is lost",
        Tie::Keeps => "the locks kept for it are given back; its work is lost",
        Tie::Child => "it waits no more, and what started it goes on",
    }
}

/// Those that readers are still in cannot be cleared yet.
fn abandoned(report: &StatusReport, evidence: &Evidence) -> Option<Finding> {
    let is_abandoned = |slot: &&SlotReport| slot.state == State::Abandoned;
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
    let unlock = ShellCommand::semlock("unlock").args(["--abandoned", "--all"]);
    let unlock = unlock.option("--id", report.block.set.semid);
    let fix = (!clear.is_empty())
        .then(|| Fix::from(unlock).note("clears what ended processes left, and nothing else"))
        .map(|fix| by_permitted(Action::Lock, &evidence.info, fix));
    let finding = Finding::new(FindingKind::AbandonedLock, subject).fixes(fix);
    Some(match &read[..] {
        [] => finding,
        read => {
            finding.detail(format!("can be cleared once the readers have left: {}", slots(read)))
        }
    })
}

/// As many as a line should name.
fn slots(all: &[&SlotReport]) -> String {
    const MAX_NAMED: usize = 10;
    let named = all.iter().take(MAX_NAMED).map(|slot| slot.slot.to_string());
    let named = named.collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(MAX_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn remove_ipc(report: &StatusReport) -> Option<Finding> {
    let uid = report.block.set.uid;
    let finding = Finding::new(FindingKind::RemoveIpc, failure::removes_at_logout(uid)?);
    let linger = Fix::from(ShellCommand::linger(uid));
    Some(finding.fix(as_root(linger.note("that user then counts as logged in all the time"))))
}

fn shared_slots(report: &StatusReport, evidence: &Evidence) -> Option<Finding> {
    if report.block.effective_slots >= report.block.slots {
        return None;
    }
    let (subject, better) = failure::shared_slots(evidence.info.nsems.try_into().ok()?)?;
    let fix = better.map(|nsems| {
        let replace = ShellCommand::semlock("create").arg("--replace");
        let replace = replace.option("--nsems", nsems).option("--key", evidence.info.key);
        let note = format!(
            "stop the application first, and start it with NSems => {nsems}: clients with different sizes do not exclude each other"
        );
        by_permitted(Action::Remove, &evidence.info, Fix::from(replace).note(note))
    });
    Some(Finding::new(FindingKind::SharedSlots, subject).fixes(fix))
}
