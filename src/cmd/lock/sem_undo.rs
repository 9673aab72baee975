//! Systems that accept `SEM_UNDO` and ignore it: there semlock releases its locks itself.
//!
//! gVisor is one: pkg/sentry/kernel/semaphore/semaphore.go, "handle undo operations".
//! To find out, a process has to be killed: too much for every lock. So that is done
//! only if a cheap call shows that this is not Linux's own code.

use nix::errno::Errno;

use crate::failure::{Failure, ShellCommand, report, tell};
use crate::probe;
use crate::session::{Block, Claim};
use crate::sysv::Error;

/// Whether `SEM_UNDO` should be tested. Asks for the last user of a semaphore that the
/// block does not have: Linux fails with EINVAL (ipc/sem.c, `semctl_main`), gVisor with
/// ERANGE. If the block may not be read, nothing is known.
pub(crate) fn is_in_doubt(block: Block) -> bool {
    let answer = block.set().pid(block.nsems().into());
    !matches!(answer, Err(Error { errno: Errno::EINVAL | Errno::EIDRM, .. }))
}

/// Tests it. If it cannot be tested, nothing may rely on it.
pub(crate) fn is_ignored() -> bool {
    let works = probe::undo_works().unwrap_or_else(|error| {
        report(&Failure::probe(error).into());
        None
    });
    works != Some(true)
}

/// Warns what that means for this lock.
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
