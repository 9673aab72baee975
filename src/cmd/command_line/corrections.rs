//! The lines that would have worked.

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};

use super::definition::{self, Rejected, with_command};
use super::describe::{text, texts};
use super::line::{CommandLine, Line, Typed};
use super::similar::similar;
use super::{habits, subcommands};
use crate::cmd::shared::session_option;

/// How many mistakes in one line are corrected.
const MAX_ROUNDS: usize = 4;

/// Options that are never offered only because they look similar.
const RISKY: [&str; 2] = ["--force", "--yes"];

/// `line` without its mistakes; the likeliest first.
pub(super) fn lines(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
    let mut lines = Vec::new();
    for line in corrected(mistake, line, MAX_ROUNDS) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Tries the likeliest correction first, and the next only if it leads nowhere.
fn corrected(mistake: &clap::Error, line: &Line, rounds: usize) -> Vec<CommandLine> {
    let accepted = |words: Vec<OsString>| match definition::check(&words) {
        Ok(()) => vec![words],
        Err(Rejected::Mistake(mistake)) if rounds > 1 => {
            corrected(&mistake, &Line::new(&words), rounds - 1)
        }
        Err(Rejected::Mistake(_)) => Vec::new(),
        Err(Rejected::Doubtful) => command(&Line::new(&words)),
    };
    let corrections = corrections(mistake, line);
    let mut lines = corrections
        .iter()
        .map(|correct| correct(mistake, line).into_iter().flat_map(accepted).collect());
    lines.find(|lines: &Vec<_>| !lines.is_empty()).unwrap_or_default()
}

/// A line with one mistake corrected, in every way that is equally likely.
type Correction = fn(&clap::Error, &Line) -> Vec<CommandLine>;

/// The corrections to try, the likeliest first.
fn corrections(mistake: &clap::Error, line: &Line) -> &'static [Correction] {
    match mistake.kind() {
        ErrorKind::UnknownArgument if !command(line).is_empty() => &[of_lock],
        ErrorKind::UnknownArgument if habits::knows(mistake, line) => &[by_habit],
        ErrorKind::UnknownArgument => &[moved, similar_options, as_session, subcommands::lock],
        ErrorKind::InvalidSubcommand if line.subcommand() == Some("help") => &[subcommands::helped],
        ErrorKind::InvalidSubcommand => {
            &[subcommands::by_habit, subcommands::similarly_named, subcommands::lock]
        }
        ErrorKind::InvalidValue => &[by_name, values],
        ErrorKind::ValueValidation => &[by_name],
        ErrorKind::ArgumentConflict | ErrorKind::DisplayHelp => &[of_lock],
        _ => &[],
    }
}

fn by_habit(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
    habits::corrected(&text(mistake, ContextKind::InvalidArg), line)
}

fn by_name(_: &clap::Error, line: &Line) -> Vec<CommandLine> {
    habits::named(line).into_iter().collect()
}

/// The line with the option moved from before the subcommand to after it.
fn moved(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
    let at = line.find(&text(mistake, ContextKind::InvalidArg));
    let Some(at) = at.filter(|&at| line.is_before_subcommand(at)) else { return Vec::new() };
    let behind = |end: usize| {
        let mut words = line.words().to_vec();
        words[at..=end].rotate_right(1);
        words
    };
    let ends = (at + 1..line.words().len()).take(2);
    let is_known = |words: &Vec<_>| !matches!(definition::check(words), Err(Rejected::Mistake(_)));
    ends.map(behind).find(is_known).into_iter().collect()
}

fn similar_options(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
    let argument = text(mistake, ContextKind::InvalidArg);
    let Some(at) = line.find(&argument).filter(|_| argument.starts_with("--")) else {
        return Vec::new();
    };
    let subcommand = line.subcommand().filter(|_| !line.is_before_subcommand(at));
    let options = definition::options(subcommand.unwrap_or_default());
    let similar = similar(&argument, &options).into_iter();
    let similar = similar.filter(|similar| !RISKY.contains(&similar.as_str()));
    similar.map(|similar| renamed(at, similar, line)).collect()
}

/// The line with another option at this place, and the same value.
fn renamed(at: usize, option: &str, line: &Line) -> CommandLine {
    let value = Typed::of(&line.words()[at]).value;
    let word = value.map_or_else(|| option.to_owned(), |value| format!("{option}={value}"));
    line.with(at..at + 1, &[word])
}

/// The line with the word as a session id that begins with a dash. A single letter is
/// not one, and neither are letters that are all options.
fn as_session(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
    let Some(at) = line.find_short(&text(mistake, ContextKind::InvalidArg)) else {
        return Vec::new();
    };
    let word = &line.words()[at];
    let are_options = habits::are_options(word, line);
    let is_session = word.len() > 2 && !are_options;
    is_session.then(|| line.with(at..at + 1, &[session_option(word)])).into_iter().collect()
}

fn values(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
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
    similar(&value, &values).into_iter().filter_map(with).collect()
}

fn of_lock(_: &clap::Error, line: &Line) -> Vec<CommandLine> {
    command(line)
}

/// The line with `--` before its COMMAND, if it is a `lock` without `--`.
fn command(line: &Line) -> Vec<CommandLine> {
    let is_lock = line.subcommand() == Some("lock") && !line.has_command();
    is_lock.then(|| with_command(line.words())).flatten().into_iter().collect()
}
