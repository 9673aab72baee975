//! `semlock remove`: removes sets, and proves first of each that nobody uses it.

mod ask;
mod candidate;
mod pass;
mod users;

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use nix::sys::signal::{SigSet, Signal};

use super::select::{self, Selection};
use super::{Name, waiting};
use crate::cli::{Format, RemoveArgs};
use crate::cmd;
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::process;
use crate::report::{JudgedSet, RemoveReport};
use crate::session::BlockError;
use crate::system::accounts::Names;
use crate::sysv::{Key, Row};
use crate::verdict::{Judgement, Witness};
use pass::Pass;

/// Removes the block, or every set that is selected.
pub fn run(args: &RemoveArgs) -> Result<Exit> {
    if args.dry_run || args.format == Format::Json || !is_one(args) {
        process::need_stdout()?;
    }
    if is_one(args) {
        return one(args);
    }
    if !args.yes && !args.dry_run {
        ask::somebody_is_there()?;
    }
    let rows = Selection::of(&args.many)?.sets()?;
    if !args.yes && !args.dry_run && !ask::agrees(&Run::new(args, true, &rows)?.plan(&rows))? {
        return Ok(Exit::No);
    }
    // A reader that goes away is no reason to stop half-way.
    SigSet::from(Signal::SIGPIPE).thread_block()?;
    Run::new(args, args.dry_run, &rows)?.all(&rows)
}

/// Whether no set is selected, so that one is named, if only by default.
fn is_one(args: &RemoveArgs) -> bool {
    let many = &args.many;
    let flags = many.orphaned || many.private || many.all;
    !flags
        && many.owner.is_none()
        && many.creator.is_none()
        && many.idle.is_none()
        && many.nsems.is_none()
}

fn one(args: &RemoveArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    let rows = match row(name) {
        Ok(row) => vec![row],
        Err(failure) if args.if_exists && failure.exit == Exit::NoBlock => Vec::new(),
        Err(failure) => return Err(failure.into()),
    };
    Run { name: Some(name), ..Run::new(args, args.dry_run, &rows)? }.all(&rows)
}

fn row(name: Name) -> Result<Row, Failure> {
    let failed = |error| name.failure("remove", &BlockError::Sysv(error)).unmended();
    let set = name.set().map_err(failed)?;
    let rows = select::all_sets()?;
    match rows.into_iter().find(|row| row.semid == set.semid()) {
        Some(row) => Ok(row),
        // The kernel's own word for it.
        None => Err(set.header().map_err(failed).map_or_else(
            |failure| failure,
            |_| {
                Failure::new(Exit::System, format!("remove {name}: it is not in the kernel's list"))
            },
        )),
    }
}

/// One pass over the sets asked for.
struct Run<'a> {
    args: &'a RemoveArgs,
    dry: bool,
    /// What the user called the set, if it is one.
    name: Option<Name>,
    /// The key of the application's block, if it is several sets.
    key: Key,
    witness: Witness,
    names: Names,
}

impl<'a> Run<'a> {
    fn new(args: &'a RemoveArgs, dry: bool, rows: &[Row]) -> Result<Self> {
        let mut uids: Vec<_> = rows.iter().map(|row| row.uid).collect();
        uids.sort_unstable();
        uids.dedup();
        let (key, names) = (cmd::key(None)?, Names::of(&uids, &[]));
        Ok(Self { args, dry, name: None, key, witness: Witness::default(), names })
    }

    /// What would be done.
    fn plan(&self, rows: &[Row]) -> RemoveReport {
        let mut pass = Pass::quiet(self);
        for row in rows {
            pass.set(row);
        }
        pass.report
    }

    /// Does it, says of each set what became of it, ends with the worst.
    fn all(&self, rows: &[Row]) -> Result<Exit> {
        let mut pass = Pass::new(self);
        let done = AtomicUsize::new(0);
        let line = |_| bar(done.load(Ordering::Relaxed), rows.len());
        waiting::told(false, line, || {
            for row in rows {
                pass.set(row);
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
        pass.conclude()
    }

    fn describe(&self, row: &Row, judgement: Judgement) -> JudgedSet {
        JudgedSet {
            semid: row.semid,
            key: row.key.raw(),
            key_hex: format!("{:x}", row.key),
            nsems: row.nsems,
            uid: row.uid,
            user: self.names.user(row.uid).cloned(),
            verdict: judgement.verdict.name(),
            evidence: judgement.evidence,
        }
    }
}

/// How far it has got, for a terminal.
fn bar(done: usize, all: usize) -> String {
    const WIDTH: usize = 30;
    let full = WIDTH * done / all.max(1);
    format!("removing [{}{}] {done} of {all}", "#".repeat(full), ".".repeat(WIDTH - full))
}
