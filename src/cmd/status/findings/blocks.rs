//! What is wrong in the blocks among many sets.

use std::time::Duration;

use super::super::{block, unseen::Unseen};
use crate::cmd::inspect::{Shared, inspect_among};
use crate::session::{Block, Listed};
use crate::system::accounts::Names;
use crate::sysv::{Set, SetInfo};
use crate::view::Finding;

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
                self.findings.extend(found.into_iter().map(|finding| named(set, finding)));
            }
            // One that has vanished is in no trouble.
            Err(error) if error.is_gone() => {}
            Err(error) => self.unseen.unread.push((*set, error)),
        }
    }
}

/// A finding that says in which of the blocks it is.
fn named(set: &SetInfo, finding: Finding) -> Finding {
    let key = if set.is_private() { String::new() } else { format!("key {}, ", set.key) };
    let block = format!("block with {key}semid {}", set.semid);
    Finding { subject: format!("{block}: {}", finding.subject), ..finding }
}
