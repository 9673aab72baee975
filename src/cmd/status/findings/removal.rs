//! The commands that remove sets which are in the way: exactly those that a finding is
//! about.

use super::super::listed_set::ListedSet;
use crate::cli::StatusArgs;
use crate::failure::{self, Fix, ShellCommand};
use crate::system::accounts::Names;
use crate::system::{Pid, Text};
use crate::sysv::Uid;

/// Where the sets are, and which of all sets were asked for.
#[derive(Clone, Copy)]
pub(super) struct Removal<'a> {
    pub args: &'a StatusArgs,
    pub names: &'a Names,
    /// A process of their namespace, where that is another one.
    pub inside: Option<Pid>,
}

/// A command line with more ids is none that anybody types.
const MAX_NAMED: usize = 20;

impl Removal<'_> {
    /// Removes `sets`, which are all that are orphaned of those that were asked for, or
    /// all of one owner, or of one owner and program.
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

    /// The same of what these processes keep, and with it what none keeps.
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
        let besides = "what else it removes is shown before it asks";
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
            return (sets.len() <= MAX_NAMED).then(|| remove.args(named()));
        }
        let remove = remove.arg("--orphaned");
        let remove = match owner {
            Some(uid) => remove.option("--owner", self.account(uid)),
            None => remove,
        };
        match program {
            Some(name) => self.selected(remove).option("--program", plain(name)?),
            None => self.selected_with_program(remove),
        }
        .into()
    }

    /// Whether the sets were named one by one.
    fn names_sets(&self) -> bool {
        !self.args.key.is_empty() || !self.args.id.is_empty()
    }

    fn selected(&self, mut remove: ShellCommand) -> ShellCommand {
        let many = &self.args.many;
        if let Some(creator) = &many.creator {
            remove = remove.option("--creator", creator);
        }
        if let Some(nsems) = many.nsems {
            remove = remove.option("--nsems", nsems);
        }
        if let Some(idle) = self.args.idle {
            remove = remove.arg("--idle").arg(format!("{}s", idle.as_secs_f64()));
        }
        if many.private { remove.arg("--private") } else { remove }
    }

    fn selected_with_program(&self, remove: ShellCommand) -> ShellCommand {
        match &self.args.many.program {
            Some(program) => self.selected(remove).option("--program", program),
            None => self.selected(remove),
        }
    }

    /// A user as `--owner` takes one: the name, if it is one that nobody reads for a
    /// number.
    fn account(&self, uid: Uid) -> String {
        let name = self.names.user(uid).and_then(plain);
        let name = name.filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
        name.unwrap_or_else(|| uid.to_string())
    }
}

/// A name that is the same when it is read.
fn plain(name: &Text) -> Option<String> {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'\\';
    name.as_bytes().iter().all(is_plain).then(|| name.to_string())
}
