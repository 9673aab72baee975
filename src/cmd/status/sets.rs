//! Looks at every set for `semlock status --all`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::findings::{self, BlockFindings};
use super::unseen::Unseen;
use crate::cli::{SortBy, StatusArgs, StatusFormat};
use crate::cmd::select::{Selection, account_ids, all_sets, signed};
use crate::failure::Failure;
use crate::judge::{self, Judgement, Judging, Verdict};
use crate::system::accounts::Names;
use crate::system::{Pid, Process, Processes, Text};
use crate::sysv::{self, Namespace, SetInfo, Usage};
use crate::view::{
    LimitsReport, NamespaceReport, OwnerReport, SetColumn, SetHeader, SetReport, SetsReport,
};

/// How many of the owners that have most are named.
const OWNERS: usize = 5;

/// What can be seen of every set, and what could not be looked at.
pub(super) fn look(args: &StatusArgs) -> Result<(SetsReport, Unseen)> {
    let mut look = Look {
        selection: Selection::shown(args)?,
        verdicts: args.verdict.clone(),
        judges: judges(args),
        judging: Judging::new(&[], args.idle.map(signed)),
        long: args.waiting,
        found: Vec::new(),
        all: Vec::new(),
        blocks: BlockFindings::default(),
    };
    let here = names_namespace(args).then(sysv::ipc_namespace).flatten();
    let limits = look.here(here.as_deref())?;
    let elsewhere = || look.elsewhere(here.as_deref(), limits);
    let namespaces = args.all_namespaces.then(elsewhere).transpose()?;
    Ok(look.report(args, limits, namespaces))
}

/// Whether it is told of each set in which namespace it is.
fn names_namespace(args: &StatusArgs) -> bool {
    args.all_namespaces
        || args.columns.iter().any(|column| column == SetColumn::IpcNamespace.name())
}

/// Whether anything depends on what is thought of the sets. To think of them
/// takes longer than to list them.
fn judges(args: &StatusArgs) -> bool {
    let columns = &args.columns;
    let shown = [SetColumn::Waiting, SetColumn::Verdict, SetColumn::Evidence].map(SetColumn::name);
    columns.is_empty()
        || columns.iter().any(|column| shown.contains(&column.as_str()))
        || args.format != StatusFormat::Table
        || args.check
        || args.sort == Some(SortBy::Verdict)
        || !args.verdict.is_empty()
}

/// The limits of this namespace, of which `rows` are all sets.
pub(super) fn limits(rows: &[SetInfo]) -> LimitsReport {
    let limits = sysv::limits().ok();
    let Usage { sets, semaphores } = Usage::of(rows);
    LimitsReport {
        semmni: limits.map(|limits| limits.semmni),
        semmns: limits.map(|limits| limits.semmns),
        semmsl: limits.map(|limits| limits.semmsl),
        semopm: limits.map(|limits| limits.semopm),
        sets_used: sets,
        semaphores_used: semaphores,
    }
}

struct Found {
    namespace: Option<String>,
    row: SetInfo,
    /// None where nothing is asked that depends on it.
    judgement: Option<Judgement>,
}

struct Look {
    selection: Selection,
    verdicts: Vec<Verdict>,
    judges: bool,
    judging: Judging,
    /// Waits for locks are wrong that are at least so long.
    long: Duration,
    found: Vec<Found>,
    all: Vec<SetInfo>,
    blocks: BlockFindings,
}

impl Look {
    /// Looks at the sets of the namespace that this thread is in.
    fn here(&mut self, namespace: Option<&str>) -> Result<LimitsReport> {
        let rows = all_sets()?;
        for row in rows.iter().filter(|row| self.selection.matches(row)) {
            // One that has vanished since is none any more.
            let judgement = match self.judges.then(|| judge::judge(self.judging.judge(), *row)) {
                Some(None) => continue,
                judged => judged.flatten(),
            };
            let verdict =
                judgement.as_ref().map_or(Verdict::Unknown, |judgement| judgement.verdict);
            if self.verdicts.is_empty() || self.verdicts.contains(&verdict) {
                self.blocks.look_into(row, judgement.as_ref(), self.long);
                self.found.push(Found {
                    namespace: namespace.map(Into::into),
                    row: *row,
                    judgement,
                });
            }
        }
        let limits = limits(&rows);
        self.all.extend(rows);
        Ok(limits)
    }

    /// Looks into every other namespace that a process is seen in. A thread does
    /// that, which need not return: who may enter one may not always leave it.
    fn elsewhere(&mut self, here: Option<&str>, own: LimitsReport) -> Result<Vec<NamespaceReport>> {
        let look = || {
            let mut found = Vec::new();
            for (name, pid, command) in namespaces(self.judging.judge().processes()) {
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

    /// None if the namespace may not be entered, or is gone.
    fn inside(&mut self, pid: Pid, name: &str) -> Result<Option<LimitsReport>> {
        if Namespace::of_process(pid.raw()).and_then(|namespace| namespace.enter()).is_err() {
            return Ok(None);
        }
        self.judging.moved();
        self.here(Some(name)).map(Some)
    }

    fn report(
        mut self,
        args: &StatusArgs,
        limits: LimitsReport,
        namespaces: Option<Vec<NamespaceReport>>,
    ) -> (SetsReport, Unseen) {
        sort(&mut self.found, args.sort.unwrap_or(SortBy::Semid));
        let (uids, gids) = account_ids(&self.all);
        let gids = if args.format == StatusFormat::Json { &gids[..] } else { &[] };
        let names = Names::of(&uids, gids);
        let BlockFindings { mut findings, mut unseen } = self.blocks;
        let sets: Vec<_> = self.found.into_iter().map(|found| set(found, &names)).collect();
        unseen.add_verdicts(&sets);
        findings.extend(findings::of_sets(&sets, &limits, namespaces.as_deref(), args.limit_warn));
        findings.sort_by_key(|finding| finding.kind);
        let owners = owners(&self.all, &names, limits);
        let time = Timestamp::now();
        (SetsReport { schema: 1, time, limits, sets, owners, namespaces, findings }, unseen)
    }
}

/// The IPC namespaces that processes are seen in, each with the first of them.
fn namespaces(processes: &Processes) -> Vec<(String, Pid, Option<Text>)> {
    let mut found = BTreeMap::new();
    for process in processes.all().filter(|process| !process.ended) {
        for &inode in process.namespaces.as_ref().shown().into_iter().flatten() {
            found.entry(inode).or_insert(process);
        }
    }
    let report = |(inode, process): (u64, &Process)| {
        (format!("ipc:[{inode}]"), process.pid, process.command().clone().shown())
    };
    found.into_iter().map(report).collect()
}

fn sort(found: &mut [Found], by: SortBy) {
    let place = |found: &Found| match found.judgement.as_ref().map(|judgement| judgement.verdict) {
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

/// Who has most of what there is least of.
fn owners(rows: &[SetInfo], names: &Names, limits: LimitsReport) -> Vec<OwnerReport> {
    let mut usage: BTreeMap<u32, Vec<&SetInfo>> = BTreeMap::new();
    for row in rows {
        usage.entry(row.permissions.uid).or_default().push(row);
    }
    let mut owners: Vec<_> = usage
        .into_iter()
        .map(|(uid, rows)| {
            let Usage { sets, semaphores } = Usage::of(rows);
            OwnerReport { uid, user: names.user(uid).cloned(), sets, semaphores }
        })
        .collect();
    let share = |used: u32, limit: Option<u32>| {
        u64::from(used) * 1000 / u64::from(limit.unwrap_or(1).max(1))
    };
    let sets_bind =
        share(limits.sets_used, limits.semmni) >= share(limits.semaphores_used, limits.semmns);
    owners.sort_by_key(|owner| {
        Reverse(if sets_bind {
            (owner.sets, owner.semaphores)
        } else {
            (owner.semaphores, owner.sets)
        })
    });
    owners.truncate(OWNERS);
    owners
}

fn set(found: Found, names: &Names) -> SetReport {
    let Found { namespace, row, judgement } = found;
    let verdict = judgement.as_ref().map_or(Verdict::Unknown, |judgement| judgement.verdict);
    SetReport {
        ipc_namespace: namespace,
        set: SetHeader::of(&row, names),
        waiting: judgement.as_ref().and_then(|judgement| judgement.waiting),
        verdict,
        kept_by: judgement.as_ref().map_or(Vec::new(), |judgement| judgement.kept_by.clone()),
        evidence: judgement.map(|judgement| judgement.evidence).unwrap_or_default(),
    }
}
