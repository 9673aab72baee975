//! Taking the locks that an order asks for: what `lock` and its holder share.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use anyhow::Result;

use super::{Named, called, waiting};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::holder::{self, Order, OwnLock};
use crate::session::{Block, Claim};
use crate::system::{self, Pid};
use crate::sysv::{Error, Outcome, Wait};

/// Locks that were taken, and what for.
pub(super) struct Taken {
    pub(super) claim: Claim,
    pub(super) named: Vec<Named>,
}

/// Takes what `order` asks for; None if it is busy.
///
/// Only a lock that is not free at once is looked at closer: whether it could
/// be waited for in vain, and who has it.
pub(super) fn acquire(block: Block, order: &Order) -> Result<Option<Taken>> {
    let named = super::slots(&order.which, block)?;
    let slots = named.iter().map(|named| named.slot).collect();
    let taken = Taken { claim: Claim::new(block, slots, order.mode), named };
    let wait = order.wait();
    // A drain is not tried first: where it gave up, it would let readers in again.
    let first = if order.drain && wait != Wait::Not {
        Outcome::Busy
    } else {
        attempt(&taken, order, Wait::Not)?
    };
    let outcome = if first == Outcome::Busy && wait != Wait::Not {
        refuse_to_wait_for_ourselves(&taken)?;
        let line = |time| in_the_way(&taken, time);
        waiting::told(order.verbose, line, || attempt(&taken, order, wait))?
    } else {
        first
    };
    Ok((outcome == Outcome::Done).then_some(taken))
}

fn attempt(taken: &Taken, order: &Order, wait: Wait) -> Result<Outcome> {
    let outcome = if order.drain { taken.claim.drain(wait) } else { taken.claim.acquire(wait) };
    outcome.map_err(|error| failed(taken, error).into())
}

fn failed(taken: &Taken, error: Error) -> Failure {
    Failure::sysv(&format!("lock {}", names(&taken.named)), error)
}

/// What is locked, in the user's words, each once.
fn names(named: &[Named]) -> String {
    let mut names: Vec<_> = named.iter().map(|named| named.name.as_str()).collect();
    names.dedup();
    names.join(", ")
}

/// A line for who waits: for what, for whom, for how long.
fn in_the_way(taken: &Taken, time: Duration) -> String {
    let mut line = format!("waiting {} s for {}", time.as_secs(), names(&taken.named));
    let block = taken.claim.block();
    let counts = taken.claim.slots().iter().filter_map(|&slot| block.counts(slot).ok());
    if let Some(counts) = counts.into_iter().find(|counts| counts.writer || counts.readers > 0) {
        let last = called(counts.pid);
        let who = match (counts.writer, counts.readers) {
            (true, _) => format!("{last} writes"),
            (false, readers) => format!("readers: {readers}, the last in or out was {last}"),
        };
        let _ = write!(line, "; slot {}: {who}", counts.slot);
    }
    line
}

fn refuse_to_wait_for_ourselves(taken: &Taken) -> Result<()> {
    let what = format!("lock {}", names(&taken.named));
    let own = holder::own_lock(&taken.claim).map_err(|error| Failure::sysv(&what, error))?;
    own.map_or(Ok(()), |own| Err(would_wait_for_itself(&what, taken, &own).into()))
}

fn would_wait_for_itself(what: &str, taken: &Taken, own: &OwnLock) -> Failure {
    let command = system::process(own.pid).and_then(|process| process.command().clone());
    let who = match command.shown() {
        _ if own.pid == Pid::own() => "this process itself".into(),
        Some(command) => format!("process {} ({command}), which waits for this one,", own.pid),
        None => format!("process {}, which waits for this one,", own.pid),
    };
    let theirs: Vec<_> =
        own.sessions.iter().map(|id| format!("session {:?}", OsStr::from_bytes(id))).collect();
    let held = if theirs.is_empty() { format!("slot {}", own.slot) } else { theirs.join(", ") };
    let failure =
        Failure::new(Exit::Busy, format!("{what}: {who} has a {} lock on {held}", own.mode.name()));
    let mine =
        taken.named.iter().find(|named| named.slot == own.slot && !theirs.contains(&named.name));
    match mine {
        Some(mine) if !theirs.is_empty() => failure
            .cause(format!("{} is another session on the same slot, {}", mine.name, own.slot)),
        _ => failure,
    }
}
