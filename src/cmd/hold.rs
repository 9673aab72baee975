//! The holder process: what `semlock lock` starts to keep a lock.

use std::io;

use anyhow::Result;
use nix::sys::signal::Signal;

use super::lock::{LockRequest, acquire_or_wait, sem_undo};
use super::shared::Name;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::holder::{HolderArgs, Keeper};
use crate::session::Claim;
use crate::system::signals::CaughtSignals;
use crate::sysv::Outcome;

/// Signals that end a holder.
const ENDINGS: [Signal; 3] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM];

/// Takes the lock, reports that to `semlock lock`, and keeps the lock for its owner.
pub(super) fn hold(args: &HolderArgs) -> Result<Exit> {
    let what = format!("hold a lock for process {}", args.owner);
    let failed = |error: io::Error| Failure::io(&what, &error);
    let keeper = Keeper::new(args.owner).map_err(failed)?;
    let block = Name::Id(args.lock.semid).open_to("lock in")?;
    let request = LockRequest::of(block, &args.lock)?;
    if acquire_or_wait(&request, &args.lock)? == Outcome::Busy {
        return Ok(Exit::Busy);
    }
    if sem_undo::is_in_doubt(block) {
        return keep_by_hand(keeper, &request.claim, &what);
    }
    keeper.keep(None).map_err(failed)?;
    Ok(Exit::Done)
}

/// The same on a system that may ignore `SEM_UNDO`: the signals that end a holder only
/// end its wait, and then it releases the lock.
fn keep_by_hand(keeper: Keeper, claim: &Claim, what: &str) -> Result<Exit> {
    let caught = CaughtSignals::these(&ENDINGS);
    let kept = match &caught {
        Ok(caught) => wait(keeper, claim, caught),
        Err(errno) => Err((*errno).into()),
    };
    claim.release().map_err(|error| Failure::sysv("release the lock", error))?;
    drop(caught);
    kept.map_err(|error| Failure::io(what, &error))?;
    Ok(Exit::Done)
}

fn wait(keeper: Keeper, claim: &Claim, caught: &CaughtSignals) -> io::Result<()> {
    keeper.outlive_parent()?;
    if sem_undo::is_ignored() {
        sem_undo::warn(claim);
    }
    keeper.keep(Some(caught))
}
