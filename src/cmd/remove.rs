//! `semlock remove`: removes sets that nobody could still use.

mod by_name;
mod by_selection;
mod candidate;
mod conclusion;
mod log;
mod next_steps;
mod one_set;
mod outcome;
mod question;
mod removals;
mod request;

use anyhow::Result;

use crate::cli::{Format, RemoveArgs};
use crate::exit::Exit;
use crate::system;

/// Removes the block, the sets that are named, or every set that is selected.
pub(super) fn run(args: &RemoveArgs) -> Result<Exit> {
    if !args.quiet || args.format == Format::Json {
        system::require_stdout()?;
    }
    if are_named(args) { by_name::run(args) } else { by_selection::run(args) }
}

/// Whether no set is selected, so that some are named, if only by default.
fn are_named(args: &RemoveArgs) -> bool {
    let any = !args.key.is_empty() || !args.id.is_empty();
    args.many.is_empty() && !args.all && (args.idle.is_none() || any)
}
