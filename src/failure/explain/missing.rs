//! No set has the key: which sets exist.

use crate::failure::error::Failure;
use crate::failure::evidence;
use crate::failure::fix::Fix;
use crate::failure::reasons::MISSING;
use crate::failure::shell::ShellCommand;
use crate::session::{Block, BlockError, may_be_block};
use crate::sysv::{self, REMEDIES, Set, SetInfo};

/// How many sets that look like blocks are named.
const MAX_NAMED: usize = 3;

pub(super) fn explain(failure: Failure) -> Failure {
    let failure = failure
        .reason(&MISSING)
        .cause(format!("there is no set with this key in {}", REMEDIES.place));
    let sets = sysv::all_sets().unwrap_or_default();
    let blocks: Vec<_> = sets.iter().filter(|set| looks_like_a_block(set)).collect();
    let named = blocks.iter().take(MAX_NAMED).map(|set| {
        let (key, set) = (set.key, evidence::describe(set));
        format!("the set at key {key} ({key:x}) looks like a block: {set}")
    });
    let keys = blocks.iter().take(MAX_NAMED).map(|set| Fix::from(format!("use --key {}", set.key)));
    let all = (blocks.is_empty() || blocks.len() > MAX_NAMED).then(show_all_sets).flatten();
    failure.all_evidence(named).all_fixes(keys).all_fixes(all)
}

/// The command that lists all sets; None where there are none.
pub(crate) fn show_all_sets() -> Option<Fix> {
    let all = || Fix::from(ShellCommand::semlock("status").arg("--all"));
    let sets = sysv::all_sets().unwrap_or_default();
    (!sets.is_empty()).then(|| all().note("lists the sets that exist"))
}

/// A set that cannot be read may look like one.
fn looks_like_a_block(set: &SetInfo) -> bool {
    let block = may_be_block(set).then(|| Block::of(Set::from_id(set.semid)));
    block.is_some_and(|block| !matches!(block, Err(BlockError::Foreign { .. })))
}
