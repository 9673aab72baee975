//! What is said at the end, once every set is removed or kept.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Write};

use anyhow::Result;
use nix::sys::signal::{Signal, raise};

use super::next_steps;
use super::run::Run;
use crate::cli::Format;
use crate::cmd::shared::look_of;
use crate::exit::Exit;
use crate::failure;
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

impl Run<'_> {
    /// The sets in groups, with what to do about those kept.
    pub(super) fn groups(&mut self) -> Vec<RemoveGroup> {
        let mut groups = self.report.groups();
        let (args, key) = (self.request.args, self.request.key);
        let processes = self.judging.latest().processes();
        for group in &mut groups {
            group.fix = next_steps::steps(args, group, key, processes);
        }
        groups
    }

    pub(super) fn into_plan(self) -> Plan {
        let removed = self.report.removed.iter().map(|set| set.set.semid).collect();
        Plan { removed, kept: self.report.kept, worst: self.worst }
    }

    /// Reports the rest about sets that were named.
    pub(super) fn conclude_named(mut self) -> Result<Exit> {
        self.note_keepers();
        let (args, worst, stopped_by) = (self.request.args, self.worst, self.stopped_by);
        let is_shown = self.request.dry && !args.quiet;
        self.written(|run, out| match args.format {
            Format::Json => json::write(out, &run.report),
            Format::Table if is_shown => {
                let look = look_of(&io::stdout());
                let mut notes = run.report.notes.iter();
                notes.try_for_each(|note| write_filled(&format!("note: {note}"), out, &look))
            }
            Format::Table => Ok(()),
        })?;
        Ok(ended(worst, stopped_by))
    }

    /// Reports the rest about sets that were selected. If a plan was `shown`, only what
    /// differs from it.
    pub(super) fn conclude(mut self, shown: Option<Plan>) -> Result<Exit> {
        self.note_keepers();
        let groups = if shown.is_some() { self.news() } else { self.groups() };
        if let Some(plan) = shown {
            self.report.kept.splice(..0, plan.kept);
            self.worst = self.worst.worst(plan.worst);
        }
        let (args, worst, stopped_by) = (self.request.args, self.worst, self.stopped_by);
        if args.quiet && args.format == Format::Table {
            self.log.conclude();
            self.complain();
            return Ok(ended(worst, stopped_by));
        }
        self.written(|run, out| match args.format {
            Format::Json => json::write(out, &run.report),
            Format::Table => {
                let look = look_of(&io::stdout());
                if !args.verbose {
                    write_groups(&groups, out, &look)?;
                }
                write_steps(&groups, out, &look)?;
                write_filled(&run.totals().to_string(), out, &look)
            }
        })?;
        Ok(ended(worst, stopped_by))
    }

    /// What is kept against the plan.
    fn news(&mut self) -> Vec<RemoveGroup> {
        let removed = std::mem::take(&mut self.report.removed);
        let news = self.groups();
        self.report.removed = removed;
        news
    }

    /// With `--quiet`, a line for each group of sets that were refused.
    fn complain(&mut self) {
        let refused = std::mem::take(&mut self.refused);
        self.report.removed.clear();
        self.report.kept.retain(|set| refused.contains(&set.set.semid));
        for group in self.report.groups() {
            failure::tell(&format!("cannot remove {group}"));
        }
    }

    /// Writes the rest, unless nobody reads it any more.
    fn written(
        self,
        write: impl FnOnce(&Self, &mut io::Stdout) -> io::Result<()>,
    ) -> io::Result<()> {
        self.log.conclude();
        let mut out = io::stdout();
        let rest = match &self.unsaid {
            Ok(()) => write(&self, &mut out).and_then(|()| out.flush()),
            Err(_) => self.unsaid,
        };
        match rest {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            rest => rest,
        }
    }

    /// Notes what to do about sets that one process keeps.
    fn note_keepers(&mut self) {
        let keepers = std::mem::take(&mut self.keepers);
        let notes = keepers.into_iter().map(|(pid, (called, sets))| {
            let sets = counted(sets, "set");
            format!("{called} keeps {sets}: if it has nothing to do with them, --ignore {pid}")
        });
        self.report.notes.extend(notes);
    }

    fn totals(&self) -> RemoveTotals {
        let removed = &self.report.removed;
        let number = |sets: &[JudgedSet]| u32::try_from(sets.len()).unwrap_or(u32::MAX);
        let semaphores = removed.iter().map(|set| set.set.shape.nsems).fold(0, u32::saturating_add);
        let freed = Usage { sets: number(removed), semaphores };
        let room = sysv::limits().ok().zip(sysv::all_sets().ok());
        let room = room.map(|(limits, sets)| {
            let now = Usage::of(&sets);
            // In a dry request they are still there.
            let gone = if self.report.dry_run { freed } else { Usage::default() };
            let left = Usage {
                sets: now.sets.saturating_sub(gone.sets),
                semaphores: now.semaphores.saturating_sub(gone.semaphores),
            };
            (limits, left)
        });
        let kept = number(&self.report.kept);
        RemoveTotals { is_done: !self.report.dry_run, removed: freed.sets, kept, room, freed }
    }
}

/// Ends by the signal that stopped the removal, now that it is reported.
fn ended(exit: Exit, stopped_by: Option<Signal>) -> Exit {
    if let Some(signal) = stopped_by {
        // It returns only if the signal is blocked.
        let _ = raise(signal);
    }
    exit
}
