//! Going through the sets, one after the other.

use std::io::{self, BufWriter, IsTerminal, Write};

use anyhow::Result;

use super::Run;
use super::candidate::Candidate;
use crate::cli::Format;
use crate::cmd::waiting;
use crate::diagnose::{self, Failure, reasons};
use crate::exit::Exit;
use crate::report::{self, JudgedSet, RemoveReport};
use crate::sysv::Row;
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
    out: Box<dyn Write>,
    terminal: bool,
}

fn force(candidate: &Candidate) -> Result<(), Failure> {
    let users = candidate.users();
    candidate.remove_anyway()?;
    for user in users {
        diagnose::tell(&format!("{}: {user}, and goes on without a lock", candidate.what()));
    }
    Ok(())
}

/// Whether the set vanished while it was dealt with.
fn is_gone(failure: &Failure) -> bool {
    failure.why() == Some(&reasons::REMOVED)
}

/// What becomes of a set.
enum Fate {
    Removed,
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
        let terminal = io::stdout().is_terminal();
        // A terminal sees each line at once, anything else gets them by the block.
        let out: Box<dyn Write> =
            if terminal { Box::new(io::stdout()) } else { Box::new(BufWriter::new(io::stdout())) };
        Self { run, report, worst: Exit::Done, unsaid: Ok(()), out, terminal }
    }

    /// Deals with one set. One that has vanished is gone as it was to be.
    pub fn set(&mut self, row: &Row) {
        let Some(judgement) = self.run.witness.judge(row) else { return };
        let candidate = Candidate::new(row, &judgement, self.run.name);
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
            (true, true) => Ok(()),
            (true, false) => candidate.may_go(),
            (false, true) => force(candidate),
            (false, false) => candidate.remove(),
        };
        outcome.map_or_else(Fate::Refused, |()| Fate::Removed)
    }

    fn note(&mut self, fate: Fate, is_block: bool, row: &Row, judgement: Judgement) {
        let mut set = self.run.describe(row, judgement);
        match fate {
            Fate::Removed => {
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
                set.evidence.push(failure.to_string().lines().next().unwrap_or_default().into());
                self.say("kept", &set);
                self.report.kept.push(set);
                self.worst = self.worst.worst(diagnose::report(&failure.into()));
            }
        }
    }

    /// A line for people, unless this is one set that is simply removed.
    fn say(&mut self, what: &str, set: &JudgedSet) {
        let single = self.run.name.is_some() && !self.run.dry;
        if single || self.run.args.format == Format::Json || self.unsaid.is_err() {
            return;
        }
        if self.terminal {
            waiting::clear();
        }
        self.unsaid = writeln!(self.out, "{what} {set}");
    }

    /// Says the rest.
    pub fn conclude(self) -> Result<Exit> {
        self.unsaid?;
        let mut out = self.out;
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
