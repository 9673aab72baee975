//! Refusals to remove a block that is in use, and warnings of processes that may have it
//! open without a lock.

use super::first_lines;
use super::set_uses::{self, SetUse, UseKind};
use crate::exit::Exit;
use crate::failure::{Failure, Fix, ShellCommand};
use crate::judge::Judge;
use crate::session::Block;
use crate::sysv::SetState;

/// How many uses a refusal names; the others are counted.
const MAX_NAMED: usize = 5;

/// Refuses `what` because locks of the block are held or were left in it. The fix for
/// locks that no process has unlocks the `target`, and then does it `again`.
pub(crate) fn held(what: &str, block: Block, target: [String; 2], again: ShellCommand) -> Failure {
    let uses = set_uses::of_block(block);
    let any = |by| uses.iter().any(|one| one.kind == by);
    let (why, cause, which) =
        match (any(UseKind::Process) || uses.is_empty(), any(UseKind::Persistent)) {
            (true, _) => (
                "a lock in it is held",
                "a client that has a lock now would lose it; semlock status shows who",
                &[][..],
            ),
            (false, true) => (
                "it has persistent locks",
                "they stay, on purpose, until they are unlocked",
                &["--all"][..],
            ),
            (false, false) => (
                "it has abandoned locks",
                "no process will release them: clear them first",
                &["--abandoned", "--all"][..],
            ),
        };
    let unlock = ShellCommand::semlock("unlock").args(which).args(target);
    let clear = (!which.is_empty()).then(|| Fix::from(again).after([unlock]));
    busy(what, why).cause(cause).all_evidence(named(uses)).all_fixes(clear)
}

/// Refuses `what` because processes wait for locks of the block.
pub(crate) fn waited_for(what: &str, block: Block) -> Failure {
    busy(what, "a process waits for a lock in it")
        .cause("a Perl client that waits would continue as if it had the lock")
        .all_evidence(named(set_uses::of_block(block)))
}

fn busy(what: &str, why: &str) -> Failure {
    Failure::new(Exit::Busy, format!("{what}: {why}"))
}

pub(crate) fn named(uses: Vec<SetUse>) -> Vec<String> {
    first_lines(uses.into_iter().map(|one| one.text).collect(), MAX_NAMED)
}

/// The processes that have semaphore calls and may have a block open without a lock.
pub(crate) fn openers(judge: &Judge, state: &SetState) -> Vec<String> {
    let unseen = judge.processes().incomplete.as_ref();
    let unseen = unseen.map(|gap| format!("a process that cannot be seen ({gap})"));
    judge.openers(state).into_iter().chain(unseen).collect()
}
