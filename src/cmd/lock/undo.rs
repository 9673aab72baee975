//! Systems that accept `SEM_UNDO` and do not do it: semlock releases its locks
//! itself there.
//!
//! gVisor is one: pkg/sentry/kernel/semaphore/semaphore.go, "handle undo
//! operations". Whether `SEM_UNDO` works takes a process that is killed to find
//! out, too much for every lock. So that is done only where a cheap question
//! tells that this is not Linux' own code.

use nix::errno::Errno;

use crate::failure::{ShellCommand, tell};
use crate::probe;
use crate::session::{Block, Claim};
use crate::sysv::Error;

/// Whether `SEM_UNDO` should be tested. Asks for the last user of a semaphore
/// that the block does not have: Linux says EINVAL (ipc/sem.c, `semctl_main`),
/// gVisor ERANGE. That tells it for readers and writers alike, whoever came in
/// between. A block that may not be read does not tell.
pub(crate) fn is_in_doubt(block: Block) -> bool {
    let answer = block.set().pid(block.nsems().into());
    !matches!(answer, Err(Error { errno: Errno::EINVAL | Errno::EIDRM, .. }))
}

/// Tests it. Where that is not possible, nothing may rely on it.
pub(crate) fn is_ignored() -> bool {
    !probe::undo_works().unwrap_or(false)
}

/// Says what that means for this lock.
pub(crate) fn warn(claim: &Claim) {
    let every = claim.slots().len() == usize::from(claim.block().slots());
    let each = claim.slots().iter().flat_map(|slot| ["--slot".into(), slot.to_string()]);
    let semid = claim.block().set().semid();
    let unlock = ShellCommand::semlock("unlock").arg("--force").option("--id", semid);
    let unlock = if every { unlock.arg("--all") } else { unlock.args(each) };
    tell(&format!(
        "warning: this system ignores SEM_UNDO, so semlock releases the lock itself; if SIGKILL ends \
         semlock, the lock stays until: {unlock}"
    ));
}
