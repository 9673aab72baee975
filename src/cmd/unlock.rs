//! `semlock unlock`: releases locks that semlock keeps, or that were left in the block.

mod holders;
mod without_holder;

use std::collections::BTreeSet;

use anyhow::Result;

use self::holders::Unlocking;
use self::without_holder::UnlockRequest;
use super::shared::{Name, Named, slots};
use crate::cli::UnlockArgs;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::holder::NamedSlots;
use crate::session::{Block, may_be_block};
use crate::system;

/// Unlocks each of the slots. Goes on after a failure, and exits with the worst status.
pub(super) fn run(args: &UnlockArgs) -> Result<Exit> {
    if args.abandoned {
        system::require_stdout()?;
    }
    let name = Name::of(&args.target)?;
    let block = name.open_to("unlock in")?;
    let block = block.require(args.nsems).map_err(|error| name.failure("unlock in", &error))?;
    let which = NamedSlots::from(&args.which);
    let taken = if which.all && !args.abandoned { every_persistent(block, args.force)? } else { 0 };
    let wanted = wanted(block, &which)?;
    if wanted.is_empty() && taken == 0 && !args.abandoned {
        failure::tell_no("unlock", "no slot", "is locked");
        return Ok(Exit::No);
    }
    let request = UnlockRequest { block, wanted: &wanted, force: args.force };
    if args.abandoned {
        return Ok(each(&wanted, |named| request.clear_abandoned(named)));
    }
    let mut unlock = Unlocking::new(request)?;
    Ok(each(&wanted, |named| unlock.one(named)))
}

fn each(wanted: &[Named], mut unlock: impl FnMut(&Named) -> Result<Exit, Failure>) -> Exit {
    let done = wanted
        .iter()
        .map(|named| unlock(named).unwrap_or_else(|failure| failure::report(&failure.into())));
    done.fold(Exit::Done, Exit::worst)
}

/// Releases every persistent lock, and returns how many there were. In a set that may be
/// another program's, only `--force` does.
fn every_persistent(block: Block, force: bool) -> Result<usize, Failure> {
    let taken = || match block.set().info()? {
        info if force || may_be_block(&info) => block.unlock_all_persistent(),
        _ => Ok(0),
    };
    taken().map_err(|error| Failure::sysv("release every persistent lock", error))
}

/// The slots that the user named; with `--all`, those that are locked.
fn wanted(block: Block, which: &NamedSlots) -> Result<Vec<Named>> {
    let named = slots(which, block)?;
    if !which.all {
        return Ok(named);
    }
    let raised =
        block.raised_slots().map_err(|error| Failure::sysv("look at every slot", error))?;
    let raised: BTreeSet<_> = raised.into_iter().collect();
    Ok(named.into_iter().filter(|named| raised.contains(&named.slot)).collect())
}
