//! The holder process: what `semlock lock` starts to keep a lock.

use anyhow::Result;

use super::Name;
use super::acquire::acquire;
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::holder::{Keeper, Order};

/// Takes the lock itself, says so, and keeps it for its owner.
pub fn hold(order: &Order) -> Result<Exit> {
    let what = format!("hold a lock for process {}", order.owner);
    let keeper = Keeper::new(order.owner).map_err(|error| Failure::io(&what, &error))?;
    let block = Name::Id(order.semid).open_to("lock in")?;
    if acquire(block, order)?.is_none() {
        return Ok(Exit::Busy);
    }
    keeper.keep().map_err(|error| Failure::io(&what, &error))?;
    Ok(Exit::Done)
}
