//! What is wrong in a block, by what its own semaphores and their users tell.

use crate::failure::{Fix, ShellCommand};
use crate::view::{Deadlock, Finding, FindingKind, SlotReport, State, StatusReport};

/// What is wrong in a block, the most urgent first.
pub(in crate::cmd::status) fn of_block(report: &StatusReport) -> Vec<Finding> {
    let deadlocks = report.deadlocks.iter().flatten().map(deadlock);
    let abandoned = abandoned(report);
    let mut findings: Vec<_> = deadlocks.chain(abandoned).collect();
    findings.sort_by_key(|finding| finding.kind);
    findings
}

fn deadlock(deadlock: &Deadlock) -> Finding {
    Finding::new(FindingKind::Deadlock, deadlock.to_string())
}

fn abandoned(report: &StatusReport) -> Option<Finding> {
    let is_abandoned = |slot: &&SlotReport| slot.state == State::Abandoned;
    let slots: Vec<_> = report.slots.iter().flatten().filter(is_abandoned).collect();
    let named: Vec<_> = slots.iter().map(|slot| slot.slot.to_string()).collect();
    let target = ["--id".into(), report.block.set.semid.to_string()];
    let unlock = ShellCommand::semlock("unlock").args(["--abandoned", "--all"]).args(target);
    (!slots.is_empty()).then(|| {
        let subject = format!("processes that have ended left slots {} locked", named.join(", "));
        Finding::new(FindingKind::AbandonedLock, subject).fix(Fix::from(unlock))
    })
}
