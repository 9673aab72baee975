//! What people who know flock(1), ipcs(1), ipcrm(1), ipcmk(1) or git type: tables
//! that lead from there to semlock's own names.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ErrorKind};

use super::definition;
use super::describe::text;
use super::line::{CommandLine, Line, Typed};
use crate::failure::{Fix, ShellCommand};

/// Words for a subcommand, and what to type instead. They are not aliases, because they
/// mean something slightly different in other tools.
const SUBCOMMANDS: [(&[&str], &[&str]); 9] = [
    (&["list", "ls", "ps", "ipcs", "lsipc", "top"], &["status", "--all"]),
    (&["show", "info", "stat", "inspect", "get"], &["status"]),
    (&["check", "health"], &["status", "--check"]),
    (&["rm", "del", "delete", "ipcrm", "destroy"], &["remove"]),
    (&["clean", "cleanup", "gc", "prune"], &["remove", "--orphaned"]),
    (&["run", "exec", "with", "flock", "setlock"], &["lock"]),
    (&["acquire", "hold", "take"], &["lock"]),
    (&["release", "free"], &["unlock"]),
    (&["probe", "max", "limits"], &["probe-max"]),
];

/// Words for `create`.
const CREATES: [&str; 6] = ["new", "make", "mk", "init", "add", "ipcmk"];

/// Words for `lock` that need a COMMAND.
const RUNNERS: [&str; 5] = ["run", "exec", "with", "flock", "setlock"];

/// What to type instead of an option.
enum Replacement {
    /// An option without a value.
    Flag(&'static [&'static str]),
    /// An option with the value that was given.
    Value(&'static str),
    /// `-- sh -c` and what follows.
    Shell,
    /// Nothing, and another subcommand.
    Subcommand(&'static str),
}
use Replacement::{Flag, Shell, Subcommand, Value};

/// Options by subcommand; a row without a subcommand is for all.
const OPTIONS: [(&str, &[&str], Replacement); 27] = [
    ("lock", &["-c", "--command"], Shell),
    ("lock", &["-u", "--unlock"], Subcommand("unlock")),
    ("lock", &["-r", "--read"], Flag(&["--shared"])),
    ("lock", &["--write"], Flag(&["--exclusive"])),
    ("lock", &["--no-wait", "--nowait", "--try"], Flag(&["--nonblock"])),
    ("lock", &["-v"], Flag(&["--verbose"])),
    ("lock", &["-a"], Flag(&["--all"])),
    ("lock", &["-t"], Value("--wait")),
    ("lock", &["--pid", "--owner"], Value("--for")),
    ("unlock", &["-a"], Flag(&["--all"])),
    ("unlock", &["-f"], Flag(&["--force"])),
    ("status", &["-s", "--semaphores", "-l", "--limits", "-u", "--summary"], Flag(&["--all"])),
    ("status", &["-p", "--pid", "-t", "--time", "-c", "--creator"], Flag(&["--all"])),
    ("status", &["-i"], Value("--id")),
    ("status", &["-w"], Flag(&["--watch"])),
    ("status", &["--user"], Value("--owner")),
    ("remove", &["-a"], Flag(&["--all"])),
    ("remove", &["-f"], Flag(&["--force"])),
    ("remove", &["-s", "-i", "--semaphore-id"], Value("--id")),
    ("remove", &["-S", "--semaphore-key"], Value("--key")),
    ("remove", &["-u", "--user"], Value("--owner")),
    ("create", &["-S", "--semaphore", "-n", "--size"], Value("--nsems")),
    ("create", &["-p", "-m"], Value("--mode")),
    ("create", &["-o"], Value("--owner")),
    ("probe-max", &["-n"], Value("--at-least")),
    ("", &["--json", "-J"], Flag(&["--format", "json"])),
    ("", &["-k", "-K"], Value("--key")),
];

/// Words for a column or a sort order, and its name here; by option.
const NAMES: [(&str, &[&str], &str); 10] = [
    ("", &["last-pid", "last_pid", "lpid", "pid"], "sempid"),
    ("", &["key-hex", "hex"], "key_hex"),
    ("--columns", &["owner"], "user"),
    ("--sort", &["owner", "user"], "uid"),
    ("", &["creator"], "cuser"),
    ("", &["used", "last-used", "last-op"], "otime"),
    ("", &["changed", "last-changed"], "ctime"),
    ("", &["perms", "permissions"], "mode"),
    ("", &["namespace", "ipc-namespace"], "ipc_namespace"),
    ("", &["id"], "semid"),
];

/// The options that a bare number may be meant for, by subcommand.
const NUMBERS: [(&str, &[&str]); 3] =
    [("remove", &["--id", "--key"]), ("create", &["--nsems"]), ("probe-max", &["--at-least"])];

/// What to type instead of `word` as a subcommand.
pub(super) fn subcommand(word: &str) -> Option<&'static [&'static str]> {
    let row = SUBCOMMANDS.iter().find(|(typed, _)| typed.contains(&word));
    let create = CREATES.contains(&word).then_some(&["create"][..]);
    row.map(|(_, instead)| *instead).or(create)
}

/// The lines that may be meant with `argument`, which does not exist. No option is added
/// twice, because only one of the two would count.
pub(super) fn corrected(argument: &str, line: &Line) -> Vec<CommandLine> {
    if argument.starts_with('-') {
        return with_option(argument, line).into_iter().collect();
    }
    let (Some(options), Some(at)) = (for_number(line), line.find(argument)) else {
        return Vec::new();
    };
    let is_there = |option: &&&str| line.find(option).is_some();
    let is_meant = |option: &&&str| {
        let is_repeated = may_repeat(line, option) && options.iter().any(|one| is_there(&one));
        is_there(option) == is_repeated
    };
    let options = options.iter().filter(is_meant);
    options.map(|option| line.with(at..at + 1, &[option, argument])).collect()
}

/// Whether an option may be repeated; a further number is then meant for the same option.
fn may_repeat(line: &Line, option: &str) -> bool {
    line.subcommand() == Some("remove") && ["--id", "--key"].contains(&option)
}

fn for_number(line: &Line) -> Option<&'static [&'static str]> {
    let row = NUMBERS.iter().find(|(subcommand, _)| line.subcommand() == Some(subcommand));
    row.map(|(_, options)| *options)
}

/// The line with the right names of columns and sort orders.
pub(super) fn named(line: &Line) -> Option<CommandLine> {
    let at = |at: usize| {
        let Typed { name, value } = Typed::of(&line.words()[at]);
        let option = ["--columns", "--sort"].into_iter().find(|option| *option == name)?;
        if let Some(value) = value {
            return Some(line.with(at..at + 1, &[format!("{option}={}", names(option, value)?)]));
        }
        let value = line.words().get(at + 1)?.to_str()?;
        Some(line.with(at + 1..at + 2, &[names(option, value)?]))
    };
    (0..line.own().len()).find_map(at)
}

/// The list with the right names; None if all are right or unknown.
fn names(option: &str, words: &str) -> Option<String> {
    let name = |word: &str| {
        let is_it = |(of, typed, _): &&(&str, &[&str], _)| {
            (of.is_empty() || *of == option) && typed.contains(&word)
        };
        NAMES.iter().find(is_it).map_or(word.to_owned(), |(_, _, name)| (*name).to_owned())
    };
    let named = words.split(',').map(name).collect::<Vec<_>>().join(",");
    (named != words).then_some(named)
}

/// Whether there is a row for the unknown argument, even one that cannot be applied.
pub(super) fn knows(mistake: &clap::Error, line: &Line) -> bool {
    let argument = text(mistake, ContextKind::InvalidArg);
    if !argument.starts_with('-') {
        return for_number(line).is_some();
    }
    let Some(row) = row(&argument, line) else { return false };
    let takes_rest = matches!(row, Value(_) | Shell);
    takes_rest || option_word(&argument, line).is_some_and(|word| word.value.is_none())
}

/// Whether each letter of a word such as `-un` is an option here or in another tool.
pub(super) fn are_options(word: &OsStr, line: &Line) -> bool {
    let options = definition::options(line.subcommand().unwrap_or_default());
    let is_option = |letter: char| {
        let option = format!("-{letter}");
        let is_habit = OPTIONS.iter().any(|(_, typed, _)| typed.contains(&option.as_str()));
        is_habit || options.contains(&option)
    };
    let letters = word.to_str().and_then(|word| word.strip_prefix('-'));
    letters.is_some_and(|letters| letters.chars().all(is_option))
}

fn row(argument: &str, line: &Line) -> Option<&'static Replacement> {
    let subcommand = line.subcommand().unwrap_or_default();
    let is_of = |of: &str| of.is_empty() || of == subcommand;
    let mut rows = OPTIONS.iter().filter(|(of, typed, _)| is_of(of) && typed.contains(&argument));
    rows.next().map(|(_, _, instead)| instead)
}

/// An option in the word that has it.
struct OptionWord {
    at: usize,
    /// Other options before it in the same word.
    before: Option<String>,
    /// Its value in the same word.
    value: Option<String>,
}

fn option_word(argument: &str, line: &Line) -> Option<OptionWord> {
    let at = line.find(argument).or_else(|| line.find_short(argument))?;
    let Typed { name, value } = Typed::of(&line.words()[at]);
    let (before, behind) = name.split_once(argument.trim_start_matches('-'))?;
    let before = (!before.trim_start_matches('-').is_empty()).then_some(before);
    let value = value.or(Some(behind).filter(|behind| !behind.is_empty()));
    Some(OptionWord { at, before: before.map(Into::into), value: value.map(Into::into) })
}

fn with_option(argument: &str, line: &Line) -> Option<CommandLine> {
    let instead = row(argument, line)?;
    let OptionWord { at, before, value } = option_word(argument, line)?;
    let (before, value) = (before.as_deref(), value.as_deref());
    let with = |words: &[&str]| {
        line.with(at..at + 1, &before.into_iter().chain(words.iter().copied()).collect::<Vec<_>>())
    };
    match (instead, value) {
        (Flag(words), None) if has_flag(line, words) => Some(with(&[])),
        (Flag(words), None) => Some(with(words)),
        (Value(option), _) if line.find(option).is_some() && !may_repeat(line, option) => None,
        (Value(option), None) => Some(with(&[option])),
        (Value(option), Some(value)) => Some(with(&[option, value])),
        (Shell, value) => in_a_shell(line, at, before, value),
        // A COMMAND would be lost.
        (Subcommand(_), None) if line.has_command() || !definition::accepts(&with(&[])) => None,
        (Subcommand(subcommand), None) => Line::new(&with(&[])).with_subcommand(&[subcommand]),
        (Flag(_) | Subcommand(_), Some(_)) => None,
    }
}

fn has_flag(line: &Line, words: &[&str]) -> bool {
    let in_one_word = words.join("=");
    words.iter().all(|word| line.find(word).is_some())
        || line.own().iter().any(|own| **own == *in_one_word)
}

/// What follows `-c` is one command for a shell, as flock(1) takes it.
fn in_a_shell(
    line: &Line,
    at: usize,
    before: Option<&str>,
    value: Option<&str>,
) -> Option<CommandLine> {
    let rest = &line.words()[at + 1..];
    let words: Vec<OsString> =
        before.into_iter().chain(["--", "sh", "-c"]).chain(value).map(Into::into).collect();
    let is_one = value.iter().count() + rest.len() == 1;
    is_one.then(|| line.with(at..at + 1, &words))
}

/// The pattern for a line that cannot be corrected.
pub(super) fn template(mistake: &clap::Error, line: &Line) -> Option<Fix> {
    let lock = |words: &[&str]| {
        Some(ShellCommand::new(["semlock", "lock", "SESSION", "--"]).args(words).into())
    };
    let argument = text(mistake, ContextKind::InvalidArg);
    match mistake.kind() {
        ErrorKind::InvalidSubcommand if RUNNERS.contains(&line.subcommand()?) => lock(&["COMMAND"]),
        ErrorKind::UnknownArgument if matches!(row(&argument, line)?, Shell) => {
            lock(&["sh", "-c", "COMMAND"])
        }
        _ => None,
    }
}
