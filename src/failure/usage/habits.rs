//! What people type who know flock(1), ipcs(1), ipcrm(1), ipcmk(1) or git: tables
//! that lead from there to what semlock calls it.

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};

use super::line::{Line, Typed};
use super::said::text;
use crate::failure::{Fix, ShellCommand};

/// Words for a subcommand, and what is typed instead. They are no aliases, as they
/// mean something slightly different elsewhere.
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

/// The same that create a block.
const CREATES: [&str; 6] = ["new", "make", "mk", "init", "add", "ipcmk"];

/// Those that need a COMMAND.
const RUNNERS: [&str; 5] = ["run", "exec", "with", "flock", "setlock"];

/// What stands instead of an option.
enum Instead {
    /// An option without a value.
    Flag(&'static [&'static str]),
    /// An option with the value that was given.
    Value(&'static str),
    /// `-- sh -c` and what follows.
    Shell,
    /// Nothing, and another subcommand.
    Subcommand(&'static str),
}
use Instead::{Flag, Shell, Subcommand, Value};

/// Options by subcommand; a row without one is for each.
const OPTIONS: [(&str, &[&str], Instead); 27] = [
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

/// The options that a number alone may stand for, by subcommand.
const NUMBERS: [(&str, &[&str]); 3] =
    [("remove", &["--id", "--key"]), ("create", &["--nsems"]), ("probe-max", &["--at-least"])];

/// What is typed instead of `word` as a subcommand.
pub(super) fn instead(word: &str) -> Option<&'static [&'static str]> {
    let row = SUBCOMMANDS.iter().find(|(typed, _)| typed.contains(&word));
    let create = CREATES.contains(&word).then_some(&["create"][..]);
    row.map(|(_, instead)| *instead).or(create)
}

/// The lines that are meant with `argument`, which does not exist.
pub(super) fn corrected(argument: &str, line: &Line) -> Vec<Vec<OsString>> {
    if argument.starts_with('-') {
        return with_option(argument, line).into_iter().collect();
    }
    let row = NUMBERS.iter().find(|(subcommand, _)| line.subcommand() == Some(subcommand));
    let (Some((_, options)), Some(at)) = (row, line.find(argument)) else { return Vec::new() };
    options.iter().map(|option| line.with(at..at + 1, &[option, argument])).collect()
}

fn row(argument: &str, line: &Line) -> Option<&'static Instead> {
    let subcommand = line.subcommand().unwrap_or_default();
    let is_of = |of: &str| of.is_empty() || of == subcommand;
    let mut rows = OPTIONS.iter().filter(|(of, typed, _)| is_of(of) && typed.contains(&argument));
    rows.next().map(|(_, _, instead)| instead)
}

fn with_option(argument: &str, line: &Line) -> Option<Vec<OsString>> {
    let instead = row(argument, line)?;
    let at = line.find(argument).or_else(|| line.find_short(argument))?;
    let word = line.words()[at].to_str()?;
    let Typed { name, value } = Typed::of(word.as_ref());
    // Other options before it and its value behind it, both in the same word.
    let (before, behind) = name.split_once(argument.trim_start_matches('-'))?;
    let before = (!before.trim_start_matches('-').is_empty()).then_some(before);
    let value = value.or(Some(behind).filter(|behind| !behind.is_empty()));
    let place = at..at + 1;
    match (instead, value) {
        (Flag(words), None) => {
            let in_one_word = words.join("=");
            let is_there = words.iter().all(|word| line.find(word).is_some())
                || line.own().iter().any(|own| **own == *in_one_word);
            let words = if is_there { &[] } else { *words };
            Some(line.with(place, &before.iter().chain(words).collect::<Vec<_>>()))
        }
        (Value(option), value) => {
            let words = before.into_iter().chain([*option]).chain(value);
            Some(line.with(place, &words.collect::<Vec<_>>()))
        }
        (Shell, value) => in_a_shell(line, at, before, value),
        (Subcommand(subcommand), None) => {
            let words = line.with(place, before.as_slice());
            Line::new(&words).with_subcommand(&[subcommand])
        }
        (Flag(_) | Subcommand(_), Some(_)) => None,
    }
}

/// What follows `-c` is one command for a shell, as flock(1) takes it.
fn in_a_shell(
    line: &Line,
    at: usize,
    before: Option<&str>,
    value: Option<&str>,
) -> Option<Vec<OsString>> {
    let rest = &line.words()[at + 1..];
    let words: Vec<OsString> =
        before.into_iter().chain(["--", "sh", "-c"]).chain(value).map(Into::into).collect();
    let is_one = value.iter().count() + rest.len() == 1;
    is_one.then(|| line.with(at..at + 1, &words))
}

/// What the line should look like, where it is too far from it to be corrected.
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
