//! Arguments that clap learns about late.

use std::ffi::OsString;

use clap::{ArgMatches, Args, FromArgMatches};

use super::help;

/// The arguments of a subcommand, described to clap only if it is the one that runs:
/// describing those of all subcommands takes longer than a lock.
#[derive(Debug)]
pub struct Deferred<T> {
    /// The arguments of this subcommand.
    pub args: T,
    /// The IPC namespace to work in, an option of every subcommand.
    pub ipc_namespace: Option<OsString>,
}

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.defer(|command| described(command, T::augment_args))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command.defer(|command| described(command, T::augment_args_for_update))
    }
}

/// Adds arguments to a subcommand, which keeps its summary.
fn described(command: clap::Command, add: fn(clap::Command) -> clap::Command) -> clap::Command {
    let summary = command.get_about().cloned().unwrap_or_default();
    help::complete(add(command), &summary)
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let ipc_namespace = matches.get_one("ipc_namespace").cloned();
        Ok(Self { args: T::from_arg_matches(matches)?, ipc_namespace })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.args.update_from_arg_matches(matches)
    }
}
