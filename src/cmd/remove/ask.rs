//! The question before several sets are removed.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::Result;

use crate::exit::Exit;
use crate::failure::{Failure, reasons};
use crate::report::RemoveReport;
use crate::words::counted;

/// Fails where there is no terminal to ask on.
pub(super) fn somebody_is_there() -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, "ask whether to remove several sets: there is no terminal")
        .reason(&reasons::USAGE)
        .cause("several sets are removed only with --yes, or after a question on the terminal"))
}

/// Shows the plan and asks. A plan that removes nothing needs no answer.
pub(super) fn agrees(plan: &RemoveReport) -> Result<bool> {
    let mut terminal = io::stderr().lock();
    for set in &plan.removed {
        writeln!(terminal, "remove {set}")?;
    }
    for set in &plan.kept {
        writeln!(terminal, "keep {set}")?;
    }
    for note in &plan.notes {
        writeln!(terminal, "note: {note}")?;
    }
    if plan.removed.is_empty() {
        return Ok(true);
    }
    let number = u32::try_from(plan.removed.len()).unwrap_or(u32::MAX);
    write!(terminal, "remove {}? [y/N] ", counted(number, "set"))?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
