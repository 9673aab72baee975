//! The command line by clap's definition, without what is likely meant otherwise.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::error::ErrorKind;
use clap::{Arg, CommandFactory, FromArgMatches};

use super::doubt::Doubt;
use super::help::help_width;
use crate::cli::{Cli, Command};
use crate::failure::{self, Definition};

/// What `Cli::try_parse_from` does, but leaves clap's memory to the end of the
/// process, which is near: freeing it is an eighth of what parsing costs.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut definition = ManuallyDrop::new(Cli::command().term_width(help_width()));
    let matches = definition.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut ManuallyDrop::new(matches))
        .map_err(|error| error.format(&mut definition))
}

/// Whether the help that is asked for is most likely COMMAND's, which would not run.
pub(crate) fn is_help_of_command(answer: &clap::Error, arguments: &[OsString]) -> bool {
    if answer.kind() != ErrorKind::DisplayHelp || arguments.iter().any(|word| word == "--") {
        return false;
    }
    let line = without_owner(arguments);
    let meant = failure::with_command(&line, &Semlock).and_then(|line| parse(&line).ok());
    meant.is_some_and(|cli| matches!(cli.command, Command::Lock(_)))
}

/// The line without the options that no COMMAND goes with.
fn without_owner(arguments: &[OsString]) -> Vec<OsString> {
    let is_value = |at: usize| at > 0 && arguments[at - 1] == "--for";
    let is_owner = |word: &OsString| {
        word == "--persist" || word == "--for" || word.as_encoded_bytes().starts_with(b"--for=")
    };
    let kept = arguments.iter().enumerate().filter(|&(at, word)| !is_owner(word) && !is_value(at));
    kept.map(|(_, word)| word.clone()).collect()
}

/// What [`Cli`] defines, without the lines that are in doubt.
pub(super) struct Semlock;

impl Definition for Semlock {
    /// Help is an answer, too.
    fn check(&self, line: &[OsString]) -> Result<(), Option<clap::Error>> {
        match parse(line) {
            Ok(Cli { command: Command::Lock(args), .. }) => {
                Doubt::of(&args.args, line).map_or(Ok(()), |_| Err(None))
            }
            Err(answer) if is_help_of_command(&answer, line) => Err(None),
            Err(mistake) if mistake.use_stderr() => Err(Some(mistake)),
            _ => Ok(()),
        }
    }

    fn subcommands(&self) -> Vec<String> {
        built().get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect()
    }

    fn options(&self, subcommand: &str) -> Vec<String> {
        let semlock = built();
        let of = semlock.find_subcommand(subcommand).unwrap_or(&semlock);
        of.get_arguments().flat_map(names).collect()
    }
}

/// With all that clap adds to it.
fn built() -> clap::Command {
    let mut definition = Cli::command();
    definition.build();
    definition
}

fn names(option: &Arg) -> Vec<String> {
    let aliases = option.get_all_short_aliases().unwrap_or_default();
    let letters = option.get_short().into_iter().chain(aliases);
    let letters = letters.map(|letter| format!("-{letter}"));
    letters.chain(option.get_long().map(|name| format!("--{name}"))).collect()
}
