//! Going through the sets, one after the other.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::Result;

use super::Run;
use super::candidate::Candidate;
use crate::cli::Format;
use crate::cmd::progress;
use crate::exit::Exit;
use crate::failure::{self, Failure, reasons};
use crate::judge::{self, Judge, Judgement, Judging, Verdict};
use crate::system::{Called, Pid};
use crate::sysv::SetInfo;
use crate::view::{self, JudgedSet, RemoveReport};
use crate::words::counted;

const UNSEEN: &str = "a client that has opened a block and not locked yet cannot be seen by anybody: \
                      it goes on without a lock, so stop the application first";

/// Why `--orphaned` leaves the application's block alone.
const APPLICATION: &str = "this is the key of the application's block, which no process has open \
                           between two runs: remove it by itself, with --key";

/// What became of the sets so far.
pub(super) struct Pass<'a> {
    run: &'a Run<'a>,
    pub report: RemoveReport,
    judging: Judging,
    worst: Exit,
    /// How many sets a process keeps that could use them.
    keepers: BTreeMap<Pid, (String, u32)>,
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
    /// Not asked for: with the reason, where the verdict does not say it.
    Kept(Option<&'static str>),
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
        Self {
            run,
            report,
            judging: run.judging(),
            worst: Exit::Done,
            keepers: BTreeMap::new(),
            unsaid: Ok(()),
            quiet: false,
        }
    }

    /// The same, without a word.
    pub fn quiet(run: &'a Run<'a>) -> Self {
        Self { quiet: true, ..Self::new(run) }
    }

    /// Deals with one set, as it is now. One that has vanished is gone as it was to
    /// be; and one that is not what was asked for any more is another set.
    pub fn set(&mut self, listed: &SetInfo) {
        let by = self.judging.fresh();
        let Some((state, judgement)) = judge::judge_now(by, listed.semid) else { return };
        let info = state.as_ref().map_or(*listed, |state| state.info);
        if !self.run.asks_for(&info) || info.key != listed.key {
            return;
        }
        // Whose set it is depends on who lives.
        if !self.run.selection.takes(&judgement) {
            return;
        }
        let candidate = Candidate::new(info, state.as_ref(), &judgement, self.run.name);
        let is_block = candidate.block().is_some();
        let quiet = self.quiet || self.run.args.quiet;
        let fate = fate(self.run, quiet, &candidate, &judgement, by);
        match fate {
            Fate::Refused(failure) if is_gone(&failure) => {}
            fate => self.note(fate, is_block, &info, judgement),
        }
    }

    fn note(&mut self, fate: Fate, is_block: bool, info: &SetInfo, judgement: Judgement) {
        if judgement.verdict == Verdict::Idle && !matches!(fate, Fate::Removed(_)) {
            self.count_keepers(&judgement);
        }
        let mut set = self.run.describe(info, judgement);
        match fate {
            Fate::Removed(cut_off) => {
                set.evidence.extend(cut_off);
                if is_block && self.report.notes.is_empty() {
                    self.report.notes.push(UNSEEN.into());
                }
                self.say(if self.run.dry { "would remove" } else { "removed" }, &set);
                self.report.removed.push(set);
            }
            Fate::Kept(reason) => {
                set.evidence.extend(reason.map(String::from));
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
                    failure::report(&failure.into());
                }
            }
        }
    }

    fn count_keepers(&mut self, judgement: &Judgement) {
        if let [pid] = judgement.kept_by[..] {
            let processes = self.judging.judge().processes();
            let name = processes.get(pid).map(|process| &process.name);
            let called = || (Called(pid, name).to_string(), 0);
            self.keepers.entry(pid).or_insert_with(called).1 += 1;
        }
    }

    /// What an administrator can do about sets that one process keeps.
    fn note_keepers(&mut self) {
        let keepers = std::mem::take(&mut self.keepers);
        let notes = keepers.into_iter().map(|(pid, (called, sets))| {
            let sets = counted(sets, "set");
            format!("{called} keeps {sets}: if it has nothing to do with them, --ignore {pid}")
        });
        self.report.notes.extend(notes);
    }

    /// A line for people. Of one set that was named, nobody asked what is thought of
    /// it, and why it is kept is said elsewhere. At once: what was done is known also
    /// when this ends before its time.
    fn say(&mut self, what: &str, set: &JudgedSet) {
        let named = self.run.name.is_some() && !self.run.dry;
        let kept = what == "kept";
        if self.is_silent() || self.unsaid.is_err() || named && kept {
            return;
        }
        let mut out = io::stdout();
        if out.is_terminal() {
            progress::clear();
        }
        let set = if named { set.set.to_string() } else { set.to_string() };
        self.unsaid = writeln!(out, "{what} {set}");
    }

    fn is_silent(&self) -> bool {
        self.quiet || self.run.args.quiet || self.run.args.format == Format::Json
    }

    /// Says the rest.
    pub fn conclude(mut self) -> Result<Exit> {
        self.note_keepers();
        let is_silent = self.is_silent();
        match self.unsaid {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(self.worst),
            said => said?,
        }
        let mut out = io::stdout();
        let is_shown = self.run.dry || self.run.name.is_none();
        match self.run.args.format {
            Format::Json => view::write_json(&mut out, &self.report)?,
            Format::Table if is_shown && !is_silent => {
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

fn fate(
    run: &Run,
    quiet: bool,
    candidate: &Candidate,
    judgement: &Judgement,
    judge: &Judge,
) -> Fate {
    let args = run.args;
    if args.many.orphaned && judgement.verdict != Verdict::Orphaned {
        return Fate::Kept(None);
    }
    if args.many.orphaned && run.is_application(candidate.info()) {
        return Fate::Kept(Some(APPLICATION));
    }
    let outcome = match (run.dry, args.force) {
        (_, true) => force(run, quiet, candidate),
        (true, false) => candidate.may_go(judge).map(|()| warnings(candidate, judge)),
        (false, false) => remove(quiet, candidate, judge),
    };
    outcome.map_or_else(Fate::Refused, Fate::Removed)
}

/// Removes the set if it may go, and says who may have it open and goes on without it.
fn remove(quiet: bool, candidate: &Candidate, judge: &Judge) -> Result<Vec<String>, Failure> {
    let warnings = warnings(candidate, judge);
    candidate.remove(judge)?;
    tell(quiet, candidate, &warnings);
    Ok(warnings)
}

/// Who may have a block open of which its locks tell nothing.
fn warnings(candidate: &Candidate, judge: &Judge) -> Vec<String> {
    let openers = candidate.openers(judge).into_iter();
    openers.map(|opener| format!("{opener} may have it open, and goes on without a lock")).collect()
}

/// Removes the set, and says who is cut off.
fn force(run: &Run, quiet: bool, candidate: &Candidate) -> Result<Vec<String>, Failure> {
    let users = candidate.cut_off();
    let what_then = if run.dry {
        candidate.is_permitted()?;
        "would go on"
    } else {
        candidate.remove_anyway()?;
        "goes on"
    };
    let cut_off = users.iter().map(|user| format!("{user}, and {what_then} without a lock"));
    let cut_off: Vec<_> = cut_off.collect();
    tell(quiet, candidate, &cut_off);
    Ok(cut_off)
}

fn tell(quiet: bool, candidate: &Candidate, what: &[String]) {
    for line in what.iter().filter(|_| !quiet) {
        failure::tell(&format!("{}: {line}", candidate.what()));
    }
}
