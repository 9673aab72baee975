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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_that_is_about_several_sets_means_a_list() {
        for (line, is_of_sets) in [
            ("", false),
            ("a b", false),
            ("--key 5", false),
            ("--id 5", false),
            ("--key 5 --id 5", true),
            ("--key 5 --key 6", true),
            ("--all", true),
            ("--all-namespaces", true),
            ("--owner root", true),
            ("--idle 5s", true),
            ("--verdict idle", true),
            ("--sort key", true),
            ("--check", false),
        ] {
            assert_eq!(super::is_of_sets(&StatusArgs::of(line)), is_of_sets, "{line}");
        }
    }

    #[test]
    fn a_column_must_be_one_of_the_table() {
        let unknown = |line| {
            know_columns(&StatusArgs::of(line)).err().map(|error| error.headline().to_owned())
        };
        for line in ["--columns slot,state", "--columns semnum,semval", "--all --columns key,semid"]
        {
            assert_eq!(unknown(line), None, "{line}");
        }
        let sets = SetColumn::ALL.map(SetColumn::name).join(", ");
        let expected = format!("show a column \"slot\": the table has {sets}");
        assert_eq!(unknown("--all --columns key,slot"), Some(expected));
        let slots = SlotColumn::ALL.map(SlotColumn::name).join(", ");
        let expected = format!("show a column \"semnum\": the table has {slots}");
        assert_eq!(unknown("--columns slot,semnum"), Some(expected));
        assert!(unknown("--columns key").is_some());
    }

    #[test]
    fn sessions_have_no_slots_in_a_list_of_sets() {
        let refused =
            |line| Query::new(&StatusArgs::of(line)).err().map(|error| error.headline().to_owned());
        let why = "with a list of sets: sessions have slots in a block";
        assert_eq!(refused("--all --sessions x"), Some(format!("use --sessions {why}")));
        assert_eq!(refused("--key 5 --key 6 a"), Some(format!("show sessions {why}")));
        assert_eq!(refused("--all"), None);
        assert_eq!(refused("a --sessions x"), None);
        assert_eq!(refused("--all --watch"), None);
    }
}
