//! Sets that are selected: the plan, the question, and what was done.

use std::io;

use anyhow::Result;

use super::question;
use super::request::Request;
use super::run::{Run, outlive_the_reader};
use crate::cli::RemoveArgs;
use crate::cmd::shared::{Name, render_options};
use crate::exit::Exit;
use crate::sysv::SetInfo;

/// Removes every set that is selected, after a question unless that is not wanted.
pub(super) fn run(args: &RemoveArgs) -> Result<Exit> {
    if !args.yes && !args.dry_run {
        return asked(args);
    }
    let mut request = Request::new(args)?;
    let sets = request.selected()?;
    request.dry = args.dry_run;
    removed(&request, &sets)?.conclude(None)
}

/// Shows the plan and asks. A plan that removes nothing is the answer itself.
fn asked(args: &RemoveArgs) -> Result<Exit> {
    question::need_terminal(args)?;
    let mut request = Request::new(args)?;
    let sets = request.selected()?;
    let mut plan = Run::silent(&request);
    plan.over(&unnamed(&sets));
    if plan.report.removed.is_empty() {
        plan.report.dry_run = false;
        return plan.conclude(None);
    }
    let groups = plan.groups();
    if !question::agrees(&plan.report, &groups, &render_options(&io::stderr()))? {
        return Ok(Exit::No);
    }
    let plan = plan.into_plan();
    // The answer was about these sets: those that are no longer selected stay.
    let mut sets = request.selected()?;
    sets.retain(|set| plan.removed.contains(&set.semid));
    request.dry = false;
    removed(&request, &sets)?.conclude(Some(plan))
}

fn removed<'a>(request: &'a Request<'a>, sets: &[SetInfo]) -> Result<Run<'a>> {
    outlive_the_reader()?;
    let mut run = Run::new(request, false);
    run.over(&unnamed(sets));
    Ok(run)
}

fn unnamed(sets: &[SetInfo]) -> Vec<(SetInfo, Option<Name>)> {
    sets.iter().map(|&set| (set, None)).collect()
}
