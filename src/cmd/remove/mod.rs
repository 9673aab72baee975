//! `semlock remove`: removes sets that nobody can be using.
//!
//! What becomes of a set is its fate; a pass goes through the sets and collects what is
//! to be said of each, and the report is shown by `view`.

mod ask;
mod candidate;
mod conclusion;
mod dealt;
mod fate;
mod many;
mod named;
mod next;
mod pass;
mod record;

use anyhow::Result;
use nix::sys::signal::{SigSet, Signal};

use super::select::{self, Selection};
use crate::cli::{Format, RemoveArgs};
use crate::cmd;
use crate::exit::Exit;
use crate::judge::{self, Judging};
use crate::system;
use crate::system::accounts::AccountNames;
use crate::sysv::{Credentials, Key, SetInfo};

/// Removes the block, the sets that are named, or every set that is selected.
pub(super) fn run(args: &RemoveArgs) -> Result<Exit> {
    if !args.quiet || args.format == Format::Json {
        system::require_stdout()?;
    }
    if are_named(args) { named::run(args) } else { many::run(args) }
}

/// Whether no set is selected, so that some are named, if only by default.
fn are_named(args: &RemoveArgs) -> bool {
    let any = !args.key.is_empty() || !args.id.is_empty();
    args.many.is_empty() && !args.all && (args.idle.is_none() || any)
}

/// A reader that goes away is no reason to stop half-way.
fn outlive_the_reader() -> Result<()> {
    Ok(SigSet::from(Signal::SIGPIPE).thread_block()?)
}

/// What is asked for.
struct Run<'a> {
    args: &'a RemoveArgs,
    dry: bool,
    selection: Selection,
    /// The key of the application's block.
    key: Key,
    names: AccountNames,
    credentials: Credentials,
}

impl<'a> Run<'a> {
    fn new(args: &'a RemoveArgs) -> Result<Self> {
        Ok(Self {
            args,
            dry: true,
            selection: Selection::of(&args.many, args.idle)?,
            key: cmd::key(None)?,
            names: AccountNames::default(),
            credentials: Credentials::own(),
        })
    }

    /// The sets that are selected now.
    fn selected(&mut self) -> Result<Vec<SetInfo>> {
        let sets = self.selection.sets()?;
        self.names = names(&sets);
        Ok(sets)
    }

    fn judging(&self) -> Judging {
        Judging::new(&judge::ignored(&self.args.ignore), self.args.idle.map(select::signed))
    }

    /// Whether a set is at the key of the application's block.
    fn is_application(&self, info: &SetInfo) -> bool {
        info.key == self.key
    }
}

/// The names of the users and groups of sets.
fn names<'a>(sets: impl IntoIterator<Item = &'a SetInfo>) -> AccountNames {
    let sets: Vec<_> = sets.into_iter().copied().collect();
    let (users, groups) = select::account_ids(&sets);
    AccountNames::of(&users, &groups)
}
