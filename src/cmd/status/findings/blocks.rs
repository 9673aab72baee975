//! What is wrong in the blocks among many sets.

use std::collections::BTreeSet;
use std::iter::repeat;
use std::time::Duration;

use super::super::{block, unseen::Unseen};
use crate::cmd;
use crate::cmd::inspect::{Shared, inspect_among};
use crate::session::{Block, SlotFilter};
use crate::system::Pid;
use crate::system::accounts::AccountNames;
use crate::sysv::{Set, SetInfo};
use crate::view::{Deadlock, Finding, FindingKind, StatusReport};

/// What is wrong in them, and what could not be looked at.
#[derive(Debug, Default)]
pub(in crate::cmd::status) struct BlockFindings {
    pub findings: Vec<Finding>,
    pub unseen: Unseen,
    /// The processes of each deadlock so far: one across several blocks is one.
    deadlocked: BTreeSet<Vec<Pid>>,
}

impl BlockFindings {
    /// Looks into a set of this thread's namespace that may be a block.
    pub(crate) fn look_into(
        &mut self,
        set: &SetInfo,
        shared: &Shared<'_>,
        names: &AccountNames,
        long: Duration,
    ) {
        let Ok(block) = Block::of(Set::from_id(set.semid)) else { return };
        match inspect_among(block, SlotFilter::InUse, shared) {
            Ok(look) => {
                let (report, unseen) = block::report(block, look, names, long);
                self.unseen.unknown.extend(unseen.unknown);
                let is_new = self.new_deadlocks(&report);
                let found = report.findings.into_iter().zip(is_new.into_iter().chain(repeat(true)));
                let found = found.filter(|(finding, is_new)| *is_new && is_certain(set, finding));
                self.findings.extend(found.map(|(finding, _)| named(set, finding)));
            }
            // One that has vanished is in no trouble.
            Err(error) if error.is_gone() => {}
            Err(error) => self.unseen.unread.push((*set, error)),
        }
    }

    /// Of each deadlock, which are the first findings, whether no block before had it.
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

/// Whether it is wrong in whatever looks like a block. Of its size and its owner nothing
/// follows where it may be another program's.
fn is_certain(set: &SetInfo, finding: &Finding) -> bool {
    let is_of_blocks = matches!(finding.kind, FindingKind::SharedSlots | FindingKind::RemoveIpc);
    !is_of_blocks || cmd::key(None).is_ok_and(|key| key == set.key)
}

/// A finding that says in which of the blocks it is.
fn named(set: &SetInfo, finding: Finding) -> Finding {
    let key = if set.is_private() { String::new() } else { format!("key {}, ", set.key) };
    let block = format!("block with {key}semid {}", set.semid);
    Finding { subject: format!("{block}: {}", finding.subject), ..finding }
}
