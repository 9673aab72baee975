//! A `lock` that clap accepts, but that likely means something else.

use std::ffi::{OsStr, OsString};

use super::shell_words::is_program;
use crate::cli::LockArgs;
use crate::system;

/// The file descriptors that scripts open for flock(1).
const DESCRIPTORS: std::ops::RangeInclusive<i32> = 3..=99;

#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(super) enum Doubt {
    /// The word after `--create`, at this place, is a number.
    Number(usize),
    /// Nothing follows `--`, perhaps because a variable is empty.
    NoCommand,
    /// Further words, which flock(1) would run as COMMAND.
    Words(Vec<OsString>),
    /// The number of an open file, as flock(1) takes it.
    Descriptor(OsString),
}

impl Doubt {
    pub(super) fn of(args: &LockArgs, arguments: &[OsString]) -> Option<Self> {
        if let Some(at) = number_to_create(args, arguments) {
            return Some(Self::Number(at));
        }
        if !args.command.is_empty() {
            let programs = programs(&args.which.sessions);
            return (!programs.is_empty()).then_some(Self::Words(programs));
        }
        if ends_with_dashes(arguments) {
            return Some(Self::NoCommand);
        }
        let further = further(args, arguments);
        if !further.is_empty() {
            return Some(Self::Words(further.to_vec()));
        }
        args.which.sessions.iter().find(|word| is_descriptor(word)).cloned().map(Self::Descriptor)
    }
}

/// The place of a number after a `--create` without one.
fn number_to_create(args: &LockArgs, arguments: &[OsString]) -> Option<usize> {
    let is_number = |word: &OsString| {
        !word.is_empty() && word.as_encoded_bytes().iter().all(u8::is_ascii_digit)
    };
    let mut pairs = own(arguments).windows(2);
    let at = pairs.position(|pair| pair[0] == "--create" && is_number(&pair[1]))? + 1;
    let is_session = args.create == Some(None) && args.which.sessions.contains(&arguments[at]);
    is_session.then_some(at)
}

fn is_descriptor(word: &OsStr) -> bool {
    let number = word.to_str().and_then(|word| word.parse().ok());
    number.is_some_and(|number| DESCRIPTORS.contains(&number) && system::is_open(number))
}

/// The words before `--`.
pub(super) fn own(arguments: &[OsString]) -> &[OsString] {
    let end = arguments.iter().position(|word| word == "--");
    &arguments[..end.unwrap_or(arguments.len())]
}

/// Whether the last word is the `--` before COMMAND, not the value of an option.
fn ends_with_dashes(arguments: &[OsString]) -> bool {
    matches!(arguments, [.., before, last] if last == "--" && before != "--session")
}

/// The sessions after the first that are also names of programs.
fn programs(sessions: &[OsString]) -> Vec<OsString> {
    sessions.iter().skip(1).filter(|word| is_program(word)).cloned().collect()
}

/// The sessions after the first one; all, if options name sessions or slots before them.
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

#[cfg(test)]
mod tests {
    use super::super::definition::parse;
    use super::*;
    use crate::cli::Command;

    fn doubt(line: &str) -> Option<Doubt> {
        let line: Vec<OsString> = line.split(' ').map(Into::into).collect();
        let Ok(Command::Lock(args)) = parse(&line).map(|cli| cli.command) else {
            panic!("{line:?} is not a lock");
        };
        Doubt::of(&args.args, &line)
    }

    #[test]
    fn only_a_line_that_can_mean_something_else_is_in_doubt() {
        let number = |at| Some(Doubt::Number(at));
        let words = |words: &[&str]| Some(Doubt::Words(words.iter().map(Into::into).collect()));
        let cases = [
            ("semlock lock a -- true", None),
            ("semlock lock --create=64 a -- true", None),
            ("semlock lock --create 64 a -- true", number(3)),
            ("semlock lock a", None),
            ("semlock lock a --", Some(Doubt::NoCommand)),
            ("semlock lock a b", words(&["b"])),
            ("semlock lock --session a --session b", None),
            ("semlock lock a make all", words(&["make", "all"])),
            ("semlock lock a true -- false", words(&["true"])),
            ("semlock lock a b -- true", None),
        ];
        for (line, expected) in cases {
            assert_eq!(doubt(line), expected, "{line}");
        }
    }
}
