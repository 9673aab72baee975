//! `lock --persist`: leaves a lock in the block that no process holds.

use nix::errno::Errno;

use super::request::LockRequest;
use crate::cli::{LockArgs, TextFormat};
use crate::cmd::shared::{Name, tags};
use crate::exit::Exit;
use crate::failure::{Failure, ShellCommand, reasons, tell};
use crate::session::{Claim, Mode, Tag};
use crate::sysv::Outcome;

const WHAT: &str = "leave the lock in the block";

/// The most slots that a message lists.
const MAX_LISTED: usize = 20;

/// Makes the locks that this process has just taken persistent, and records in the block
/// what they are for, as far as there is room.
pub(super) fn persist(taken: &LockRequest, name: Name, args: &LockArgs) -> Result<Exit, Failure> {
    let tags = tags(&taken.named);
    let left = taken.claim.persist(|slot| tags.get(&slot).copied().unwrap_or(Tag::BY_SLOT));
    let left = left.map_err(|error| match error.errno {
        Errno::ERANGE => Failure::sysv(WHAT, error).reason(&reasons::TOO_MANY_PERSISTENT),
        _ => Failure::sysv(WHAT, error),
    })?;
    if left == Outcome::Busy {
        let what =
            format!("{WHAT}: another process released it in the meantime, as unlock --force does");
        return Err(Failure::new(Exit::System, what));
    }
    if taken.claim.mode() == Mode::Read && args.format == TextFormat::Text && !args.quiet {
        tell(&released_by(&taken.claim, name));
    }
    Ok(Exit::Done)
}

/// How a persistent read lock is released: the block does not record its session.
fn released_by(claim: &Claim, name: Name) -> String {
    let slots = claim.slots();
    let unlock = ShellCommand::semlock("unlock").args(name.option());
    let options = if slots.len() > MAX_LISTED {
        format!("--slot N for each of its {} slots, which semlock status shows", slots.len())
    } else {
        slots.iter().map(|slot| format!("--slot {slot}")).collect::<Vec<_>>().join(" ")
    };
    format!("a persistent read lock is released by its slot, not by a session: {unlock} {options}")
}
