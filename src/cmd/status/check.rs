//! `status --check`: whether somebody should have a look.

use anyhow::Result;

use super::{block, is_of_sets, sets};
use crate::cli::StatusArgs;
use crate::cmd::Name;
use crate::cmd::inspect::inspect;
use crate::cmd::select::all_sets;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::judge::Verdict;
use crate::report::{LimitsReport, SetReport};
use crate::session::{Block, Listed, may_be_block};
use crate::sysv::{self, Error, Set, SetInfo};

/// What was found.
#[derive(Default)]
struct Findings {
    /// Whether something is wrong.
    trouble: bool,
    /// Sets that may not be read.
    unread: Vec<(SetInfo, Error)>,
    /// What else could not be looked at, in words.
    unknown: Vec<String>,
}

/// Says by the exit status that something is wrong. Fails if nothing is wrong with
/// what can be seen, and not everything can.
pub(super) fn run(args: &StatusArgs) -> Result<Exit> {
    let mut findings = if is_of_sets(args) { in_sets(args)? } else { in_block(args)? };
    if let Err(error) = sysv::limits() {
        findings.unknown.push(format!("the limits on semaphores cannot be read: {error}"));
    }
    if findings.trouble {
        return Ok(Exit::No);
    }
    if let Some(failure) = failure::unread("check", &findings.unread) {
        return Err(failure.into());
    }
    if findings.unknown.is_empty() {
        return Ok(Exit::Done);
    }
    findings.unknown.sort_unstable();
    findings.unknown.dedup();
    let what = "check everything: not everything could be looked at";
    Err(Failure::new(Exit::Permission, what).all_evidence(findings.unknown).into())
}

fn in_block(args: &StatusArgs) -> Result<Findings> {
    let (report, unknown) = block::look_inside(args, Name::of(&args.target)?)?;
    let trouble =
        report.is_in_trouble() || sets::limits(&all_sets()?).is_nearly_reached(args.limit_warn);
    Ok(Findings { trouble, unread: Vec::new(), unknown: unknown.into_iter().collect() })
}

fn in_sets(args: &StatusArgs) -> Result<Findings> {
    let mut findings = Findings::default();
    let report = sets::look_at_each(args, |set, judgement| {
        match judgement.and_then(|judgement| judgement.refused) {
            Some(error) => findings.unread.push((*set, error)),
            None => findings.look_into(set),
        }
    })?;
    let nearly = |limits: &LimitsReport| limits.is_nearly_reached(args.limit_warn);
    let everywhere = report.namespaces.iter().flatten().filter_map(|namespace| namespace.limits);
    let has = |set: &SetReport, verdict: Verdict| set.verdict == verdict.name();
    findings.trouble |= nearly(&report.limits)
        || everywhere.into_iter().any(|limits| nearly(&limits))
        || report.sets.iter().any(|set| has(set, Verdict::Orphaned));
    let unknown = report.sets.iter().filter(|set| has(set, Verdict::Unknown));
    findings.unknown.extend(unknown.flat_map(|set| set.evidence.iter().cloned()));
    Ok(findings)
}

impl Findings {
    /// A session block may have an abandoned lock or a deadlock.
    fn look_into(&mut self, set: &SetInfo) {
        let block = may_be_block(set).then(|| Block::of(Set::from_id(set.semid)));
        let Some(Ok(block)) = block else { return };
        match inspect(block, Listed::Used) {
            Ok(look) => {
                self.unknown.extend(look.unknown());
                let abandoned = look.inspection.slots.iter().any(block::is_abandoned);
                let deadlocks = look.inspection.deadlocks.iter().flatten().count();
                self.trouble |= abandoned || deadlocks > 0;
            }
            // One that has vanished is in no trouble.
            Err(error) if error.is_gone() => {}
            Err(error) => self.unread.push((*set, error)),
        }
    }
}
