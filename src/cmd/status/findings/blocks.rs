//! What is wrong in the blocks among many sets.

use std::time::Duration;

use super::super::{block, unseen::Unseen};
use crate::cmd;
use crate::cmd::inspect::{Shared, inspect_among};
use crate::session::{Block, Listed};
use crate::system::accounts::Names;
use crate::sysv::{Set, SetInfo};
use crate::view::{Finding, FindingKind};

/// What is wrong in them, and what could not be looked at.
#[derive(Debug, Default)]
pub(in crate::cmd::status) struct BlockFindings {
    pub findings: Vec<Finding>,
    pub unseen: Unseen,
}

impl BlockFindings {
    /// Looks into a set of this thread's namespace that may be a block.
    pub fn look_into(&mut self, set: &SetInfo, shared: &Shared<'_>, names: &Names, long: Duration) {
        let Ok(block) = Block::of(Set::from_id(set.semid)) else { return };
        match inspect_among(block, Listed::Used, shared) {
            Ok(look) => {
                let (report, unseen) = block::report(block, look, names, long);
                self.unseen.unknown.extend(unseen.unknown);
                let found = report.findings;
                let found = found.into_iter().filter(|finding| is_certain(set, finding));
                self.findings.extend(found.map(|finding| named(set, finding)));
            }
            // One that has vanished is in no trouble.
            Err(error) if error.is_gone() => {}
            Err(error) => self.unseen.unread.push((*set, error)),
        }
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
