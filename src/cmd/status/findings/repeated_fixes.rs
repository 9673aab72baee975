//! The findings as they are shown: in order of urgency, and each command once.

use super::Finding;
use crate::failure::Fix;
use crate::view;

/// Leaves a command that fixes several findings to the first of them: it is run once.
pub(in crate::cmd::status) fn shown(mut findings: Vec<Finding>) -> Vec<view::Finding> {
    findings.sort_by_key(|finding| finding.kind);
    let mut offered: Vec<Fix> = Vec::new();
    for finding in &mut findings {
        let (repeated, new): (Vec<_>, Vec<_>) = finding
            .fix
            .drain(..)
            .partition(|fix| offered.iter().any(|one| one.does_the_same_as(fix)));
        offered.extend(new.iter().cloned());
        finding.fix = new;
        if !repeated.is_empty() {
            finding.details.push("the fix above also fixes this".into());
        }
    }
    findings.into_iter().map(Finding::shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ShellCommand;
    use crate::view::FindingKind;

    #[test]
    fn a_command_is_offered_for_the_most_urgent_finding_only() {
        let status = || Fix::from(ShellCommand::semlock("status"));
        let remove = || Fix::from(ShellCommand::semlock("remove"));
        let orphaned = Finding::new(FindingKind::Orphaned, "o");
        let findings = shown(vec![
            orphaned.fix(status().note("in other words")).fix(remove()),
            Finding::new(FindingKind::Limit, "l").fix(status()),
        ]);
        let kinds: Vec<_> = findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [FindingKind::Limit, FindingKind::Orphaned]);
        assert_eq!(findings[0].fix, ["semlock status"]);
        assert_eq!(findings[1].fix, ["semlock remove"]);
        assert_eq!(findings[1].details, ["the fix above also fixes this"]);
    }
}
