//! `semlock hold`: the holder process. Started by `semlock lock` only.

use anyhow::Result;

use super::Name;
use super::acquire::acquire;
use crate::cli::HoldArgs;
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::holder::{Keeper, Order};

/// Takes the lock itself, says so, and keeps it for its owner.
pub fn run(args: &HoldArgs) -> Result<Exit> {
    let words: Vec<_> =
        ["semlock", "hold"].map(Into::into).into_iter().chain(args.words.iter().cloned()).collect();
    let Some(order) = Order::parse(&words) else {
        return Err(Failure::new(Exit::Usage, "hold: semlock lock starts this, nobody else").into());
    };
    let what = format!("hold a lock for process {}", order.owner);
    let keeper = Keeper::new(order.owner).map_err(|error| Failure::io(&what, &error))?;
    let block = Name::Id(order.semid).open_to("lock in")?;
    if acquire(block, &order)?.is_none() {
        return Ok(Exit::Busy);
    }
    keeper.keep().map_err(|error| Failure::io(&what, &error))?;
    Ok(Exit::Done)
}
