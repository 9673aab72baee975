//! `semlock remove`: removes sets that nobody can be using.

mod ask;
mod candidate;
mod pass;

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use nix::sys::signal::{SigSet, Signal};

use super::select::{self, Selection};
use super::{Name, waiting};
use crate::cli::{Format, RemoveArgs};
use crate::cmd;
use crate::exit::Exit;
use crate::failure::{Failure, showing_all};
use crate::judge::{self, Judgement, Judging};
use crate::session::BlockError;
use crate::system;
use crate::system::accounts::Names;
use crate::sysv::{Key, SetInfo};
use crate::view::{JudgedSet, RemoveReport, SetHeader};
use pass::Pass;

/// Removes the block, or every set that is selected.
pub fn run(args: &RemoveArgs) -> Result<Exit> {
    if !args.quiet || args.format == Format::Json {
        system::need_stdout()?;
    }
    if is_one(args) {
        return one(args);
    }
    if !args.yes && !args.dry_run {
        ask::somebody_is_there()?;
    }
    let mut run = Run::new(args)?;
    let mut sets = run.selected()?;
    if !args.yes && !args.dry_run {
        let plan = run.plan(&sets);
        if !ask::agrees(&plan)? {
            return Ok(Exit::No);
        }
        // The answer was to these sets; which of them are still so is seen now.
        let shown: Vec<_> = plan.removed.iter().map(|set| set.set.semid).collect();
        sets = run.selected()?;
        sets.retain(|set| shown.contains(&set.semid));
    }
    // A reader that goes away is no reason to stop half-way.
    SigSet::from(Signal::SIGPIPE).thread_block()?;
    run.dry = args.dry_run;
    run.all(&sets)
}

/// Whether no set is selected, so that one is named, if only by default.
fn is_one(args: &RemoveArgs) -> bool {
    let many = &args.many;
    let flags = many.orphaned || many.private || args.all;
    let is_named = args.target.key.is_some() || args.target.id.is_some();
    !flags
        && many.owner.is_none()
        && many.creator.is_none()
        && many.nsems.is_none()
        && many.program.is_none()
        && (args.idle.is_none() || is_named)
}

fn one(args: &RemoveArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    let sets = match named(name) {
        Ok(set) => vec![set],
        Err(failure) if args.if_exists && failure.exit == Exit::NoBlock => Vec::new(),
        Err(failure) => return Err(failure.into()),
    };
    let mut run = Run { name: Some(name), dry: args.dry_run, ..Run::new(args)? };
    run.names = names(&sets);
    if let Some(set) = sets.iter().find(|set| !run.selection.matches(set)) {
        return Err(too_recent(name, set).into());
    }
    run.all(&sets)
}

fn named(name: Name) -> Result<SetInfo, Failure> {
    let failed = |error| match name.failure("remove", &BlockError::Sysv(error)).without_fixes() {
        // Which of the others is meant is not for semlock to say.
        failure if failure.exit == Exit::NoBlock => failure.all_fixes(showing_all()),
        failure => failure,
    };
    let set = name.set().map_err(failed)?;
    let sets = select::all_sets()?;
    match sets.into_iter().find(|listed| listed.semid == set.semid()) {
        Some(listed) => Ok(listed),
        // The kernel's own word for it.
        None => Err(set.info().map_err(failed).map_or_else(
            |failure| failure,
            |_| {
                Failure::new(Exit::System, format!("remove {name}: it is not in the kernel's list"))
            },
        )),
    }
}

fn too_recent(name: Name, set: &SetInfo) -> Failure {
    let last = set.last_change().map_or_else(String::new, |last| {
        format!(" {}", crate::words::ago(last, jiff::Timestamp::now()))
    });
    let what = format!("remove {name}: it was changed or used{last}, which --idle excludes");
    Failure::new(Exit::Busy, what)
}

/// One pass over the sets asked for.
struct Run<'a> {
    args: &'a RemoveArgs,
    dry: bool,
    /// What the user called the set, if it is one.
    name: Option<Name>,
    selection: Selection,
    /// The key of the application's block.
    key: Key,
    names: Names,
}

impl<'a> Run<'a> {
    fn new(args: &'a RemoveArgs) -> Result<Self> {
        Ok(Self {
            args,
            dry: true,
            name: None,
            selection: Selection::of(&args.many, args.idle)?,
            key: cmd::key(None)?,
            names: Names::default(),
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

    /// Whether a set is still one that was asked for.
    fn asks_for(&self, info: &SetInfo) -> bool {
        self.name.is_some() || self.selection.matches(info)
    }

    /// Whether a set is at the key of the application's block.
    fn is_application(&self, info: &SetInfo) -> bool {
        info.key == self.key
    }

    /// What would be done.
    fn plan(&self, sets: &[SetInfo]) -> RemoveReport {
        let mut pass = Pass::quiet(self);
        for set in sets {
            pass.set(set);
        }
        pass.report
    }

    /// Does it, says of each set what became of it, ends with the worst.
    fn all(&self, sets: &[SetInfo]) -> Result<Exit> {
        let mut pass = Pass::new(self);
        let done = AtomicUsize::new(0);
        let line = |_| bar(done.load(Ordering::Relaxed), sets.len());
        let mut remove = || {
            for set in sets {
                pass.set(set);
                done.fetch_add(1, Ordering::Relaxed);
            }
        };
        if self.args.quiet {
            remove();
        } else {
            waiting::told(line, remove);
        }
        pass.conclude()
    }

    fn describe(&self, info: &SetInfo, judgement: Judgement) -> JudgedSet {
        JudgedSet {
            set: SetHeader::of(info, &self.names),
            verdict: judgement.verdict,
            evidence: judgement.evidence,
            kept_by: judgement.kept_by,
        }
    }
}

/// The names of the users and groups of sets.
fn names(sets: &[SetInfo]) -> Names {
    let (users, groups) = select::account_ids(sets);
    Names::of(&users, &groups)
}

/// How far it has got, for a terminal.
fn bar(done: usize, all: usize) -> String {
    const WIDTH: usize = 30;
    let full = WIDTH * done / all.max(1);
    format!("removing [{}{}] {done} of {all}", "#".repeat(full), ".".repeat(WIDTH - full))
}
