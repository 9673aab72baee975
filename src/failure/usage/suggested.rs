//! The lines that would have worked.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ErrorKind};

use super::line::{Line, Typed};
use super::said::{text, texts};
use super::{Definition, close, habits, program, subcommands};

/// How many mistakes of one line are corrected.
const ROUNDS: usize = 4;

/// How many words of a line are tried as the beginning of COMMAND.
const TRIED: usize = 50;

/// Options that nobody is to type because another one looks like them.
const RISKY: [&str; 2] = ["--force", "--yes"];

/// `line` without its mistakes; the likeliest first.
pub(super) fn lines(
    mistake: &clap::Error,
    line: &Line,
    definition: &dyn Definition,
) -> Vec<Vec<OsString>> {
    let mut lines = Vec::new();
    for line in corrected(mistake, line, definition, ROUNDS) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// A way to read a line is followed up only if none that is likelier leads anywhere.
fn corrected(
    mistake: &clap::Error,
    line: &Line,
    definition: &dyn Definition,
    rounds: usize,
) -> Vec<Vec<OsString>> {
    let accepted = |words: Vec<OsString>| match definition.check(&words) {
        Ok(()) => vec![words],
        Err(Some(mistake)) if rounds > 1 => {
            corrected(&mistake, &Line::new(&words), definition, rounds - 1)
        }
        Err(Some(_)) => Vec::new(),
        Err(None) => command(&Line::new(&words), definition),
    };
    let readings = readings(mistake, line, definition);
    let mut lines = readings
        .iter()
        .map(|reading| reading(mistake, line, definition).into_iter().flat_map(accepted).collect());
    lines.find(|lines: &Vec<_>| !lines.is_empty()).unwrap_or_default()
}

/// A line with one mistake corrected, in every way that is equally likely.
type Reading = fn(&clap::Error, &Line, &dyn Definition) -> Vec<Vec<OsString>>;

/// What may be meant, the likeliest first.
fn readings(mistake: &clap::Error, line: &Line, definition: &dyn Definition) -> &'static [Reading] {
    match mistake.kind() {
        ErrorKind::UnknownArgument if !command(line, definition).is_empty() => &[of_lock],
        ErrorKind::UnknownArgument if habits::knows(mistake, line) => &[by_habit],
        ErrorKind::UnknownArgument => &[moved, similar_options, as_session, subcommands::lock],
        ErrorKind::InvalidSubcommand if line.subcommand() == Some("help") => &[subcommands::helped],
        ErrorKind::InvalidSubcommand => {
            &[subcommands::by_habit, subcommands::similar, subcommands::lock]
        }
        ErrorKind::InvalidValue => &[by_name, values],
        ErrorKind::ValueValidation => &[by_name],
        ErrorKind::ArgumentConflict | ErrorKind::DisplayHelp => &[of_lock],
        _ => &[],
    }
}

fn by_habit(mistake: &clap::Error, line: &Line, definition: &dyn Definition) -> Vec<Vec<OsString>> {
    habits::corrected(&text(mistake, ContextKind::InvalidArg), line, definition)
}

fn by_name(_: &clap::Error, line: &Line, _: &dyn Definition) -> Vec<Vec<OsString>> {
    habits::named(line).into_iter().collect()
}

/// The option, which stands before the subcommand, behind it.
fn moved(mistake: &clap::Error, line: &Line, definition: &dyn Definition) -> Vec<Vec<OsString>> {
    let at = line.find(&text(mistake, ContextKind::InvalidArg));
    let Some(at) = at.filter(|&at| line.is_before_subcommand(at)) else { return Vec::new() };
    let behind = |end: usize| {
        let mut words = line.words().to_vec();
        words[at..=end].rotate_right(1);
        words
    };
    let ends = (at + 1..line.words().len()).take(2);
    let is_known = |words: &Vec<_>| !matches!(definition.check(words), Err(Some(_)));
    ends.map(behind).find(is_known).into_iter().collect()
}

fn similar_options(
    mistake: &clap::Error,
    line: &Line,
    definition: &dyn Definition,
) -> Vec<Vec<OsString>> {
    let argument = text(mistake, ContextKind::InvalidArg);
    let Some(at) = line.find(&argument).filter(|_| argument.starts_with("--")) else {
        return Vec::new();
    };
    let subcommand = line.subcommand().filter(|_| !line.is_before_subcommand(at));
    let options = definition.options(subcommand.unwrap_or_default());
    let similar = close::to(&argument, &options).into_iter();
    let similar = similar.filter(|similar| !RISKY.contains(&similar.as_str()));
    similar.map(|similar| renamed(at, similar, line)).collect()
}

/// The line with another option in that place, and the value that stands there.
fn renamed(at: usize, option: &str, line: &Line) -> Vec<OsString> {
    let value = Typed::of(&line.words()[at]).value;
    let word = value.map_or_else(|| option.to_owned(), |value| format!("{option}={value}"));
    line.with(at..at + 1, &[word])
}

/// The line with a session id that begins with a dash. A letter alone is none, nor
/// are letters that are all options.
fn as_session(
    mistake: &clap::Error,
    line: &Line,
    definition: &dyn Definition,
) -> Vec<Vec<OsString>> {
    let Some(at) = line.find_short(&text(mistake, ContextKind::InvalidArg)) else {
        return Vec::new();
    };
    let word = &line.words()[at];
    let are_options = habits::are_options(word, line, definition);
    let is_session = word.len() > 2 && !are_options;
    is_session.then(|| line.with(at..at + 1, &[session(word)])).into_iter().collect()
}

/// The option that names a session in any case.
pub(crate) fn session(id: &OsStr) -> OsString {
    [OsStr::new("--session"), id].join(OsStr::new("="))
}

fn values(mistake: &clap::Error, line: &Line, _: &dyn Definition) -> Vec<Vec<OsString>> {
    let value = text(mistake, ContextKind::InvalidValue);
    let with = |similar: &String| {
        let instead = |word: &OsString| {
            let typed = Typed::of(word);
            let name = typed.name;
            match typed.value {
                Some(given) if given == value => Some(format!("{name}={similar}")),
                None if name == value => Some(similar.clone()),
                _ => None,
            }
        };
        let (at, word) =
            line.own().iter().enumerate().find_map(|(at, word)| Some((at, instead(word)?)))?;
        Some(line.with(at..at + 1, &[word]))
    };
    let values = texts(mistake, ContextKind::ValidValue);
    close::to(&value, &values).into_iter().filter_map(with).collect()
}

fn of_lock(_: &clap::Error, line: &Line, definition: &dyn Definition) -> Vec<Vec<OsString>> {
    command(line, definition)
}

/// The line with a COMMAND, if it is one of `lock` and has none.
fn command(line: &Line, definition: &dyn Definition) -> Vec<Vec<OsString>> {
    let is_lock = line.subcommand() == Some("lock") && !line.has_command();
    is_lock.then(|| with_command(line.words(), definition)).flatten().into_iter().collect()
}

/// The line of a `lock` with `--` before the first word that can begin COMMAND, as
/// flock(1) takes it. A word that only a shell understands is given to one.
pub(crate) fn with_command(
    words: &[OsString],
    definition: &dyn Definition,
) -> Option<Vec<OsString>> {
    let begins = |at: &usize| !words[*at].as_encoded_bytes().starts_with(b"-");
    let places = (1..words.len().min(TRIED)).filter(begins);
    let line = Line::new(words);
    let mut lines = places.map(|at| match &words[at..] {
        [alone] if program::is_for_shell(alone) => line.with(at..at, &["--", "sh", "-c"]),
        _ => line.with(at..at, &["--"]),
    });
    lines.find(|line| definition.check(line).is_ok())
}
