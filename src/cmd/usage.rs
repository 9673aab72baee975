//! Command lines that are right word by word, and mean something else than what is
//! likely meant.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::{CommandFactory, FromArgMatches};

use super::screen;
use crate::cli::{Cli, Command, LockArgs};
use crate::failure::{self, Failure, quoted, typed};

/// What `Cli::try_parse_from` does, but leaves clap's memory to the end of the
/// process, which is near: freeing it is an eighth of what parsing costs.
pub(super) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut definition = ManuallyDrop::new(Cli::command().term_width(screen::help_width()));
    let matches = definition.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut ManuallyDrop::new(matches))
        .map_err(|error| error.format(&mut definition))
}

/// The command line, if it can be meant as it is.
pub(super) fn checked(
    parsed: Result<Cli, clap::Error>,
    arguments: &[OsString],
) -> Result<Cli, Failure> {
    let cli = parsed.map_err(|mistake| failure::usage(&mistake, arguments, &accepts))?;
    match &cli.command {
        Command::Lock(args) => match Doubt::of(&args.args, arguments) {
            Some(doubt) => Err(doubt.explain(&args.args, arguments)),
            None => Ok(cli),
        },
        _ => Ok(cli),
    }
}

/// Whether a line would be taken. Help is an answer, too.
fn accepts(arguments: &[OsString]) -> Result<(), Option<clap::Error>> {
    match parse(arguments) {
        Ok(Cli { command: Command::Lock(args), .. }) => {
            Doubt::of(&args.args, arguments).map_or(Ok(()), |_| Err(None))
        }
        Err(mistake) if mistake.use_stderr() => Err(Some(mistake)),
        _ => Ok(()),
    }
}

/// What is doubtful in a `lock` without COMMAND.
enum Doubt {
    /// Nothing follows `--`: a variable may be empty.
    NoCommand,
    /// Further words, which flock(1) would take for COMMAND.
    Words(Vec<OsString>),
}

impl Doubt {
    fn of(args: &LockArgs, arguments: &[OsString]) -> Option<Self> {
        if !args.command.is_empty() {
            return None;
        }
        if ends_with_dashes(arguments) {
            return Some(Self::NoCommand);
        }
        // None of these could have a COMMAND.
        let is_kept_elsewhere = args.persist || args.for_process.is_some();
        let further = further(args, arguments);
        (!is_kept_elsewhere && !further.is_empty()).then(|| Self::Words(further.to_vec()))
    }

    fn explain(&self, args: &LockArgs, arguments: &[OsString]) -> Failure {
        let failure = match self {
            Self::NoCommand => no_command(arguments),
            Self::Words(words) => not_run(args, words, arguments),
        };
        failure.see("semlock lock --help")
    }
}

fn no_command(arguments: &[OsString]) -> Failure {
    let without = &arguments[..arguments.len() - 1];
    let fix = accepts(without).is_ok().then(|| typed(without).note("if no COMMAND is meant"));
    Failure::wrong("lock: there is no COMMAND after --").all_fixes(fix)
}

fn not_run(args: &LockArgs, further: &[OsString], arguments: &[OsString]) -> Failure {
    let first = further[0].to_string_lossy();
    let what = format!("lock: {} would be locked as a session, not run", quoted(&first));
    let command = failure::with_command(arguments, &accepts);
    let command = command.map(|line| typed(&line).note("runs it while the lock is held"));
    let sessions = with_sessions(args, further, arguments);
    let sessions = sessions.map(|line| typed(&line).note("locks it as well"));
    Failure::wrong(what).all_fixes(command.into_iter().chain(sessions))
}

/// Whether the last word is the one before COMMAND, not the value of an option.
fn ends_with_dashes(arguments: &[OsString]) -> bool {
    matches!(arguments, [.., before, last] if last == "--" && before != "--session")
}

/// The sessions that are not named first, or by an option.
fn further<'a>(args: &'a LockArgs, arguments: &[OsString]) -> &'a [OsString] {
    let sessions = &args.which.sessions;
    let Some(first) = sessions.first() else { return &[] };
    let names = |word: &OsString| {
        let word = word.as_encoded_bytes();
        word.starts_with(b"--session") || word.starts_with(b"--slot")
    };
    let is_named_before = arguments.iter().take_while(|word| *word != first).any(names);
    &sessions[usize::from(!is_named_before)..]
}

/// The line with an option for each of the `further` sessions.
fn with_sessions(
    args: &LockArgs,
    further: &[OsString],
    arguments: &[OsString],
) -> Option<Vec<OsString>> {
    let mut words: Vec<_> = arguments.to_vec();
    let mut place = arguments.len();
    for session in further.iter().rev() {
        place = words[..place].iter().rposition(|word| word == session)?;
        words[place] = failure::by_option(session);
    }
    let meant = parse(&words).ok()?;
    let Command::Lock(meant) = meant.command else { return None };
    let named = |args: &LockArgs| args.which.sessions.len() + args.which.dashed.len();
    (accepts(&words).is_ok() && named(&meant.args) == named(args)).then_some(words)
}
