//! The question before several sets are removed.

use std::fmt::Write;
use std::io::{self, BufRead, IsTerminal};

use anyhow::Result;

use super::next_steps::again;
use crate::cli::RemoveArgs;
use crate::failure::{self, Failure, Fix};
use crate::view::{
    RemoveAction, RemoveGroup, RemoveReport, RenderOptions, write_groups, write_steps,
};
use crate::words::counted;

/// Fails if there is no terminal to ask on.
pub(super) fn need_terminal(args: &RemoveArgs) -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Failure::wrong("ask whether to remove several sets: there is no terminal")
        .cause("several sets are removed only with --yes, or after a question on the terminal")
        .fix(Fix::from(again(args).arg("--dry-run")).note("shows which they are"))
        .fix(Fix::from(again(args).arg("--yes"))))
}

/// Shows the plan and asks; shows each set and asks again, if that is the answer.
pub(super) fn agrees(
    plan: &RemoveReport,
    groups: &[RemoveGroup],
    options: &RenderOptions,
) -> Result<bool> {
    let mut shown = in_groups(groups, options)?;
    let sets = counted(plan.removed.len(), "set");
    loop {
        failure::ask(&format!("{shown}remove {sets}? [y/N/list] "))?;
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        if read.map_err(|error| Failure::io("read the answer", &error))? == 0 {
            failure::show("\n");
        }
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "l" | "list" => shown = each(plan),
            _ => return Ok(false),
        }
    }
}

/// A line for each group of sets, and what to do about those that are kept.
fn in_groups(groups: &[RemoveGroup], options: &RenderOptions) -> io::Result<String> {
    let mut shown = Vec::new();
    write_groups(groups, &mut shown, options)?;
    write_steps(groups, &mut shown, options)?;
    Ok(String::from_utf8_lossy(&shown).into_owned())
}

/// A line for each set.
fn each(plan: &RemoveReport) -> String {
    let removed = plan.removed.iter().map(|set| (RemoveAction::Remove, set));
    let kept = plan.kept.iter().map(|set| (RemoveAction::Keep, set));
    removed.chain(kept).fold(String::new(), |mut lines, (action, set)| {
        // A String takes whatever is written to it.
        let _ = writeln!(lines, "{} {set}", action.verb(false));
        lines
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::made::assert_renders;

    #[test]
    fn the_plan_that_is_asked_about_has_no_control_character() {
        assert_renders("the plan of a removal", |maker, options, out| {
            let plan = maker.removal();
            let mut groups = plan.groups();
            for group in &mut groups {
                group.fix = maker.strings();
            }
            out.extend(in_groups(&groups, options)?.bytes());
            out.extend(each(&plan).bytes());
            Ok(())
        });
    }
}
