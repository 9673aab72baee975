//! There is no set at the key: which sets there are.

use super::reasons::MISSING;
use super::shell::ShellCommand;
use super::{Failure, Fix, evidence};
use crate::session::{Block, BlockError, may_be_block};
use crate::sysv::{self, Set, SetInfo};

/// How many sets that look like blocks are named.
const NAMED: usize = 3;

pub(super) fn explain(failure: Failure) -> Failure {
    let failure = failure.reason(&MISSING);
    let sets = sysv::all_sets().unwrap_or_default();
    let blocks: Vec<_> = sets.iter().filter(|set| looks_like_a_block(set)).collect();
    let named = blocks.iter().take(NAMED).map(|set| {
        let (key, set) = (set.key, evidence::describe(set));
        format!("the set at key {key} ({key:x}) looks like a block: {set}")
    });
    let keys = blocks.iter().take(NAMED).map(|set| Fix::from(format!("use --key {}", set.key)));
    let all = (blocks.is_empty() || blocks.len() > NAMED).then(showing_all).flatten();
    failure.all_evidence(named).all_fixes(keys).all_fixes(all)
}

/// The command that shows which sets there are; None where there is none.
pub(crate) fn showing_all() -> Option<Fix> {
    let all = || Fix::from(ShellCommand::semlock("status").arg("--all"));
    let sets = sysv::all_sets().unwrap_or_default();
    (!sets.is_empty()).then(|| all().note("shows the sets that there are"))
}

/// A set that may not be read can still look like one.
fn looks_like_a_block(set: &SetInfo) -> bool {
    let block = may_be_block(set).then(|| Block::of(Set::from_id(set.semid)));
    block.is_some_and(|block| !matches!(block, Err(BlockError::Foreign { .. })))
}
