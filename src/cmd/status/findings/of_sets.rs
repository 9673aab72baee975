//! What is wrong among all sets: sets that are in the way, and limits that are nearly
//! reached.

mod limit;

use std::collections::BTreeMap;

use super::Finding;
use super::limit_usage::usage;
use super::listed_set::ListedSet;
use super::removal::Removal;
use crate::cli::StatusArgs;
use crate::judge::{Judgement, Verdict};
use crate::session::may_be_block;
use crate::system::accounts::AccountNames;
use crate::system::{Pid, Processes, Text};
use crate::sysv::{Key, Uid, Usage};
use crate::view::{FindingKind, LimitsReport, NamespaceReport};
use crate::words::{counted, named};

/// A process that keeps fewer sets is no finding: it may need the one.
const MIN_KEPT_SETS: usize = 2;

/// A set that more processes keep is no finding.
const MAX_KEEPERS: usize = 50;

/// The sets that were asked for.
pub(in crate::cmd::status) struct RequestedSets<'a> {
    args: &'a StatusArgs,
    found: &'a [ListedSet],
    names: &'a AccountNames,
    /// The key of the application's block, which `remove --orphaned` never removes.
    application: Key,
}

/// The limits of an IPC namespace.
struct NamespaceLimits<'a> {
    /// Its name, if there are several.
    name: Option<&'a str>,
    limits: LimitsReport,
    /// A process in it, unless it is this process's own namespace.
    inside: Option<Pid>,
}

impl NamespaceLimits<'_> {
    fn has(&self, found: &ListedSet) -> bool {
        self.name.is_none_or(|name| found.namespace.as_deref() == Some(name))
    }
}

/// Sets that can be removed, and the finding about them with the command for it.
struct Removable<'a> {
    finding: Finding,
    sets: Vec<&'a ListedSet>,
}

impl<'a> RequestedSets<'a> {
    pub(crate) fn new(
        args: &'a StatusArgs,
        found: &'a [ListedSet],
        names: &'a AccountNames,
        application: Key,
    ) -> Self {
        Self { args, found, names, application }
    }

    /// `processes` are those by which the sets were judged.
    pub(crate) fn findings(
        &self,
        processes: Option<&Processes>,
        limits: LimitsReport,
        here: Option<&str>,
        namespaces: Option<&[NamespaceReport]>,
    ) -> Vec<Finding> {
        let namespaces = limits_by_namespace(limits, here, namespaces);
        namespaces.iter().flat_map(|namespace| self.findings_in(namespace, processes)).collect()
    }

    fn findings_in(
        &self,
        namespace: &NamespaceLimits<'_>,
        processes: Option<&Processes>,
    ) -> Vec<Finding> {
        let here: Vec<_> = self.found.iter().filter(|found| namespace.has(found)).collect();
        let removal = Removal { args: self.args, names: self.names, inside: namespace.inside };
        let orphaned = self.orphaned(&here, namespace, removal);
        let kept = processes.map_or(Vec::new(), |processes| self.kept(&here, processes, removal));
        let limit = self.limit(namespace, &orphaned, &kept, removal);
        let removable = orphaned.into_iter().chain(kept).map(|removable| removable.finding);
        limit.into_iter().chain(removable).collect()
    }

    /// By owner: one command removes the sets of an owner, and no others.
    fn orphaned(
        &self,
        here: &[&'a ListedSet],
        namespace: &NamespaceLimits<'_>,
        removal: Removal<'_>,
    ) -> Vec<Removable<'a>> {
        let mut owners: BTreeMap<Uid, Vec<&ListedSet>> = BTreeMap::new();
        for &found in here.iter().filter(|found| self.is_orphaned(found)) {
            owners.entry(found.row.permissions.uid).or_default().push(found);
        }
        let removable = |(uid, sets): (Uid, Vec<&'a ListedSet>)| {
            let programs = programs(&sets);
            let only = match programs.keys().collect::<Vec<_>>()[..] {
                [Some(program)] => Some(program),
                _ => None,
            };
            let fix = removal.orphaned(&sets, Some(uid), only.copied());
            let subject = format!(
                "{} {} orphaned: no living process could still use {}; {}",
                self.sets_of(&sets, uid, only.copied()),
                if sets.len() == 1 { "is" } else { "are" },
                them(&sets),
                freed(&sets, namespace.limits)
            );
            let details = if programs.len() > 1 { by_program(&programs) } else { Vec::new() };
            let finding = Finding::new(FindingKind::Orphaned, subject);
            Removable { finding: finding.details(details).fixes(fix), sets }
        };
        owners.into_iter().map(removable).collect()
    }

    fn is_orphaned(&self, found: &ListedSet) -> bool {
        let is = |judgement: &Judgement| judgement.verdict == Verdict::Orphaned;
        found.judgement.as_deref().is_some_and(is) && found.row.key != self.application
    }

    /// By the processes that keep the sets, and by owner.
    fn kept(
        &self,
        here: &[&'a ListedSet],
        processes: &Processes,
        removal: Removal<'_>,
    ) -> Vec<Removable<'a>> {
        let mut keepers: BTreeMap<(&[Pid], Uid), Vec<&ListedSet>> = BTreeMap::new();
        for &found in here {
            if let Some(kept_by) = keepers_of(found) {
                keepers.entry((kept_by, found.row.permissions.uid)).or_default().push(found);
            }
        }
        keepers.retain(|_, sets| sets.len() >= MIN_KEPT_SETS);
        let removable = |((keepers, uid), sets): ((&'a [Pid], Uid), Vec<&'a ListedSet>)| {
            let (who, why) = kept_by(keepers, processes);
            let semaphores = counted(usage(&sets).semaphores, "semaphore");
            let sets_of = self.sets_of(&sets, uid, None);
            let subject = format!("only {who} {sets_of}, with {semaphores}: {why}");
            let fix = removal.kept_by(keepers, &sets, uid);
            let finding = Finding::new(FindingKind::KeptByOne, subject);
            Removable { finding: finding.fixes(fix), sets }
        };
        keepers.into_iter().map(removable).collect()
    }

    /// "8 sets of alice (1000), of the program perl"
    fn sets_of(&self, sets: &[&ListedSet], uid: Uid, program: Option<&Text>) -> String {
        let number = counted(usage(sets).sets, "set");
        let owner = named(self.names.user(uid), uid);
        let program = program.map_or_else(String::new, |program| format!(" ({program})"));
        format!("{number} of {owner}{program}")
    }
}

/// The namespaces that were looked into, with their limits.
fn limits_by_namespace<'a>(
    limits: LimitsReport,
    here: Option<&'a str>,
    namespaces: Option<&'a [NamespaceReport]>,
) -> Vec<NamespaceLimits<'a>> {
    let Some(namespaces) = namespaces else {
        return vec![NamespaceLimits { name: None, limits, inside: None }];
    };
    let namespace = |namespace: &'a NamespaceReport| {
        let name = namespace.ipc_namespace.as_str();
        let inside = (Some(name) != here).then_some(namespace.pid);
        Some(NamespaceLimits { name: Some(name), limits: namespace.limits?, inside })
    };
    namespaces.iter().filter_map(namespace).collect()
}

/// The processes that keep a set but may have nothing to do with it: others have used it.
/// Not for a block, where its locks decide.
fn keepers_of(found: &ListedSet) -> Option<&[Pid]> {
    let judgement = found.judgement.as_ref().filter(|judgement| judgement.may_be_ignored)?;
    let was_used = found.row.otime.is_some() || judgement.sempid.is_some();
    let is_said = (1..=MAX_KEEPERS).contains(&judgement.kept_by.len());
    (was_used && is_said && !may_be_block(&found.row)).then_some(&judgement.kept_by)
}

/// "process 3 (php) keeps", and why that is in doubt.
fn kept_by(keepers: &[Pid], processes: &Processes) -> (String, &'static str) {
    let name = |&pid: &Pid| match processes.get(pid) {
        Some(process) => format!("{pid} ({})", process.name),
        None => pid.to_string(),
    };
    let names: Vec<_> = keepers.iter().map(name).collect();
    match &names[..] {
        [one] => {
            (format!("process {one} keeps"), "it could use them, but was not the last to do so")
        }
        _ => (
            format!("processes {} keep", names.join(", ")),
            "they could use them, but none is known to call semop(2)",
        ),
    }
}

fn programs<'a>(sets: &[&'a ListedSet]) -> BTreeMap<Option<&'a Text>, Vec<&'a ListedSet>> {
    let mut programs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for &found in sets {
        let program = found.judgement.as_ref().and_then(|judgement| judgement.program.as_ref());
        programs.entry(program).or_default().push(found);
    }
    programs
}

fn by_program(programs: &BTreeMap<Option<&Text>, Vec<&ListedSet>>) -> Vec<String> {
    let line = |(program, sets): (Option<&Text>, &Vec<&ListedSet>)| {
        let Usage { sets, semaphores } = usage(sets);
        let program = program.map_or_else(|| "unknown programs".into(), ToString::to_string);
        format!("{program}: {}, {}", counted(sets, "set"), counted(semaphores, "semaphore"))
    };
    programs.iter().map(|(&program, sets)| line((program, sets))).collect()
}

fn them(sets: &[&ListedSet]) -> &'static str {
    if sets.len() == 1 { "it" } else { "them" }
}

/// How much of the limits their removal frees.
fn freed(sets: &[&ListedSet], limits: LimitsReport) -> String {
    let Usage { sets: number, semaphores } = usage(sets);
    let of = |limit: Option<u32>| limit.map_or_else(String::new, |limit| format!(" of {limit}"));
    format!(
        "removing {} frees {number}{} sets (SEMMNI) and {semaphores}{} semaphores (SEMMNS)",
        them(sets),
        of(limits.semmni),
        of(limits.semmns)
    )
}
