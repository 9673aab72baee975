//! `semlock remove`: removes a block, and proves first that nobody uses it.

use anyhow::Result;

use super::Name;
use crate::cli::RemoveArgs;
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::session::{Block, Claim, Mode};
use crate::sysv::{Error, Outcome, Wait};

/// Takes every lock of the block, looks for waiters, removes the set. A refusal
/// gives every lock back.
pub fn run(args: &RemoveArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    let what = format!("remove {name}");
    let block = name.open_to("remove")?;
    let claim = Claim::new(block, block.all_slots().collect(), Mode::Write);
    if !args.force {
        if claim.acquire(Wait::Not).map_err(|error| Failure::sysv(&what, error))? == Outcome::Busy {
            return Err(Failure::new(Exit::Busy, format!("{what}: somebody holds a lock in it"))
                .cause("a client that has a lock now would lose it; semlock status shows who")
                .into());
        }
        if awaited(block).map_err(|error| Failure::sysv(&what, error))? {
            claim.release().map_err(|error| Failure::sysv(&what, error))?;
            return Err(Failure::new(
                Exit::Busy,
                format!("{what}: somebody waits for a lock in it"),
            )
            .into());
        }
    }
    block.set().remove().map_err(|error| Failure::sysv(&what, error))?;
    Ok(Exit::Done)
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
