//! What is said of several findings: a problem, and a command, only once.

use std::collections::BTreeSet;

use crate::view::Finding;

/// Leaves a command to the first of the findings that it fixes: it is to be run once.
pub(in crate::cmd::status) fn offer_each_fix_once(findings: &mut [Finding]) {
    let mut said = BTreeSet::new();
    for Finding { details, fix, .. } in findings {
        let before = fix.len();
        fix.retain(|fix| said.insert(command(fix).to_owned()));
        if fix.len() < before {
            details.push("what fixes the above fixes this, too".into());
        }
    }
}

/// A fix without its notes.
fn command(fix: &str) -> &str {
    fix.split_once("  # ").map_or(fix, |(command, _)| command)
}
