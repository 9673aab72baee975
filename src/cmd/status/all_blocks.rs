//! What is wrong in the blocks among all sets.

use std::collections::BTreeSet;
use std::iter::repeat;

use super::block::{self, BlockLook};
use super::findings::{Finding, Scope};
use super::gaps::Gaps;
use crate::cmd::shared;
use crate::cmd::shared::inspect::{Survey, inspect_among};
use crate::session::{Block, SlotFilter};
use crate::system::Pid;
use crate::system::accounts::AccountNames;
use crate::sysv::{Set, SetInfo};
use crate::view::{Deadlock, FindingKind, StatusReport};

/// What is wrong in them, and what could not be looked at.
#[derive(Debug, Default)]
pub(super) struct BlockFindings {
    pub findings: Vec<Finding>,
    pub gaps: Gaps,
    /// The processes of each deadlock so far: one across several blocks is reported once.
    deadlocked: BTreeSet<Vec<Pid>>,
}

impl BlockFindings {
    /// Looks into a set of this thread's namespace that may be a block.
    pub(super) fn look_into(
        &mut self,
        set: &SetInfo,
        shared: &Survey<'_>,
        names: &AccountNames,
        scope: Scope,
    ) {
        let Ok(block) = Block::of(Set::from_id(set.semid)) else { return };
        match inspect_among(block, SlotFilter::InUse, shared) {
            Ok(look) => self.add(set, block::report(block, look, names, scope)),
            // A set that has vanished has no findings.
            Err(error) if error.is_gone() => {}
            Err(error) => self.gaps.unread.push((*set, error)),
        }
    }

    fn add(&mut self, set: &SetInfo, look: BlockLook) {
        self.gaps.unknown.extend(look.gaps.unknown);
        // The findings begin with the deadlocks.
        let is_new = self.new_deadlocks(&look.report).into_iter().chain(repeat(true));
        for (finding, is_new) in look.findings.into_iter().zip(is_new) {
            if is_new && is_certain(set, finding.kind) {
                self.findings.push(named(set, finding));
            }
        }
    }

    /// For each deadlock of a block, whether no block before had it.
    fn new_deadlocks(&mut self, report: &StatusReport) -> Vec<bool> {
        let deadlocks = report.deadlocks.iter().flatten();
        let processes = deadlocks.map(|Deadlock(links)| {
            let mut pids: Vec<_> = links.iter().map(|link| link.pid).collect();
            pids.sort_unstable();
            pids
        });
        processes.map(|pids| self.deadlocked.insert(pids)).collect()
    }
}

/// Whether this is wrong in whatever looks like a block. The size and the owner of what
/// may be another program's set are none of semlock's business.
fn is_certain(set: &SetInfo, kind: FindingKind) -> bool {
    let is_of_blocks = matches!(kind, FindingKind::SharedSlots | FindingKind::RemoveIpc);
    !is_of_blocks || shared::key(None).is_ok_and(|key| key == set.key)
}

/// The finding, with the block that it is about.
fn named(set: &SetInfo, finding: Finding) -> Finding {
    let key = if set.is_private() { String::new() } else { format!("key {}, ", set.key) };
    let block = format!("block with {key}semid {}", set.semid);
    Finding { subject: format!("{block}: {}", finding.subject), ..finding }
}
