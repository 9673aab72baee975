//! The lines that would have worked.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ErrorKind};

use super::line::{Line, Typed};
use super::said::{text, texts};
use super::{Check, habits};

/// How many mistakes of one line are corrected.
const ROUNDS: usize = 4;

/// How many words of a line are tried as the beginning of COMMAND.
const TRIED: usize = 50;

/// Options that nobody is to type because another one looks like them.
const RISKY: [&str; 2] = ["--force", "--yes"];

/// `line` without its mistakes; the likeliest first.
pub(super) fn lines(mistake: &clap::Error, line: &Line, check: Check) -> Vec<Vec<OsString>> {
    let mut lines = Vec::new();
    for line in corrected(mistake, line, check, ROUNDS) {
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
    check: Check,
    rounds: usize,
) -> Vec<Vec<OsString>> {
    let accepted = |words: Vec<OsString>| match check(&words) {
        Ok(()) => vec![words],
        Err(Some(mistake)) if rounds > 1 => {
            corrected(&mistake, &Line::new(&words), check, rounds - 1)
        }
        Err(_) => Vec::new(),
    };
    let readings = readings(mistake).iter();
    let mut lines = readings
        .map(|reading| reading(mistake, line, check).into_iter().flat_map(accepted).collect());
    lines.find(|lines: &Vec<_>| !lines.is_empty()).unwrap_or_default()
}

/// A line with one mistake corrected, in every way that is equally likely.
type Reading = fn(&clap::Error, &Line, Check) -> Vec<Vec<OsString>>;

/// What may be meant, the likeliest first.
fn readings(mistake: &clap::Error) -> &'static [Reading] {
    match mistake.kind() {
        ErrorKind::UnknownArgument => {
            &[option_by_habit, moved, of_lock, similar_options, as_session]
        }
        ErrorKind::InvalidSubcommand => &[subcommand_by_habit, similar_subcommands, without_lock],
        ErrorKind::InvalidValue => &[values],
        ErrorKind::ArgumentConflict => &[of_lock],
        _ => &[],
    }
}

fn option_by_habit(mistake: &clap::Error, line: &Line, _: Check) -> Vec<Vec<OsString>> {
    habits::corrected(&text(mistake, ContextKind::InvalidArg), line)
}

/// The option, which stands before the subcommand, behind it.
fn moved(mistake: &clap::Error, line: &Line, check: Check) -> Vec<Vec<OsString>> {
    let at = line.find(&text(mistake, ContextKind::InvalidArg));
    let Some(at) = at.filter(|&at| line.is_before_subcommand(at)) else { return Vec::new() };
    let behind = |end: usize| {
        let mut words = line.words().to_vec();
        words[at..=end].rotate_right(1);
        words
    };
    let ends = (at + 1..line.words().len()).take(2);
    ends.map(behind).find(|words| check(words).is_ok()).into_iter().collect()
}

fn similar_options(mistake: &clap::Error, line: &Line, _: Check) -> Vec<Vec<OsString>> {
    let argument = text(mistake, ContextKind::InvalidArg);
    let similar = texts(mistake, ContextKind::SuggestedArg);
    let similar = similar.iter().filter(|similar| !RISKY.contains(&similar.as_str()));
    similar.filter_map(|similar| renamed(&argument, similar, line)).collect()
}

/// The line with another option in the place of `argument`, and its value.
fn renamed(argument: &str, option: &str, line: &Line) -> Option<Vec<OsString>> {
    let at = line.find(argument)?;
    let value = Typed::of(&line.words()[at]).value;
    let word = value.map_or_else(|| option.to_owned(), |value| format!("{option}={value}"));
    Some(line.with(at..at + 1, &[word]))
}

/// The line with a session id that begins with a dash. A letter alone is none.
fn as_session(mistake: &clap::Error, line: &Line, check: Check) -> Vec<Vec<OsString>> {
    let option = text(mistake, ContextKind::InvalidArg);
    let at = line.find_short(&option).filter(|&at| line.words()[at].len() > 2);
    let with = |at: usize| line.with(at..at + 1, &[session(&line.words()[at])]);
    let Some(words) = at.map(with) else { return Vec::new() };
    let command = of_lock(mistake, &Line::new(&words), check);
    [words].into_iter().chain(command).collect()
}

/// The option that names a session in any case.
pub fn session(id: &OsStr) -> OsString {
    [OsStr::new("--session"), id].join(OsStr::new("="))
}

fn subcommand_by_habit(mistake: &clap::Error, line: &Line, check: Check) -> Vec<Vec<OsString>> {
    let instead = habits::instead(&text(mistake, ContextKind::InvalidSubcommand));
    let Some(words) = instead.and_then(|instead| line.with_subcommand(instead)) else {
        return Vec::new();
    };
    let command = of_lock(mistake, &Line::new(&words), check);
    if command.is_empty() { vec![words] } else { command }
}

/// Only `lock` has a COMMAND; and what is very short is similar to everything.
fn similar_subcommands(mistake: &clap::Error, line: &Line, _: Check) -> Vec<Vec<OsString>> {
    let typed = text(mistake, ContextKind::InvalidSubcommand);
    let may_be = |similar: &&String| typed.len() > 2 && (*similar == "lock" || !line.has_command());
    let similar = texts(mistake, ContextKind::SuggestedSubcommand);
    let similar = similar.iter().filter(may_be);
    similar.filter_map(|similar| line.with_subcommand(&[similar])).collect()
}

/// What is to be locked, where the subcommand should be.
fn without_lock(mistake: &clap::Error, line: &Line, _: Check) -> Vec<Vec<OsString>> {
    let typed = text(mistake, ContextKind::InvalidSubcommand);
    let lock = line.has_command().then(|| line.with_subcommand(&["lock", &typed]));
    lock.flatten().into_iter().collect()
}

fn values(mistake: &clap::Error, line: &Line, _: Check) -> Vec<Vec<OsString>> {
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
    texts(mistake, ContextKind::SuggestedValue).iter().filter_map(with).collect()
}

fn of_lock(_: &clap::Error, line: &Line, check: Check) -> Vec<Vec<OsString>> {
    let is_lock = line.subcommand() == Some("lock") && !line.has_command();
    is_lock.then(|| with_command(line.words(), check)).flatten().into_iter().collect()
}

/// The line of a `lock` with `--` before the first word that can begin COMMAND, as
/// flock(1) takes it.
pub fn with_command(words: &[OsString], check: Check) -> Option<Vec<OsString>> {
    let begins = |at: &usize| !words[*at].as_encoded_bytes().starts_with(b"-");
    let places = (1..words.len().min(TRIED)).filter(begins);
    let line = Line::new(words);
    let mut lines = places.map(|at| line.with(at..at, &["--"]));
    lines.find(|line| check(line).is_ok())
}
