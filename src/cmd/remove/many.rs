//! Sets that are selected: the plan, the question, and what was done.

use std::io;

use anyhow::Result;
use jiff::Timestamp;

use super::pass::Pass;
use super::{Run, ask};
use crate::cli::RemoveArgs;
use crate::cmd::{Name, screen};
use crate::exit::Exit;
use crate::failure;
use crate::system;
use crate::sysv::SetInfo;
use crate::view::RenderOptions;

/// Removes every set that is selected, after a question unless that is not wanted.
pub(super) fn run(args: &RemoveArgs) -> Result<Exit> {
    if !args.yes && !args.dry_run {
        return asked(args);
    }
    let mut run = Run::new(args)?;
    let sets = run.selected()?;
    run.dry = args.dry_run;
    removed(&run, &sets)?.conclude(None)
}

/// A plan that removes nothing needs no question: it is what comes of it.
fn asked(args: &RemoveArgs) -> Result<Exit> {
    ask::somebody_is_there(args)?;
    let mut run = Run::new(args)?;
    let sets = run.selected()?;
    let mut plan = Pass::silent(&run);
    plan.over(&unnamed(&sets));
    if plan.report.removed.is_empty() {
        plan.report.dry_run = false;
        return plan.conclude(None);
    }
    let groups = plan.groups();
    if !ask::agrees(&plan.report, &groups, &look(&io::stderr()))? {
        return Ok(Exit::No);
    }
    let plan = plan.into_plan();
    // The answer was to these sets; which of them are still so is seen now.
    let mut sets = run.selected()?;
    sets.retain(|set| plan.removed.contains(&set.semid));
    run.dry = false;
    removed(&run, &sets)?.conclude(Some(plan))
}

fn removed<'a>(run: &'a Run<'a>, sets: &[SetInfo]) -> Result<Pass<'a>> {
    super::outlive_the_reader()?;
    let mut pass = Pass::new(run, false);
    pass.over(&unnamed(sets));
    Ok(pass)
}

fn unnamed(sets: &[SetInfo]) -> Vec<(SetInfo, Option<Name>)> {
    sets.iter().map(|&set| (set, None)).collect()
}

/// How a report looks on this stream.
pub(super) fn look(stream: &(impl io::IsTerminal + std::os::fd::AsFd)) -> RenderOptions {
    RenderOptions {
        width: screen::width_of(stream),
        colour: failure::is_coloured(stream),
        now: Timestamp::now(),
        zone: system::zone(),
        ..RenderOptions::plain()
    }
}
