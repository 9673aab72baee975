//! A limit that is nearly reached, and what makes room below it.

use super::{NamespaceLimits, Removable, RequestedSets};
use crate::cmd::status::findings::Finding;
use crate::cmd::status::findings::limit_usage::{LimitUsage, usage};
use crate::cmd::status::findings::removal::Removal;
use crate::failure::{Fix, ShellCommand};
use crate::sysv::Usage;
use crate::view::FindingKind;
use crate::words::{counted, named};

impl RequestedSets<'_> {
    /// The limits that are nearly reached; with the removal that frees most if it frees
    /// enough, else with the command that raises them.
    pub(super) fn limit(
        &self,
        namespace: &NamespaceLimits<'_>,
        orphaned: &[Removable<'_>],
        kept: &[Removable<'_>],
        removal: Removal<'_>,
    ) -> Option<Finding> {
        let limit_usage = LimitUsage::of(namespace.limits, self.args.limit_warn);
        let subject = self.within(namespace, limit_usage.subject()?);
        let finding = Finding::new(FindingKind::Limit, subject);
        // A selection of the sets does not show what else could be removed.
        if self.args.selects() {
            let all =
                ShellCommand::semlock_in(namespace.inside, "status").args(["--all", "--check"]);
            return Some(finding.fix(Fix::from(all).note("looks at every set")));
        }
        let freeing = freeing(&limit_usage, orphaned, kept, removal);
        let raising = || match namespace.inside {
            None => limit_usage.raised(),
            Some(_) => Vec::new(),
        };
        let fixes = freeing.map_or_else(raising, |fix| vec![fix]);
        Some(finding.details(self.largest(namespace, &limit_usage)).fixes(fixes))
    }

    fn within(&self, namespace: &NamespaceLimits<'_>, subject: String) -> String {
        match namespace.name.filter(|_| self.args.all_namespaces) {
            Some(name) => format!("{subject}, in {name}"),
            None => subject,
        }
    }

    /// The owner that has most of what is nearly used up, by the sets that were asked for.
    fn largest(&self, namespace: &NamespaceLimits<'_>, limit_usage: &LimitUsage) -> Option<String> {
        let here = self.found.iter().filter(|found| namespace.has(found));
        let owners = Usage::by_owner(here.map(|found| &found.row), limit_usage.resource());
        let (uid, usage) = owners.into_iter().next()?;
        let (sets, semaphores) =
            (counted(usage.sets, "set"), counted(usage.semaphores, "semaphore"));
        Some(format!("{} has the most: {sets} with {semaphores}", named(self.names.user(uid), uid)))
    }
}

/// The removal that frees most, if it frees enough: of one owner's orphaned sets, of all
/// orphaned sets, or of sets that processes keep.
fn freeing(
    limit_usage: &LimitUsage,
    orphaned: &[Removable<'_>],
    kept: &[Removable<'_>],
    removal: Removal<'_>,
) -> Option<Fix> {
    let enough = |one: &&Removable<'_>| {
        !one.finding.fix.is_empty() && limit_usage.is_over_without(&one.sets)
    };
    let most = |one: &&Removable<'_>| usage(&one.sets).rank(limit_usage.resource());
    let best = |of: &[Removable<'_>]| {
        of.iter().filter(enough).max_by_key(most).and_then(|one| one.finding.fix.first().cloned())
    };
    let all: Vec<_> = orphaned.iter().flat_map(|one| one.sets.iter().copied()).collect();
    let all = || {
        let is_enough = orphaned.len() > 1 && limit_usage.is_over_without(&all);
        is_enough.then(|| removal.orphaned(&all, None, None)).flatten()
    };
    best(orphaned).or_else(all).or_else(|| best(kept))
}
