//! Going through the sets, one after the other.

use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::Result;

use super::Run;
use super::candidate::Candidate;
use crate::cli::Format;
use crate::cmd::waiting;
use crate::diagnose::{self, Failure, reasons};
use crate::exit::Exit;
use crate::report::{self, JudgedSet, RemoveReport};
use crate::sysv::SetInfo;
use crate::verdict::{Judgement, Verdict};

const UNSEEN: &str = "a client that has opened a block and not locked yet cannot be seen by anybody: \
                      it goes on without a lock, so stop the application first";

/// What became of the sets so far.
pub(super) struct Pass<'a> {
    run: &'a Run<'a>,
    pub report: RemoveReport,
    worst: Exit,
    /// Why standard output could not be written to. The work goes on, which a
    /// reader that has gone away is no reason to leave half done.
    unsaid: io::Result<()>,
    /// Whether nothing is said on the way, as the report is shown afterwards.
    quiet: bool,
}

/// Whether the set vanished while it was dealt with.
fn is_gone(failure: &Failure) -> bool {
    failure.why() == Some(&reasons::REMOVED)
}

/// What becomes of a set.
enum Fate {
    /// With those who go on without a lock.
    Removed(Vec<String>),
    /// Not asked for, by its verdict.
    Kept,
    Refused(Failure),
}

impl<'a> Pass<'a> {
    pub fn new(run: &'a Run<'a>) -> Self {
        let report = RemoveReport {
            schema: 1,
            dry_run: run.dry,
            removed: Vec::new(),
            kept: Vec::new(),
            notes: Vec::new(),
        };
        Self { run, report, worst: Exit::Done, unsaid: Ok(()), quiet: false }
    }

    /// The same, without a word.
    pub fn quiet(run: &'a Run<'a>) -> Self {
        Self { quiet: true, ..Self::new(run) }
    }

    /// Deals with one set. One that has vanished is gone as it was to be.
    pub fn set(&mut self, row: &SetInfo) {
        let Some(judgement) = self.run.witness.judge(row) else { return };
        let candidate = Candidate::new(row, &judgement, self.run.name, self.run.key);
        let is_block = candidate.block().is_some();
        match self.fate(&candidate, &judgement) {
            Fate::Refused(failure) if is_gone(&failure) => {}
            fate => self.note(fate, is_block, row, judgement),
        }
    }

    fn fate(&self, candidate: &Candidate, judgement: &Judgement) -> Fate {
        let args = self.run.args;
        match (judgement.verdict, judgement.refused) {
            (Verdict::Orphaned, _) => {}
            (_, Some(error)) if args.many.orphaned => {
                return Fate::Refused(candidate.failed(error));
            }
            _ if args.many.orphaned => return Fate::Kept,
            _ => {}
        }
        let outcome = match (self.run.dry, args.force) {
            (_, true) => self.force(candidate),
            (true, false) => candidate.may_go().map(|()| Vec::new()),
            (false, false) => candidate.remove().map(|()| Vec::new()),
        };
        outcome.map_or_else(Fate::Refused, Fate::Removed)
    }

    /// Removes the set, and says who is cut off.
    fn force(&self, candidate: &Candidate) -> Result<Vec<String>, Failure> {
        let users = candidate.cut_off();
        let what_then = if self.run.dry {
            candidate.is_permitted()?;
            "would go on"
        } else {
            candidate.remove_anyway()?;
            "goes on"
        };
        let cut_off: Vec<_> =
            users.iter().map(|user| format!("{user}, and {what_then} without a lock")).collect();
        for user in cut_off.iter().filter(|_| !self.quiet) {
            diagnose::tell(&format!("{}: {user}", candidate.what()));
        }
        Ok(cut_off)
    }

    fn note(&mut self, fate: Fate, is_block: bool, row: &SetInfo, judgement: Judgement) {
        let mut set = self.run.describe(row, judgement);
        match fate {
            Fate::Removed(cut_off) => {
                set.evidence.extend(cut_off);
                if is_block && self.report.notes.is_empty() {
                    self.report.notes.push(UNSEEN.into());
                }
                self.say(if self.run.dry { "would remove" } else { "removed" }, &set);
                self.report.removed.push(set);
            }
            Fate::Kept => {
                self.say("kept", &set);
                self.report.kept.push(set);
            }
            Fate::Refused(failure) => {
                set.evidence.push(failure.headline().into());
                let found = failure.findings().iter().filter(|one| !set.evidence.contains(one));
                let found: Vec<_> = found.cloned().collect();
                set.evidence.extend(found);
                self.say("kept", &set);
                self.report.kept.push(set);
                self.worst = self.worst.worst(failure.exit);
                if !self.quiet {
                    diagnose::report(&failure.into());
                }
            }
        }
    }

    /// A line for people, unless this is one set that is simply removed. At once:
    /// what was done is known also when this ends before its time.
    fn say(&mut self, what: &str, set: &JudgedSet) {
        let single = self.run.name.is_some() && !self.run.dry;
        let silent = single || self.quiet || self.run.args.format == Format::Json;
        if silent || self.unsaid.is_err() {
            return;
        }
        let mut out = io::stdout();
        if out.is_terminal() {
            waiting::clear();
        }
        self.unsaid = writeln!(out, "{what} {set}");
    }

    /// Says the rest.
    pub fn conclude(self) -> Result<Exit> {
        match self.unsaid {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(self.worst),
            said => said?,
        }
        let mut out = io::stdout();
        match self.run.args.format {
            Format::Json => report::write_json(&mut out, &self.report)?,
            Format::Table if self.run.dry => {
                for note in &self.report.notes {
                    writeln!(out, "note: {note}")?;
                }
            }
            Format::Table => {}
        }
        out.flush()?;
        Ok(self.worst)
    }
}
