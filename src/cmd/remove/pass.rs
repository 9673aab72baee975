//! Going through the sets, one after the other, and what is said of each.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Run;
use super::dealt::{Dealt, deal};
use super::fate::Fate;
use super::record::Record;
use crate::cli::Format;
use crate::cmd::{Name, progress, screen, waiting};
use crate::exit::Exit;
use crate::failure;
use crate::judge::{Judging, Verdict};
use crate::system::{Pid, ProcessName};
use crate::sysv::SetInfo;
use crate::view::{Action, JudgedSet, Look, RemoveReport, write_filled};

const UNSEEN: &str = "a client that has opened a block and not locked yet cannot be seen by anybody: \
                      it goes on without a lock, so stop the application first";

/// Why `--orphaned` leaves the application's block alone.
const APPLICATION: &str = "this is the key of the application's block, which no process has open \
                           between two runs: remove it by itself, with --key";

/// What became of the sets so far.
pub(super) struct Pass<'a> {
    pub run: &'a Run<'a>,
    pub report: RemoveReport,
    pub judging: Judging,
    pub worst: Exit,
    /// How many sets a process keeps that could use them.
    pub keepers: BTreeMap<Pid, (String, u32)>,
    /// The sets that were asked for and are kept.
    pub refused: BTreeSet<i32>,
    /// Why standard output could not be written to. The work goes on, which a
    /// reader that has gone away is no reason to leave half done.
    pub unsaid: io::Result<()>,
    pub record: Record,
    voice: Voice,
}

/// What is said of each set at once: what was done is known also when this ends before
/// its time.
#[derive(Clone, Copy, Debug, Default)]
struct Voice {
    /// Who goes on without a lock.
    users: bool,
    /// What became of it.
    fate: bool,
    /// Why it is kept, with what to do about it.
    failure: bool,
}

impl<'a> Pass<'a> {
    /// One that does what is asked for, of sets that are named or selected.
    pub(super) fn new(run: &'a Run<'a>, are_named: bool) -> Self {
        let (args, is_json) = (run.args, run.args.format == Format::Json);
        let voice = Voice {
            users: !args.quiet && (!run.dry || args.force),
            fate: !args.quiet && !is_json && (are_named || args.verbose),
            failure: is_json || are_named,
        };
        let record = if run.dry { Record::none() } else { Record::of_this_user() };
        Self { record, voice, ..Self::silent(run) }
    }

    /// The same without a word.
    pub(super) fn silent(run: &'a Run<'a>) -> Self {
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
            refused: BTreeSet::new(),
            unsaid: Ok(()),
            record: Record::none(),
            voice: Voice::default(),
        }
    }

    /// Goes through sets, which the user may have called by name. A terminal shows how
    /// far it has got.
    pub(super) fn over(&mut self, sets: &[(SetInfo, Option<Name>)]) {
        let doing = if self.run.dry { "checking" } else { "removing" };
        let (done, is_quiet) = (AtomicUsize::new(0), self.run.args.quiet);
        let mut work = || {
            for &(set, name) in sets {
                self.set(&set, name);
                done.fetch_add(1, Ordering::Relaxed);
            }
        };
        if is_quiet {
            work();
        } else {
            waiting::told(|_| bar(doing, done.load(Ordering::Relaxed), sets.len()), work);
        }
    }

    fn set(&mut self, listed: &SetInfo, name: Option<Name>) {
        let is_explained = self.voice.failure || self.voice.fate;
        let judge = self.judging.fresh();
        if let Some(dealt) = deal(self.run, judge, listed, name, is_explained) {
            self.note(dealt, name.is_some());
        }
    }

    fn note(&mut self, dealt: Dealt, is_named: bool) {
        let Dealt { fate, mut set, exit, failure, what, is_block } = dealt;
        self.worst = self.worst.worst(exit);
        match fate {
            Fate::Removed(users) => {
                let told = users.iter().filter(|_| self.voice.users);
                told.for_each(|user| failure::tell(&format!("{what}: {user}")));
                set.evidence.extend(users);
                if is_block && self.report.notes.is_empty() {
                    self.report.notes.push(UNSEEN.into());
                }
                self.say(Action::Remove, &set, is_named);
                self.record.removed(&set, self.run.args.force);
                self.report.removed.push(set);
                return;
            }
            Fate::NoOrphan => {}
            Fate::Application => set.evidence.push(APPLICATION.into()),
            Fate::Refused(_) => self.refused.extend([set.set.semid]),
        }
        self.count_keeper(&set);
        self.say(Action::Keep, &set, is_named);
        if let Some(failure) = failure.filter(|_| self.voice.failure) {
            failure::report(&failure.into());
        }
        self.report.kept.push(set);
    }

    fn count_keeper(&mut self, set: &JudgedSet) {
        if let (Verdict::Idle, &[pid]) = (set.verdict, &set.kept_by[..]) {
            let processes = self.judging.judge().processes();
            let name = processes.get(pid).map(|process| &process.name);
            let called = || (ProcessName(pid, name).to_string(), 0);
            self.keepers.entry(pid).or_insert_with(called).1 += 1;
        }
    }

    /// A line for people. Of a set that was named, nobody asked what is thought of
    /// it, and why it is kept is said elsewhere.
    fn say(&mut self, action: Action, set: &JudgedSet, is_named: bool) {
        let is_plain = is_named && !self.run.dry;
        if !self.voice.fate || self.unsaid.is_err() || is_plain && action == Action::Keep {
            return;
        }
        let mut out = io::stdout();
        if out.is_terminal() {
            progress::clear();
        }
        let what = match (action, self.run.dry) {
            (Action::Remove, true) => "would remove",
            (Action::Remove, false) => "removed",
            (Action::Keep, _) => "kept",
        };
        let set = if is_plain { set.set.to_string() } else { set.to_string() };
        let look = Look { width: screen::width(), ..Look::plain() };
        self.unsaid = write_filled(&format!("{what} {set}"), &mut out, &look);
    }
}

/// How far it has got, for a terminal.
fn bar(what: &str, done: usize, all: usize) -> String {
    const WIDTH: usize = 30;
    let full = WIDTH * done / all.max(1);
    format!("{what} [{}{}] {done} of {all}", "#".repeat(full), ".".repeat(WIDTH - full))
}
