//! What is said at the end, once every set is removed or kept.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, ErrorKind, Write};

use anyhow::Result;
use nix::sys::signal::{Signal, raise};

use super::next_steps;
use super::removals::Removals;
use crate::cli::Format;
use crate::cmd::shared::render_options;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::json;
use crate::sysv::{self, Semid, Usage};
use crate::view::{JudgedSet, RemoveGroup, RemoveTotals, write_filled, write_groups, write_steps};
use crate::words::counted;

/// What was shown, and agreed to.
pub(super) struct Plan {
    /// The sets to remove.
    pub removed: BTreeSet<Semid>,
    kept: Vec<JudgedSet>,
    worst: Exit,
}

/// The sets in groups, with what to do about those kept.
pub(super) fn groups(removals: &mut Removals<'_>) -> Vec<RemoveGroup> {
    let mut groups = removals.report.groups();
    let (args, key) = (removals.request.args, removals.request.application_key);
    let processes = removals.judging.latest().processes();
    for group in &mut groups {
        group.fix = next_steps::steps(args, group, key, processes);
    }
    groups
}

pub(super) fn plan(removals: Removals<'_>) -> Plan {
    let removed = removals.report.removed.iter().map(|set| set.set.semid).collect();
    Plan { removed, kept: removals.report.kept, worst: removals.worst }
}

/// Reports the rest about sets that were named.
pub(super) fn conclude_named(mut removals: Removals<'_>) -> Result<Exit> {
    note_keepers(&mut removals);
    let (args, worst, stopped_by) = (removals.request.args, removals.worst, removals.stopped_by);
    let is_shown = removals.request.dry_run && !args.quiet;
    written(removals, |removals, out| match args.format {
        Format::Json => json::write(out, &removals.report),
        Format::Table if is_shown => {
            let options = render_options(&io::stdout());
            let mut notes = removals.report.notes.iter();
            notes.try_for_each(|note| write_filled(&format!("note: {note}"), out, &options))
        }
        Format::Table => Ok(()),
    })?;
    Ok(ended(worst, stopped_by))
}

/// Reports the rest about sets that were selected. If a plan was `shown`, only what
/// differs from it.
pub(super) fn conclude_selected(mut removals: Removals<'_>, shown: Option<Plan>) -> Result<Exit> {
    note_keepers(&mut removals);
    let groups = if shown.is_some() { news(&mut removals) } else { groups(&mut removals) };
    if let Some(plan) = shown {
        removals.report.kept.splice(..0, plan.kept);
        removals.worst = removals.worst.worst(plan.worst);
    }
    let (args, worst, stopped_by) = (removals.request.args, removals.worst, removals.stopped_by);
    if args.quiet && args.format == Format::Table {
        removals.log.conclude();
        complain(&mut removals);
        return Ok(ended(worst, stopped_by));
    }
    written(removals, |removals, out| match args.format {
        Format::Json => json::write(out, &removals.report),
        Format::Table => {
            let options = render_options(&io::stdout());
            if !args.verbose {
                write_groups(&groups, out, &options)?;
            }
            write_steps(&groups, out, &options)?;
            write_filled(&totals(removals).to_string(), out, &options)
        }
    })?;
    Ok(ended(worst, stopped_by))
}

/// What is kept against the plan.
fn news(removals: &mut Removals<'_>) -> Vec<RemoveGroup> {
    let removed = std::mem::take(&mut removals.report.removed);
    let news = groups(removals);
    removals.report.removed = removed;
    news
}

/// With `--quiet`, a line for each group of sets that were refused.
fn complain(removals: &mut Removals<'_>) {
    let refused = std::mem::take(&mut removals.refused);
    removals.report.removed.clear();
    removals.report.kept.retain(|set| refused.contains(&set.set.semid));
    for group in removals.report.groups() {
        failure::tell(&format!("cannot remove {group}"));
    }
}

/// Writes the rest, unless nobody reads it any more. If that fails, says what was done.
fn written(
    removals: Removals<'_>,
    write: impl FnOnce(&Removals<'_>, &mut BufWriter<io::Stdout>) -> io::Result<()>,
) -> Result<()> {
    removals.log.conclude();
    let done = done(&removals);
    let mut out = BufWriter::new(io::stdout());
    let rest = match &removals.unsaid {
        Ok(()) => write(&removals, &mut out).and_then(|()| out.flush()),
        Err(_) => removals.unsaid,
    };
    match rest {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::io("write to standard output", &error).all_evidence(done).into())
        }
        _ => Ok(()),
    }
}

/// What was removed, in words.
fn done(removals: &Removals<'_>) -> Option<String> {
    match &removals.report.removed[..] {
        _ if removals.request.dry_run => None,
        [] => None,
        [set] => Some(format!("removed {}", set.set)),
        sets => Some(format!("removed {}", counted(sets.len(), "set"))),
    }
}

/// Notes what to do about sets that one process keeps.
fn note_keepers(removals: &mut Removals<'_>) {
    let keepers = std::mem::take(&mut removals.keepers);
    let notes = keepers.into_iter().map(|(pid, (called, sets))| {
        let sets = counted(sets, "set");
        format!("{called} keeps {sets}: if it has nothing to do with them, --ignore {pid}")
    });
    removals.report.notes.extend(notes);
}

fn totals(removals: &Removals<'_>) -> RemoveTotals {
    let removed = &removals.report.removed;
    let number = |sets: &[JudgedSet]| u32::try_from(sets.len()).unwrap_or(u32::MAX);
    let semaphores = removed.iter().map(|set| set.set.shape.nsems).fold(0, u32::saturating_add);
    let freed = Usage { sets: number(removed), semaphores };
    let room = sysv::limits().ok().zip(sysv::all_sets().ok());
    let room = room.map(|(limits, sets)| {
        let now = Usage::of(&sets);
        // In a dry run they are still there.
        let gone = if removals.report.dry_run { freed } else { Usage::default() };
        let left = Usage {
            sets: now.sets.saturating_sub(gone.sets),
            semaphores: now.semaphores.saturating_sub(gone.semaphores),
        };
        (limits, left)
    });
    let kept = number(&removals.report.kept);
    RemoveTotals { is_done: !removals.report.dry_run, removed: freed.sets, kept, room, freed }
}

/// Ends by the signal that stopped the removal, now that it is reported.
fn ended(exit: Exit, stopped_by: Option<Signal>) -> Exit {
    if let Some(signal) = stopped_by {
        // It returns only if the signal is blocked.
        let _ = raise(signal);
    }
    exit
}
