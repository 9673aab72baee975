//! What is on the line, as clap read it.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Id};

/// The arguments on a line, and their values.
pub(super) struct Given(pub ArgMatches);

impl Given {
    pub(super) fn subcommand(&self) -> Option<&str> {
        self.0.subcommand_name()
    }

    fn matches(&self) -> &ArgMatches {
        self.0.subcommand().map_or(&self.0, |(_, matches)| matches)
    }

    /// The values of an argument of the subcommand.
    pub(super) fn values(&self, argument: &Arg) -> Vec<OsString> {
        self.values_of(argument.get_id().as_str())
    }

    /// The values of the argument with this id; none if the subcommand has no such argument.
    pub(super) fn values_of(&self, id: &str) -> Vec<OsString> {
        raw(self.matches(), id)
    }

    /// `--ipc-namespace`, which may be before the subcommand.
    pub(super) fn ipc_namespace(&self) -> Option<OsString> {
        let id = "ipc_namespace";
        self.values_of(id).pop().or_else(|| raw(&self.0, id).pop())
    }

    /// Whether one of the arguments with these ids is on the line.
    pub(super) fn has_any(&self, ids: &[&str]) -> bool {
        let matches = self.matches();
        let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        matches.ids().map(Id::as_str).any(|id| ids.contains(&id) && is_given(id))
    }

    pub(super) fn has(&self, argument: &Arg) -> bool {
        self.has_any(&[argument.get_id().as_str()])
    }
}

fn raw(matches: &ArgMatches, id: &str) -> Vec<OsString> {
    let values = matches.try_get_raw(id).ok().flatten();
    values.into_iter().flatten().map(Into::into).collect()
}
