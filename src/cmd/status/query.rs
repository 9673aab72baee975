//! What `status` is asked to look at.

use anyhow::Result;

use super::gaps::Gaps;
use super::output::Report;
use super::session_names::SessionNameFile;
use super::{all_sets, any_set, block};
use crate::cli::StatusArgs;
use crate::cmd::shared::Name;
use crate::failure::Failure;
use crate::view::{SemaphoreColumn, SetColumn, SlotColumn};

/// What to look at, once or again and again.
pub(super) struct Query<'a> {
    pub args: &'a StatusArgs,
    names: Option<SessionNameFile>,
}

impl<'a> Query<'a> {
    pub(super) fn new(args: &'a StatusArgs) -> Result<Self, Failure> {
        if args.names.is_some() && is_of_sets(args) {
            return Err(Failure::wrong(
                "use --sessions with a list of sets: sessions have slots in a block",
            ));
        }
        Ok(Self { args, names: args.names.as_deref().map(SessionNameFile::at) })
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
    let sets = SetColumn::ALL.map(SetColumn::name);
    let slots = SlotColumn::ALL.map(SlotColumn::name);
    let semaphores = SemaphoreColumn::ALL.map(SemaphoreColumn::name);
    let tables = if is_of_sets(args) { vec![&sets[..]] } else { vec![&slots[..], &semaphores[..]] };
    let lacks = |table: &[&str]| {
        args.columns.iter().find(|column| !table.contains(&column.as_str())).cloned()
    };
    // The error is about the first table, unless another one has all columns.
    let missing = lacks(tables[0]).filter(|_| !tables.iter().any(|table| lacks(table).is_none()));
    match missing {
        None => Ok(()),
        Some(other) => {
            let known = tables[0].join(", ");
            Err(Failure::wrong(format!("show a column {other:?}: the table has {known}")))
        }
    }
}
