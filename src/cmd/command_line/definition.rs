//! What the definition of the command line accepts. No line is offered unless it does.

use std::ffi::OsString;
// A fuzzer parses millions of lines in one process.
#[cfg(fuzzing)]
use std::boxed::Box as AtTheEnd;
#[cfg(not(fuzzing))]
use std::mem::ManuallyDrop as AtTheEnd;

use clap::error::ErrorKind;
use clap::{Arg, CommandFactory, FromArgMatches};

use super::doubt::Doubt;
use super::help::help_width;
use super::line::{CommandLine, Line};
use super::shell_words::is_shell_line;
use crate::cli::{Cli, Command};

/// How many words of a line are tried as the beginning of COMMAND.
const MAX_STARTS: usize = 50;

/// Why a line is not accepted.
pub(super) enum Rejected {
    /// Clap does not understand it.
    Mistake(clap::Error),
    /// Clap understands it, but something else is likely meant.
    Doubtful,
}

/// What `Cli::try_parse_from` does, but leaves clap's memory to the end of the
/// process, which is near: freeing it is an eighth of what parsing costs.
pub(in crate::cmd) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut definition = AtTheEnd::new(Cli::command().term_width(help_width()));
    let matches = definition.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut AtTheEnd::new(matches))
        .map_err(|error| error.format(&mut definition))
}

/// Whether a line can be meant as it is. One that asks for help can.
pub(super) fn check(line: &[OsString]) -> Result<(), Rejected> {
    match parse(line) {
        Ok(Cli { command: Command::Lock(args), .. }) => {
            Doubt::of(&args.args, line).map_or(Ok(()), |_| Err(Rejected::Doubtful))
        }
        Err(answer) if is_help_of_command(&answer, line) => Err(Rejected::Doubtful),
        Err(mistake) if mistake.use_stderr() => Err(Rejected::Mistake(mistake)),
        _ => Ok(()),
    }
}

pub(super) fn accepts(line: &[OsString]) -> bool {
    check(line).is_ok()
}

/// The names of the subcommands.
pub(super) fn subcommands() -> Vec<String> {
    built().get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect()
}

/// The options of a subcommand, or of semlock itself, as `-s` and `--shared`.
pub(super) fn options(subcommand: &str) -> Vec<String> {
    let semlock = built();
    let of = semlock.find_subcommand(subcommand).unwrap_or(&semlock);
    of.get_arguments().flat_map(names).collect()
}

/// With everything that clap adds.
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

/// The line of a `lock` with `--` before the first word that can begin COMMAND, as
/// flock(1) takes it. A word that only a shell understands is passed to one.
pub(super) fn with_command(words: &[OsString]) -> Option<CommandLine> {
    let may_begin = |at: &usize| !words[*at].as_encoded_bytes().starts_with(b"-");
    let places = (1..words.len().min(MAX_STARTS)).filter(may_begin);
    let line = Line::new(words);
    let mut lines = places.map(|at| match &words[at..] {
        [alone] if is_shell_line(alone) => line.with(at..at, &["--", "sh", "-c"]),
        _ => line.with(at..at, &["--"]),
    });
    lines.find(|line| accepts(line))
}

/// Whether the requested help is most likely COMMAND's, which would not run.
pub(in crate::cmd) fn is_help_of_command(answer: &clap::Error, arguments: &[OsString]) -> bool {
    if answer.kind() != ErrorKind::DisplayHelp || arguments.iter().any(|word| word == "--") {
        return false;
    }
    let line = without_owner(arguments);
    let meant = with_command(&line).and_then(|line| parse(&line).ok());
    meant.is_some_and(|cli| matches!(cli.command, Command::Lock(_)))
}

/// The line without the options that cannot be used with a COMMAND.
fn without_owner(arguments: &[OsString]) -> CommandLine {
    let is_value = |at: usize| at > 0 && arguments[at - 1] == "--for";
    let is_owner = |word: &OsString| {
        word == "--persist" || word == "--for" || word.as_encoded_bytes().starts_with(b"--for=")
    };
    let kept = arguments.iter().enumerate().filter(|&(at, word)| !is_owner(word) && !is_value(at));
    kept.map(|(_, word)| word.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dashes_go_before_the_first_word_that_can_begin_a_command() {
        for (line, expected) in [
            ("lock a ./job -v", Some("lock a -- ./job -v")),
            ("lock -w 5 a ./job", Some("lock -w 5 a -- ./job")),
            ("lock --all ./job", Some("lock --all -- ./job")),
            ("lock --foo a ./job", None),
            ("lock a", None),
        ] {
            let line: Vec<_> = format!("semlock {line}").split(' ').map(Into::into).collect();
            let expected = expected
                .map(|line| format!("semlock {line}").split(' ').map(OsString::from).collect());
            assert_eq!(with_command(&line), expected);
        }
    }
}
