//! Arguments that are described to clap late.

use clap::{ArgMatches, Args, FromArgMatches};

/// A subcommand's arguments, described to clap only once that subcommand is the
/// one: describing all of them costs more than taking a lock.
#[derive(Debug)]
pub struct Deferred<T>(pub T);

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.defer(|command| described(command, T::augment_args))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command.defer(|command| described(command, T::augment_args_for_update))
    }
}

/// Adds arguments to a subcommand, which keeps the description that it has.
fn described(command: clap::Command, add: fn(clap::Command) -> clap::Command) -> clap::Command {
    let (short, long) = (command.get_about().cloned(), command.get_long_about().cloned());
    let command = add(command).about(short.unwrap_or_default());
    match long {
        Some(long) => command.long_about(long),
        None => command,
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}
