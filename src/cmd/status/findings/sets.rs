//! What is wrong with many sets.

use std::time::Duration;

use super::super::unseen::Unseen;
use crate::cmd::inspect::inspect;
use crate::judge::{Judgement, Verdict};
use crate::session::{Block, Listed, may_be_block};
use crate::sysv::{Set, SetInfo};
use crate::view::{Finding, FindingKind, LimitsReport, NamespaceReport, SetReport};

/// What is wrong in the blocks among the sets.
#[derive(Debug, Default)]
pub(in crate::cmd::status) struct BlockFindings {
    pub findings: Vec<Finding>,
    pub unseen: Unseen,
}

impl BlockFindings {
    /// A session block may have an abandoned lock, a deadlock or a wait that is `long`. Its namespace must be
    /// that of this thread.
    pub fn look_into(&mut self, set: &SetInfo, judgement: Option<&Judgement>, long: Duration) {
        if let Some(error) = judgement.and_then(|judgement| judgement.refused) {
            return self.unseen.unread.push((*set, error));
        }
        let block = may_be_block(set).then(|| Block::of(Set::from_id(set.semid)));
        let (Some(Ok(block)), Some(_)) = (block, judgement) else { return };
        match inspect(block, Listed::Used) {
            Ok(look) => {
                let (report, unseen) = super::super::block::report(block, look, long);
                self.unseen.unknown.extend(unseen.unknown);
                self.findings.extend(report.findings);
            }
            // One that has vanished is in no trouble.
            Err(error) if error.is_gone() => {}
            Err(error) => self.unseen.unread.push((*set, error)),
        }
    }
}

/// What is wrong with the sets as a whole.
pub(in crate::cmd::status) fn of_sets(
    sets: &[SetReport],
    limits: &LimitsReport,
    namespaces: Option<&[NamespaceReport]>,
    limit_warn: u8,
) -> Vec<Finding> {
    let everywhere = namespaces.into_iter().flatten().filter_map(|namespace| namespace.limits);
    let nearly = everywhere.chain([*limits]).any(|limits| limits.is_nearly_reached(limit_warn));
    let orphaned = sets.iter().filter(|set| set.verdict == Verdict::Orphaned).count();
    let limit = nearly.then(|| Finding::new(FindingKind::Limit, "a limit is nearly reached"));
    let orphaned = (orphaned > 0)
        .then(|| Finding::new(FindingKind::Orphaned, format!("{orphaned} sets are orphaned")));
    limit.into_iter().chain(orphaned).collect()
}
