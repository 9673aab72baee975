//! The question before several sets are removed.

use std::io::{self, BufRead, IsTerminal};

use anyhow::Result;

use crate::failure::{self, Failure};
use crate::view::RemoveReport;
use crate::words::counted;

/// Fails where there is no terminal to ask on.
pub(super) fn somebody_is_there() -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Failure::wrong("ask whether to remove several sets: there is no terminal")
        .cause("several sets are removed only with --yes, or after a question on the terminal"))
}

/// Shows the plan and asks. A plan that removes nothing needs no answer.
pub(super) fn agrees(plan: &RemoveReport) -> Result<bool> {
    let removed = plan.removed.iter().map(|set| format!("remove {set}\n"));
    let kept = plan.kept.iter().map(|set| format!("keep {set}\n"));
    let notes = plan.notes.iter().map(|note| format!("note: {note}\n"));
    let shown: String = removed.chain(kept).chain(notes).collect();
    if plan.removed.is_empty() {
        failure::show(&shown);
        return Ok(true);
    }
    let number = u32::try_from(plan.removed.len()).unwrap_or(u32::MAX);
    failure::show(&format!("{shown}remove {}? [y/N] ", counted(number, "set")));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
