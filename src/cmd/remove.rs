//! `semlock remove`: removes a set, and proves first that nobody uses it.

use anyhow::Result;

use super::Name;
use crate::cli::RemoveArgs;
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::process::Survey;
use crate::session::{Block, BlockError, Claim, Mode};
use crate::sysv::{self, Error, Key, Outcome, Set, Wait};
use crate::verdict::{self, Verdict};

/// Removes what is a block if nobody uses it, and what is another program's set
/// if nobody can be using it.
pub fn run(args: &RemoveArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    let what = format!("remove {name}");
    let failed = |error: Error| Failure::sysv(&what, error);
    let set = match name.open() {
        _ if args.force => name.set().map_err(failed)?,
        Ok(block) if !is_private(block.set()).map_err(failed)? => unused(block, &what)?,
        Ok(block) => orphaned(block.set(), name)?,
        Err(BlockError::NotABlock { .. } | BlockError::Foreign { .. }) => {
            orphaned(name.set().map_err(failed)?, name)?
        }
        Err(error) => return Err(name.failure("remove", &error).into()),
    };
    set.remove().map_err(failed)?;
    Ok(Exit::Done)
}

/// A set without a key is no session block: clients find blocks by their key.
fn is_private(set: Set) -> Result<bool, Error> {
    Ok(set.header()?.key == Key::PRIVATE)
}

/// Takes every lock of the block, so that nobody can come in between, then looks
/// for waiters. A refusal gives every lock back.
fn unused(block: Block, what: &str) -> Result<Set, Failure> {
    let failed = |error: Error| Failure::sysv(what, error);
    let busy = |who: &str| Failure::new(Exit::Busy, format!("{what}: somebody {who} a lock in it"));
    let claim = Claim::new(block, block.all_slots().collect(), Mode::Write);
    if claim.acquire(Wait::Not).map_err(failed)? == Outcome::Busy {
        return Err(busy("holds")
            .cause("a client that has a lock now would lose it; semlock status shows who"));
    }
    if awaited(block).map_err(failed)? {
        claim.release().map_err(failed)?;
        return Err(busy("waits for"));
    }
    Ok(block.set())
}

/// A set that is no block has no locks to take: only the verdict speaks for it.
fn orphaned(set: Set, name: Name) -> Result<Set, Failure> {
    let rows = sysv::all_sets().unwrap_or_default();
    let row = rows.iter().find(|row| row.semid == set.semid());
    let judgement = row.map(|row| verdict::judge(row, Survey::now().as_ref()));
    if judgement.as_ref().is_some_and(|judgement| judgement.verdict == Verdict::Orphaned) {
        return Ok(set);
    }
    let evidence = judgement.map(|judgement| judgement.evidence).unwrap_or_default();
    match Block::of(set) {
        Err(error) => Err(name.failure("remove", &error).all_evidence(evidence)),
        Ok(_) => Err(Failure::new(Exit::Busy, format!("remove {name}: somebody may be using it"))
            .all_evidence(evidence)),
    }
}

fn awaited(block: Block) -> Result<bool, Error> {
    let set = block.set();
    for semnum in 0..block.nsems() {
        if set.ncnt(semnum)? + set.zcnt(semnum)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
