//! The commands that remove the sets that a finding is about, and no others.

use super::listed_set::ListedSet;
use crate::cli::{Many, StatusArgs};
use crate::cmd::shared::{selection_options, typed_name, typed_name_not_a_number};
use crate::failure::{self, Fix, ShellCommand};
use crate::system::accounts::AccountNames;
use crate::system::{Pid, Text};
use crate::sysv::Uid;

/// Which sets were asked for, and where they are.
#[derive(Clone, Copy)]
pub(super) struct Removal<'a> {
    pub args: &'a StatusArgs,
    pub names: &'a AccountNames,
    /// A process in their IPC namespace, unless that is this process's own.
    pub inside: Option<Pid>,
}

/// The most ids that a command line names: more would be unreadable.
const MAX_IDS: usize = 20;

impl Removal<'_> {
    /// Removes the orphaned `sets`: all that were asked for, or all of an owner, or all of
    /// an owner and a program.
    pub(super) fn orphaned(
        &self,
        sets: &[&ListedSet],
        owner: Option<Uid>,
        program: Option<&Text>,
    ) -> Option<Fix> {
        let command = self.command(sets, owner, program)?;
        Some(failure::as_root_unless_removable(
            sets.iter().map(|found| &found.row),
            Fix::from(command),
        ))
    }

    /// Removes the sets that these processes keep, and those that none keeps.
    pub(super) fn kept_by(&self, keepers: &[Pid], sets: &[&ListedSet], owner: Uid) -> Option<Fix> {
        let command = self.command(sets, Some(owner), None)?;
        let ignored = keepers.iter().flat_map(|pid| ["--ignore".into(), pid.to_string()]);
        let command = command.args(ignored);
        let note = match keepers {
            [pid] => format!("if process {pid} has nothing to do with them"),
            _ => "if none of these processes has anything to do with them".into(),
        };
        let rows = sets.iter().map(|found| &found.row);
        let fix = Fix::from(command).note(note);
        let besides = "it shows what else it removes before it asks";
        let fix = if self.names_sets() { fix } else { fix.note(besides) };
        Some(failure::as_root_unless_removable(rows, fix))
    }

    fn command(
        &self,
        sets: &[&ListedSet],
        owner: Option<Uid>,
        program: Option<&Text>,
    ) -> Option<ShellCommand> {
        let remove = ShellCommand::semlock_in(self.inside, "remove");
        if self.names_sets() {
            let ids = || sets.iter().map(|found| found.row.semid.to_string());
            let named = || ids().flat_map(|semid| ["--id".into(), semid]);
            return (sets.len() <= MAX_IDS).then(|| remove.args(named()));
        }
        let program = match program {
            Some(name) => Some(typed_name(name)?),
            None => self.args.many.program.clone(),
        };
        let owner = owner.map(|uid| self.account(uid));
        let many = Many { orphaned: true, owner, program, ..self.args.many.clone() };
        Some(remove.args(selection_options(&many, self.args.idle)))
    }

    /// Whether the sets were named one by one.
    fn names_sets(&self) -> bool {
        !self.args.key.is_empty() || !self.args.id.is_empty()
    }

    /// A user as `--owner` takes one: by name, or else by number.
    fn account(&self, uid: Uid) -> String {
        let name = self.names.user(uid).and_then(typed_name_not_a_number);
        name.unwrap_or_else(|| uid.to_string())
    }
}
