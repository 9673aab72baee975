//! Command lines that are wrong, or mean something else than what is likely meant.

mod doubt;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::mem::ManuallyDrop;

use clap::error::ErrorKind;
use clap::{Arg, CommandFactory, FromArgMatches};

use self::doubt::Doubt;
use crate::cli::{Cli, Command};
use crate::failure::{self, Definition, Failure};
use crate::system;

/// The width of help where neither the terminal nor the environment has one.
const USUAL_WIDTH: usize = 80;

/// Longer lines are hard to read.
const MAX_WIDTH: usize = 100;

/// What `Cli::try_parse_from` does, but leaves clap's memory to the end of the
/// process, which is near: freeing it is an eighth of what parsing costs.
pub(super) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut definition = ManuallyDrop::new(Cli::command().term_width(help_width()));
    let matches = definition.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut ManuallyDrop::new(matches))
        .map_err(|error| error.format(&mut definition))
}

/// The command line, if it can be meant as it is.
pub(super) fn checked(
    parsed: Result<Cli, clap::Error>,
    arguments: &[OsString],
) -> Result<Cli, Failure> {
    let cli = parsed.map_err(|mistake| failure::usage(&mistake, arguments, &Semlock))?;
    match &cli.command {
        Command::Lock(args) => match Doubt::of(&args.args, arguments) {
            Some(doubt) => Err(doubt.explain(&args.args, arguments)),
            None => Ok(cli),
        },
        _ => Ok(cli),
    }
}

/// Whether the help that is asked for is most likely COMMAND's, which would not run.
pub(super) fn is_help_of_command(answer: &clap::Error, arguments: &[OsString]) -> bool {
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
struct Semlock;

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

/// The width of help: that of the terminal, else of `$COLUMNS`.
fn help_width() -> usize {
    let columns = || env::var("COLUMNS").ok()?.parse().ok().filter(|&columns| columns > 0);
    let width = system::stdout_width().map(usize::from);
    width.or_else(columns).unwrap_or(USUAL_WIDTH).min(MAX_WIDTH)
}

/// Prints help or the version, coloured if that is fit and wanted.
pub(super) fn print_help(answer: &clap::Error) -> io::Result<()> {
    let (text, mut out) = (answer.render(), io::stdout());
    let coloured = failure::is_coloured(&out);
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    out.write_all(text.as_bytes())?;
    out.flush()
}
