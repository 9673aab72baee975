//! What is shown of the sets that were found.

use std::mem;

use jiff::Timestamp;

use super::Look;
use crate::cli::{SortBy, StatusFormat};
use crate::cmd::status::findings::{self, ListedSet, RequestedSets};
use crate::cmd::status::gaps::Gaps;
use crate::cmd::status::summary;
use crate::judge::{ON_THE_HOST, Verdict};
use crate::view::{
    LimitsReport, NamespaceReport, OwnerReport, SetHeader, SetReport, SetsOverview, SetsReport,
};

impl Look<'_> {
    /// The report on sets that are all judged.
    pub(super) fn report(
        mut self,
        limits: LimitsReport,
        here: Option<&str>,
        namespaces: Option<Vec<NamespaceReport>>,
    ) -> (SetsReport, Gaps) {
        if self.order() == SortBy::Verdict {
            self.found.sort_by_key(place);
        }
        self.found.sort_by(|one, other| one.namespace.cmp(&other.namespace));
        self.blocks.gaps.add_missing(self.args, &self.all);
        let owners = self.owners(limits);
        let mut found = mem::take(&mut self.found);
        let sets = found.iter_mut().map(|found| self.shown(found)).collect();
        self.found = found;
        let overview = self.overview(limits, here, namespaces, owners);
        let (schema, time) = (1, Timestamp::now());
        (SetsReport { schema, time, limits, sets, overview }, self.blocks.gaps)
    }

    /// What is shown of a set. Its evidence is needed for nothing else.
    pub(super) fn shown(&mut self, found: &mut ListedSet) -> SetReport {
        let set = SetHeader::of(&found.row, &self.names);
        let judgement = found.judgement.as_deref_mut();
        let mut evidence =
            judgement.map(|judgement| mem::take(&mut judgement.evidence)).unwrap_or_default();
        // It is said once, instead of once for each set.
        if evidence.pop_if(|last| last == ON_THE_HOST).is_some() {
            self.used_outside += 1;
        }
        let judgement = found.judgement.as_deref();
        let report = SetReport {
            ipc_namespace: found.namespace.clone(),
            set,
            sempid: judgement.and_then(|judgement| judgement.sempid),
            program: judgement.and_then(|judgement| judgement.program.clone()),
            waiting: judgement.and_then(|judgement| judgement.waiting),
            verdict: judgement.map_or(Verdict::Unknown, |judgement| judgement.verdict),
            evidence,
            kept_by: judgement.map(|judgement| judgement.kept_by.clone()).unwrap_or_default(),
        };
        self.blocks.gaps.add_verdict(&report);
        report
    }

    pub(super) fn owners(&self, limits: LimitsReport) -> Vec<OwnerReport> {
        if self.stands_alone() {
            return Vec::new();
        }
        summary::owners(&self.all, &self.names, limits)
    }

    /// Whether it is a table of chosen columns, which has nothing else beside it.
    fn stands_alone(&self) -> bool {
        self.args.format == StatusFormat::Table && !self.args.columns.is_empty()
    }

    /// What follows from all the sets, once each is judged and shown.
    pub(super) fn overview(
        &mut self,
        limits: LimitsReport,
        here: Option<&str>,
        namespaces: Option<Vec<NamespaceReport>>,
        owners: Vec<OwnerReport>,
    ) -> SetsOverview {
        let summary = if self.stands_alone() {
            Vec::new()
        } else {
            summary::of_sets(&self.found, &self.names)
        };
        let sets = RequestedSets::new(self.args, &self.found, &self.names, self.application);
        let processes = self.judges.then(|| self.judging.latest().processes());
        let mut findings = mem::take(&mut self.blocks.findings);
        findings.extend(sets.findings(processes, limits, here, namespaces.as_deref()));
        let unseen = mem::take(&mut self.unseen).into_iter();
        let notes: Vec<_> = unseen.chain(note_on_host(self.used_outside)).collect();
        self.blocks.gaps.unknown.extend(notes.iter().cloned());
        SetsOverview { summary, owners, namespaces, notes, findings: findings::shown(findings) }
    }
}

/// The place of a set that is sorted by its verdict.
fn place(found: &ListedSet) -> u8 {
    match found.judgement.as_ref().map(|judgement| judgement.verdict) {
        Some(Verdict::Orphaned) => 0,
        Some(Verdict::Unknown) | None => 1,
        Some(Verdict::Idle) => 2,
        Some(Verdict::InUse) => 3,
    }
}

fn note_on_host(sets: usize) -> Option<String> {
    (sets > 0).then(|| {
        format!(
            "processes that cannot be seen from inside this container may use {sets} of these sets; see them {ON_THE_HOST}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_processes_outside_may_use_are_counted() {
        assert_eq!(note_on_host(0), None);
        let note = note_on_host(1).unwrap();
        assert!(note.contains(" may use 1 of these sets; see them "), "{note}");
    }
}
