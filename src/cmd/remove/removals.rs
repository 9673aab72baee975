//! Goes through the sets, one after the other, and reports each.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use nix::sys::signal::{SigSet, Signal};

use super::log::RemovalLog;
use super::one_set::{SetResult, remove_or_keep};
use super::outcome::SetOutcome;
use super::request::RemoveRequest;
use crate::cli::Format;
use crate::cmd::shared::{Name, progress};
use crate::exit::Exit;
use crate::failure;
use crate::judge::{LazyJudge, Verdict};
use crate::system::signals::{CaughtSignals, not_ignored};
use crate::system::{self, Pid, ProcessName};
use crate::sysv::{Semid, SetInfo};
use crate::view::{JudgedSet, RemoveAction, RemoveReport, RenderOptions, write_filled};
use crate::words::counted;

/// Signals that stop a removal; what was removed so far is still reported.
const STOPPING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

const UNSEEN: &str = "a client that has opened a block and not locked yet cannot be seen: it continues without a lock, so stop the application first";

/// Why `--orphaned` keeps the application's block.
const APPLICATION: &str = "this is the key of the application's block, which no process has open \
                           between two runs: remove it with --key, on its own";

/// The sets so far, and what is said of them.
pub(super) struct Removals<'a> {
    pub request: &'a RemoveRequest<'a>,
    pub report: RemoveReport,
    pub judging: LazyJudge,
    pub worst: Exit,
    /// The processes that each keep sets by themselves, and how many.
    pub keepers: BTreeMap<Pid, (String, u32)>,
    /// The sets that were asked for and are kept.
    pub refused: BTreeSet<Semid>,
    /// Why standard output could not be written to. The work goes on: a reader that has
    /// gone away is no reason to leave it half done.
    pub unsaid: io::Result<()>,
    pub log: RemovalLog,
    /// The signal that stopped it before the end.
    pub stopped_by: Option<Signal>,
    messages: Messages,
}

/// What is said of each set at once, so that it is known even if semlock is killed.
#[derive(Clone, Copy, Debug, Default)]
struct Messages {
    /// Which processes continue without a lock.
    users: bool,
    /// Whether it is removed or kept.
    outcome: bool,
    /// Why it is kept, and what to do about it.
    failure: bool,
}

impl<'a> Removals<'a> {
    pub(super) fn new(request: &'a RemoveRequest<'a>, are_named: bool) -> Self {
        let (args, is_json) = (request.args, request.args.format == Format::Json);
        let messages = Messages {
            users: !args.quiet && (!request.dry_run || args.force),
            outcome: !args.quiet && !is_json && (are_named || args.verbose),
            failure: is_json || are_named,
        };
        let log = if request.dry_run { RemovalLog::none() } else { RemovalLog::of_this_user() };
        Self { log, messages, ..Self::silent(request) }
    }

    /// One that says nothing.
    pub(super) fn silent(request: &'a RemoveRequest<'a>) -> Self {
        let report = RemoveReport {
            schema: 1,
            dry_run: request.dry_run,
            removed: Vec::new(),
            kept: Vec::new(),
            notes: Vec::new(),
        };
        Self {
            request,
            report,
            judging: request.judging(),
            worst: Exit::Done,
            keepers: BTreeMap::new(),
            refused: BTreeSet::new(),
            unsaid: Ok(()),
            log: RemovalLog::none(),
            stopped_by: None,
            messages: Messages::default(),
        }
    }

    /// Goes through the sets, which the user may have named. A terminal shows the progress.
    /// A signal stops a removal after the set that it is at.
    pub(super) fn go_through(&mut self, sets: &[(SetInfo, Option<Name>)]) {
        let doing = if self.request.dry_run { "checking" } else { "removing" };
        let (done, is_quiet) = (AtomicUsize::new(0), self.request.args.quiet);
        let signals =
            (!self.request.dry_run).then(|| CaughtSignals::these(&not_ignored(&STOPPING)).ok());
        let signals = signals.flatten();
        let mut work = || {
            for &(set, name) in sets {
                self.stopped_by = signals.as_ref().and_then(CaughtSignals::arrived);
                if self.stopped_by.is_some() {
                    break;
                }
                self.deal_with(&set, name);
                done.fetch_add(1, Ordering::Relaxed);
            }
        };
        if is_quiet {
            work();
        } else {
            progress::shown(|_| bar(doing, done.load(Ordering::Relaxed), sets.len()), work);
        }
        self.note_rest(sets.len() - done.into_inner());
    }

    /// Says how many sets a signal has left alone.
    fn note_rest(&mut self, sets: usize) {
        let Some(signal) = self.stopped_by else { return };
        let sets = counted(u32::try_from(sets).unwrap_or(u32::MAX), "set");
        let note = format!("stopped by {signal}: {sets} not processed");
        if self.request.args.format != Format::Json {
            failure::tell(&note);
        }
        self.report.notes.push(note);
    }

    fn deal_with(&mut self, listed: &SetInfo, name: Option<Name>) {
        let is_explained = self.messages.failure || self.messages.outcome;
        let judge = self.judging.fresh();
        if let Some(result) = remove_or_keep(self.request, judge, listed, name, is_explained) {
            self.record(result, name.is_some());
        }
    }

    fn record(&mut self, result: SetResult, is_named: bool) {
        let SetResult { outcome, mut set, exit, failure, object, is_block } = result;
        self.worst = self.worst.worst(exit);
        match outcome {
            SetOutcome::Removed(users) => {
                let shown = users.iter().filter(|_| self.messages.users);
                let done = if self.request.dry_run { "would remove" } else { "removed" };
                shown.for_each(|user| failure::tell(&format!("{done} {object}: {user}")));
                set.evidence.extend(users);
                if is_block && self.report.notes.is_empty() {
                    self.report.notes.push(UNSEEN.into());
                }
                self.print_line(RemoveAction::Remove, &set, is_named);
                self.log.removed(&set, self.request.args.force);
                self.report.removed.push(set);
                return;
            }
            SetOutcome::NotOrphaned => {}
            SetOutcome::ApplicationBlock => set.evidence.push(APPLICATION.into()),
            SetOutcome::Refused(_) => self.refused.extend([set.set.semid]),
        }
        self.count_keeper(&set);
        self.print_line(RemoveAction::Keep, &set, is_named);
        if let Some(failure) = failure.filter(|_| self.messages.failure) {
            failure::report(&failure.into());
        }
        self.report.kept.push(set);
    }

    fn count_keeper(&mut self, set: &JudgedSet) {
        if let (Verdict::Idle, &[pid]) = (set.verdict, &set.kept_by[..]) {
            let processes = self.judging.latest().processes();
            let name = processes.get(pid).map(|process| &process.name);
            let called = || (ProcessName(pid, name).to_string(), 0);
            self.keepers.entry(pid).or_insert_with(called).1 += 1;
        }
    }

    /// A line for people. A set that was named is shown without its verdict, which nobody
    /// asked for; why it is kept is an error of its own.
    fn print_line(&mut self, action: RemoveAction, set: &JudgedSet, is_named: bool) {
        let is_plain = is_named && !self.request.dry_run;
        if !self.messages.outcome
            || self.unsaid.is_err()
            || is_plain && action == RemoveAction::Keep
        {
            return;
        }
        let mut out = io::stdout();
        if out.is_terminal() {
            progress::clear();
        }
        let what = match (action, self.request.dry_run) {
            (RemoveAction::Remove, true) => "would remove",
            (RemoveAction::Remove, false) => "removed",
            (RemoveAction::Keep, _) => "kept",
        };
        let set = if is_plain { set.set.to_string() } else { set.to_string() };
        let options = RenderOptions { width: system::stdout_width(), ..RenderOptions::plain() };
        self.unsaid = write_filled(&format!("{what} {set}"), &mut out, &options);
    }
}

/// A reader of standard output that goes away does not stop the removal half-way.
pub(super) fn outlive_the_reader() -> Result<()> {
    Ok(SigSet::from(Signal::SIGPIPE).thread_block()?)
}

/// How far it has got, for a terminal.
fn bar(what: &str, done: usize, all: usize) -> String {
    const WIDTH: usize = 30;
    let full = WIDTH * done / all.max(1);
    format!("{what} [{}{}] {done} of {all}", "#".repeat(full), ".".repeat(WIDTH - full))
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn the_bar_is_as_full_as_the_work_is_done() {
        for (done, all, full) in [(0, 4, 0), (1, 4, 7), (2, 4, 15), (4, 4, 30), (0, 0, 0)] {
            let (full, rest) = ("#".repeat(full), ".".repeat(30 - full));
            assert_eq!(bar("x", done, all), format!("x [{full}{rest}] {done} of {all}"));
        }
    }
}
