//! What `status` is asked to look at.

use anyhow::Result;

use super::gaps::Gaps;
use super::output::Report;
use super::session_names::SessionNameFile;
use super::{all_sets, any_set, block};
use crate::cli::{ChosenColumn, StatusArgs};
use crate::cmd::shared::Name;
use crate::cmd::shared::selection::require_list;
use crate::failure::Failure;
use crate::view::{SetColumn, SlotColumn};

/// What to look at, once or again and again.
pub(super) struct Query<'a> {
    pub args: &'a StatusArgs,
    names: Option<SessionNameFile>,
}

impl<'a> Query<'a> {
    pub(super) fn new(args: &'a StatusArgs) -> Result<Self, Failure> {
        if is_of_sets(args) && args.asks_for_sessions() {
            let what = if args.names.is_some() { "use --sessions" } else { "show sessions" };
            let why = "sessions have slots in a block";
            return Err(Failure::wrong(format!("{what} with a list of sets: {why}")));
        }
        if is_of_sets(args) && args.watch.is_some() {
            require_list()?;
        }
        Ok(Self { args, names: args.names.as_deref().map(SessionNameFile::at) })
    }

    /// Whether the answer is a list of sets that can be written as they are judged.
    pub(super) fn is_streamed(&self) -> bool {
        is_of_sets(self.args) && all_sets::is_streamed(self.args)
    }

    /// What is seen now, and what cannot be seen.
    pub(super) fn look(&mut self) -> Result<(Report, Gaps)> {
        if is_of_sets(self.args) {
            let (report, gaps) = all_sets::look(self.args)?;
            return Ok((Report::Sets(Box::new(report)), gaps));
        }
        let name = Name::of(&self.args.target())?;
        if let Some(other) = any_set::other_set(self.args, name) {
            let (report, gaps) = any_set::look(self.args, other)?;
            return Ok((Report::Set(Box::new(report)), gaps));
        }
        let (mut report, gaps) = block::look(self.args, name)?;
        if let Some(names) = &mut self.names {
            names.add_to(&mut report)?;
        }
        Ok((Report::Block(Box::new(report)), gaps))
    }
}

fn is_of_sets(args: &StatusArgs) -> bool {
    let picked = !args.many.is_empty()
        || args.idle.is_some()
        || !args.verdict.is_empty()
        || args.sort.is_some();
    args.all || args.all_namespaces || picked || args.key.len() + args.id.len() > 1
}

/// Fails for a column that the table does not have.
pub(super) fn know_columns(args: &StatusArgs) -> Result<(), Failure> {
    let lacking = |has: fn(&ChosenColumn) -> bool| args.columns.iter().find(|column| !has(column));
    let (missing, known) = if is_of_sets(args) {
        (lacking(|column| column.set.is_some()), SetColumn::ALL.map(SetColumn::name).join(", "))
    } else {
        // The error is about slots, unless the table of semaphores has all columns.
        let semaphores = lacking(|column| column.semaphore.is_some());
        let slots = lacking(|column| column.slot.is_some()).filter(|_| semaphores.is_some());
        (slots, SlotColumn::ALL.map(SlotColumn::name).join(", "))
    };
    match missing {
        None => Ok(()),
        Some(ChosenColumn { name, .. }) => {
            Err(Failure::wrong(format!("show a column {name:?}: the table has {known}")))
        }
    }
}
