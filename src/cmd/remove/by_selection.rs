//! Sets that are selected: the plan, the question, and what was done.

use std::io;

use anyhow::Result;

use super::conclusion::{self, conclude_selected};
use super::question;
use super::removals::{Removals, outlive_the_reader};
use super::request::RemoveRequest;
use crate::cli::RemoveArgs;
use crate::cmd::shared::{Name, render_options};
use crate::exit::Exit;
use crate::sysv::SetInfo;

/// Removes every set that is selected, after a question unless that is not wanted.
pub(super) fn run(args: &RemoveArgs) -> Result<Exit> {
    if !args.yes && !args.dry_run {
        return asked(args);
    }
    let mut request = RemoveRequest::new(args)?;
    let sets = request.selected()?;
    request.dry_run = args.dry_run;
    conclude_selected(removed(&request, &sets)?, None)
}

/// Shows the plan and asks. A plan that removes nothing is the answer itself.
fn asked(args: &RemoveArgs) -> Result<Exit> {
    let mut request = RemoveRequest::new(args)?;
    let sets = request.selected()?;
    question::need_terminal(args)?;
    let mut plan = Removals::silent(&request);
    plan.go_through(&unnamed(&sets));
    if plan.report.removed.is_empty() {
        plan.report.dry_run = false;
        return conclude_selected(plan, None);
    }
    let groups = conclusion::groups(&mut plan);
    if !question::agrees(&plan.report, &groups, &render_options(&io::stderr()))? {
        return Ok(Exit::No);
    }
    let plan = conclusion::plan(plan);
    // The answer was about these sets: those that are no longer selected stay.
    let mut sets = request.selected()?;
    sets.retain(|set| plan.removed.contains(&set.semid));
    request.dry_run = false;
    conclude_selected(removed(&request, &sets)?, Some(plan))
}

fn removed<'a>(request: &'a RemoveRequest<'a>, sets: &[SetInfo]) -> Result<Removals<'a>> {
    outlive_the_reader()?;
    let mut removals = Removals::new(request, false);
    removals.go_through(&unnamed(sets));
    Ok(removals)
}

fn unnamed(sets: &[SetInfo]) -> Vec<(SetInfo, Option<Name>)> {
    sets.iter().map(|&set| (set, None)).collect()
}
