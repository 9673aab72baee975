//! Looks at every set for `semlock status --all`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use anyhow::Result;
use jiff::Timestamp;

use super::all_blocks::BlockFindings;
use super::findings::{self, ListedSet, RequestedSets, Scope};
use super::gaps::Gaps;
use super::summary;
use crate::cli::{SortBy, StatusArgs, StatusFormat};
use crate::cmd::shared::selection::{Selection, account_ids, all_sets, signed};
use crate::failure::Failure;
use crate::judge::{self, Judgement, LazyJudge, ON_THE_HOST, Survey, Verdict};
use crate::session::may_be_block;
use crate::system::accounts::AccountNames;
use crate::system::{Pid, Process, Processes, Text};
use crate::sysv::{self, Limits, Namespace, SetInfo, Usage};
use crate::view::{LimitsReport, NamespaceReport, SetColumn, SetHeader, SetReport, SetsReport};

/// Columns that only a set with a verdict has.
const JUDGED: [SetColumn; 6] = [
    SetColumn::Sempid,
    SetColumn::Waiting,
    SetColumn::Program,
    SetColumn::Verdict,
    SetColumn::KeptBy,
    SetColumn::Evidence,
];

/// What can be seen of every set, and what cannot.
pub(super) fn look(args: &StatusArgs) -> Result<(SetsReport, Gaps)> {
    let selection = Selection::shown(args)?;
    let mut look = Look {
        args,
        judges: judges(args, &selection),
        selection,
        judging: LazyJudge::new(&[], args.idle.map(signed)),
        found: Vec::new(),
        all: Vec::new(),
        names: AccountNames::default(),
        blocks: BlockFindings::default(),
        unseen: BTreeSet::new(),
    };
    let here = names_namespace(args).then(sysv::ipc_namespace).flatten();
    let limits = look.here(here.as_deref(), None)?;
    let elsewhere = || look.elsewhere(here.as_deref(), limits);
    let namespaces = args.all_namespaces.then(elsewhere).transpose()?;
    look.report(limits, here.as_deref(), namespaces)
}

/// Whether each set is shown with the namespace that it is in.
fn names_namespace(args: &StatusArgs) -> bool {
    args.all_namespaces || shows_any(args, &[SetColumn::IpcNamespace])
}

/// Whether one of these columns was chosen.
fn shows_any(args: &StatusArgs, columns: &[SetColumn]) -> bool {
    args.columns.iter().filter_map(|chosen| chosen.set).any(|set| columns.contains(&set))
}

/// Whether anything depends on the verdicts: a verdict takes longer than a listing.
fn judges(args: &StatusArgs, selection: &Selection) -> bool {
    args.columns.is_empty()
        || shows_any(args, &JUDGED)
        || selection.needs_judgement()
        || args.format != StatusFormat::Table
        || args.check
        || args.sort == Some(SortBy::Verdict)
}

struct Look<'a> {
    args: &'a StatusArgs,
    selection: Selection,
    judges: bool,
    judging: LazyJudge,
    found: Vec<ListedSet>,
    all: Vec<SetInfo>,
    /// Of the users and groups of all sets.
    names: AccountNames,
    blocks: BlockFindings,
    /// What could not be looked at, as sentences.
    unseen: BTreeSet<String>,
}

impl Look<'_> {
    /// Looks at the sets of the namespace that this thread is in. Commands for another
    /// one than this process's name the process that is `inside`.
    fn here(&mut self, namespace: Option<&str>, inside: Option<Pid>) -> Result<LimitsReport> {
        let rows = all_sets()?;
        let limits = LimitsReport::of(self.limits(), Usage::of(&rows));
        let asked: Vec<_> = rows.iter().filter(|row| self.selection.matches(row)).collect();
        let first = self.found.len();
        for row in asked {
            // None if it has vanished in the meantime.
            let judgement =
                match self.judges.then(|| judge::judge_listed(self.judging.latest(), *row)) {
                    Some(None) => continue,
                    judged => judged.flatten(),
                };
            if judgement
                .as_ref()
                .is_none_or(|judgement| self.selection.matches_judgement(judgement))
            {
                let namespace = namespace.map(Into::into);
                self.found.push(ListedSet {
                    namespace,
                    row: *row,
                    judgement: judgement.map(Box::new),
                });
            }
        }
        self.all.extend(rows);
        self.look_up_names();
        self.look_into_blocks(first, inside);
        Ok(limits)
    }

    /// The limits here; None, with a note, if they cannot be read.
    fn limits(&mut self) -> Option<Limits> {
        let unread = |error| format!("the limits on semaphores cannot be read: {error}");
        sysv::limits().map_err(|error| self.unseen.insert(unread(error))).ok()
    }

    fn look_up_names(&mut self) {
        let (uids, gids) = account_ids(&self.all);
        let shows_groups = self.args.format == StatusFormat::Json
            || shows_any(self.args, &[SetColumn::Group, SetColumn::Cgroup]);
        self.names = AccountNames::of(&uids, if shows_groups { &gids } else { &[] });
    }

    /// Looks into the blocks among the sets from `first` on, by one survey.
    fn look_into_blocks(&mut self, first: usize, inside: Option<Pid>) {
        let found = self.found[first..].iter();
        let judged = found.filter_map(|found| Some((&found.row, found.judgement.as_ref()?)));
        let readable = judged.filter_map(|(row, judgement)| match judgement.refused {
            Some(error) => {
                self.blocks.gaps.unread.push((*row, error));
                None
            }
            None => may_be_block(row).then_some(row),
        });
        let readable: Vec<_> = readable.collect();
        if readable.is_empty() {
            return;
        }
        let shared = Survey::of(self.judging.latest().processes());
        let scope = Scope { long_wait: self.args.waiting, inside };
        for row in readable {
            self.blocks.look_into(row, &shared, &self.names, scope);
        }
    }

    /// Looks into every other namespace that a process is seen in. A thread of its own
    /// does that: a process that may enter a namespace may not always leave it.
    fn elsewhere(&mut self, here: Option<&str>, own: LimitsReport) -> Result<Vec<NamespaceReport>> {
        let look = || {
            let mut found = Vec::new();
            let incomplete = self.judging.latest().processes().incomplete.as_ref();
            let others = incomplete.map(|why| format!("there may be other IPC namespaces: {why}"));
            self.unseen.extend(others);
            for (name, pid, command) in namespaces(self.judging.latest().processes()) {
                let is_here = here == Some(name.as_str());
                let limits = if is_here { Some(own) } else { self.inside(pid, &name)? };
                found.push(NamespaceReport { ipc_namespace: name, pid, command, limits });
            }
            Ok(found)
        };
        thread::scope(|scope| {
            let looked = thread::Builder::new().spawn_scoped(scope, look).map_err(|error| {
                Failure::io("start a thread to enter other namespaces with", &error)
            })?;
            looked.join().expect("a panic ends the process")
        })
    }

    /// None if the namespace cannot be entered or has vanished.
    fn inside(&mut self, pid: Pid, name: &str) -> Result<Option<LimitsReport>> {
        let entered = Namespace::of_process(pid.raw()).and_then(|namespace| namespace.enter());
        // Another process may have the pid by now.
        if entered.is_err() || sysv::ipc_namespace().as_deref() != Some(name) {
            return Ok(None);
        }
        self.judging.moved();
        self.here(Some(name), Some(pid)).map(Some)
    }

    fn report(
        mut self,
        limits: LimitsReport,
        here: Option<&str>,
        namespaces: Option<Vec<NamespaceReport>>,
    ) -> Result<(SetsReport, Gaps)> {
        sort(&mut self.found, self.args.sort.unwrap_or(SortBy::Semid));
        // A table of chosen columns stands alone.
        let is_table = self.args.format == StatusFormat::Table;
        let (summary, owners) = if self.args.columns.is_empty() || !is_table {
            let owners = summary::owners(&self.all, &self.names, limits);
            (summary::of_sets(&self.found, &self.names), owners)
        } else {
            Default::default()
        };
        let BlockFindings { mut findings, mut gaps, .. } = self.blocks;
        let sets = RequestedSets::new(self.args, &self.found, &self.names)?;
        let processes = self.judges.then(|| self.judging.latest().processes());
        findings.extend(sets.findings(processes, limits, here, namespaces.as_deref()));
        let findings = findings::shown(findings);
        let notes: Vec<_> = self.unseen.into_iter().chain(notes(&mut self.found)).collect();
        let sets = self.found.into_iter().map(|found| set(found, &self.names)).collect::<Vec<_>>();
        gaps.add_verdicts(&sets);
        gaps.add_missing(self.args, &self.all);
        gaps.unknown.extend(notes.iter().cloned());
        let (schema, time) = (1, Timestamp::now());
        let report =
            SetsReport { schema, time, limits, summary, sets, owners, namespaces, notes, findings };
        Ok((report, gaps))
    }
}

/// The IPC namespaces that processes are seen in, each with the first of them.
pub(in crate::cmd) fn namespaces(processes: &Processes) -> Vec<(String, Pid, Option<Text>)> {
    let mut found = BTreeMap::new();
    for process in processes.all().filter(|process| !process.ended) {
        for &inode in process.namespaces.as_ref().ok().into_iter().flatten() {
            found.entry(inode).or_insert(process);
        }
    }
    let report = |(inode, process): (u64, &Process)| {
        (format!("ipc:[{inode}]"), process.pid, process.command().clone().ok())
    };
    found.into_iter().map(report).collect()
}

fn sort(found: &mut [ListedSet], by: SortBy) {
    let place =
        |found: &ListedSet| match found.judgement.as_ref().map(|judgement| judgement.verdict) {
            Some(Verdict::Orphaned) => 0,
            Some(Verdict::Unknown) | None => 1,
            Some(Verdict::Idle) => 2,
            Some(Verdict::InUse) => 3,
        };
    match by {
        SortBy::Semid => found.sort_by_key(|found| found.row.semid),
        SortBy::Key => found.sort_by_key(|found| found.row.key.raw()),
        SortBy::Nsems => found.sort_by_key(|found| Reverse(found.row.nsems)),
        SortBy::Uid => found.sort_by_key(|found| found.row.permissions.uid),
        SortBy::Otime => found.sort_by_key(|found| Reverse(found.row.otime)),
        SortBy::Ctime => found.sort_by_key(|found| Reverse(found.row.ctime)),
        SortBy::Verdict => found.sort_by_key(place),
    }
    found.sort_by(|one, other| one.namespace.cmp(&other.namespace));
}

/// Says once what is to be done on the host, instead of once for each set.
fn notes(found: &mut [ListedSet]) -> Option<String> {
    let evidence =
        found.iter_mut().filter_map(|found| Some(&mut found.judgement.as_mut()?.evidence));
    let outside =
        evidence.filter(|evidence| evidence.last().is_some_and(|last| last == ON_THE_HOST));
    let sets = outside.map(|evidence| drop(evidence.pop())).count();
    (sets > 0).then(|| {
        format!(
            "processes that cannot be seen from inside this container may use {sets} of these sets; see them {ON_THE_HOST}"
        )
    })
}

fn set(found: ListedSet, names: &AccountNames) -> SetReport {
    let ListedSet { namespace, row, judgement } = found;
    let (ipc_namespace, set) = (namespace, SetHeader::of(&row, names));
    match judgement.map(|judgement| *judgement) {
        Some(Judgement { verdict, evidence, kept_by, waiting, sempid, program, .. }) => {
            SetReport { ipc_namespace, set, sempid, program, waiting, verdict, evidence, kept_by }
        }
        None => SetReport {
            ipc_namespace,
            set,
            sempid: None,
            program: None,
            waiting: None,
            verdict: Verdict::Unknown,
            evidence: Vec::new(),
            kept_by: Vec::new(),
        },
    }
}
