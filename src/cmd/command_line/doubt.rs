//! What is right word by word in a `lock`, and means something else than what is
//! likely meant.

use std::ffi::{OsStr, OsString};

use super::{Semlock, parse};
use crate::cli::{Command, LockArgs};
use crate::failure::{self, Definition, Failure, Fix, is_program, quoted, typed};
use crate::system;

/// Numbers that scripts give their descriptors.
const DESCRIPTORS: std::ops::RangeInclusive<i32> = 3..=99;

/// What is doubtful in a `lock`.
pub(super) enum Doubt {
    /// The word behind `--create`, at this place, is a number.
    Number(usize),
    /// Nothing follows `--`: a variable may be empty.
    NoCommand,
    /// Further words, which flock(1) would take for COMMAND.
    Words(Vec<OsString>),
    /// The number of a file, as flock(1) takes it.
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

    pub(super) fn explain(&self, args: &LockArgs, arguments: &[OsString]) -> Failure {
        let failure = match self {
            Self::Number(at) => not_created(*at, arguments),
            Self::NoCommand => no_command(arguments),
            Self::Words(words) => not_run(args, words, arguments),
            Self::Descriptor(number) => no_file(args, number, arguments),
        };
        failure.see("semlock lock --help")
    }
}

/// Where a number stands behind a `--create` that has none.
fn number_to_create(args: &LockArgs, arguments: &[OsString]) -> Option<usize> {
    let is_number = |word: &OsString| {
        !word.is_empty() && word.as_encoded_bytes().iter().all(u8::is_ascii_digit)
    };
    let mut pairs = own(arguments).windows(2);
    let at = pairs.position(|pair| pair[0] == "--create" && is_number(&pair[1]))? + 1;
    let is_session = args.create == Some(None) && args.which.sessions.contains(&arguments[at]);
    is_session.then_some(at)
}

fn not_created(at: usize, arguments: &[OsString]) -> Failure {
    let mut line = arguments.to_vec();
    let number = line.remove(at);
    line[at - 1] = [OsStr::new("--create"), &number].join(OsStr::new("="));
    let fix = if accepts(&line) { Some(line) } else { failure::with_command(&line, &Semlock) };
    Failure::wrong("lock: --create takes its number after an equals sign")
        .all_fixes(fix.map(|line| typed(&line)))
}

fn no_command(arguments: &[OsString]) -> Failure {
    let without = &arguments[..arguments.len() - 1];
    let fix = accepts(without).then(|| typed(without).note("if no COMMAND is meant"));
    Failure::wrong("lock: there is no COMMAND after --").all_fixes(fix)
}

fn not_run(args: &LockArgs, words: &[OsString], arguments: &[OsString]) -> Failure {
    let first = words[0].to_string_lossy();
    let what = format!("lock: {} would be locked as a session, not run", quoted(&first));
    let command = command(args, words, arguments);
    let command = command.map(|line| typed(&line).note("runs it while the lock is held"));
    let sessions = with_sessions(args, words, arguments);
    let sessions = sessions.map(|line| typed(&line).note("locks it as well"));
    Failure::wrong(what).all_fixes(command.into_iter().chain(sessions))
}

/// The line that runs `words`. None of these could have a COMMAND: `--persist`, `--for`.
fn command(args: &LockArgs, words: &[OsString], arguments: &[OsString]) -> Option<Vec<OsString>> {
    if args.persist || args.for_process.is_some() {
        return None;
    }
    if args.command.is_empty() {
        let (words, options) = arguments.split_at(end_of_words(arguments));
        let line = failure::with_command(words, &Semlock)?;
        // That of the dashes that were added.
        let place = words.iter().zip(&line).position(|(word, other)| word != other)?;
        return Some([&line[..place], options, &line[place..]].concat());
    }
    let place = *places(words, arguments)?.first()?;
    let line = [&arguments[..place], &["--".into()], &arguments[place..]].concat();
    accepts(&line).then_some(line)
}

fn no_file(args: &LockArgs, number: &OsString, arguments: &[OsString]) -> Failure {
    let what = format!("lock: {} is an open file descriptor", number.display());
    let line = with_sessions(args, std::slice::from_ref(number), arguments);
    let fix: Option<Fix> = line.map(|line| typed(&line).note("locks a session of that name"));
    Failure::wrong(format!("{what}; semlock locks sessions")).all_fixes(fix)
}

fn is_descriptor(word: &OsStr) -> bool {
    let number = word.to_str().and_then(|word| word.parse().ok());
    number.is_some_and(|number| DESCRIPTORS.contains(&number) && system::is_open(number))
}

fn accepts(line: &[OsString]) -> bool {
    Semlock.check(line).is_ok()
}

/// The words before `--`.
fn own(arguments: &[OsString]) -> &[OsString] {
    let end = arguments.iter().position(|word| word == "--");
    &arguments[..end.unwrap_or(arguments.len())]
}

/// Whether the last word is the one before COMMAND, not the value of an option.
fn ends_with_dashes(arguments: &[OsString]) -> bool {
    matches!(arguments, [.., before, last] if last == "--" && before != "--session")
}

/// Where nothing follows but long options of semlock with their values: what they are
/// called and take leaves no doubt whose they are.
fn end_of_words(arguments: &[OsString]) -> usize {
    let mut end = arguments.len();
    let has_name = |word: &OsStr| word.as_encoded_bytes().starts_with(b"--");
    let is_option = |words: &[OsString]| {
        let line = [&["semlock".into(), "lock".into(), "SESSION".into()], words].concat();
        has_name(&words[0]) && accepts(&line)
    };
    loop {
        let option = match &arguments[..end] {
            [.., word] if word.as_encoded_bytes().contains(&b'=') => end - 1,
            [.., _, value] if !has_name(value) => end - 2,
            _ => return end,
        };
        if !is_option(&arguments[option..end]) {
            return end;
        }
        end = option;
    }
}

/// Sessions after the first that are programs, too.
fn programs(sessions: &[OsString]) -> Vec<OsString> {
    sessions.iter().skip(1).filter(|word| is_program(word)).cloned().collect()
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

/// Where `words` stand, which are in that order.
fn places(words: &[OsString], arguments: &[OsString]) -> Option<Vec<usize>> {
    let mut end = own(arguments).len();
    let mut places = Vec::new();
    for word in words.iter().rev() {
        end = arguments[..end].iter().rposition(|other| other == word)?;
        places.insert(0, end);
    }
    Some(places)
}

/// The line with an option for each of these `words`.
fn with_sessions(
    args: &LockArgs,
    words: &[OsString],
    arguments: &[OsString],
) -> Option<Vec<OsString>> {
    let mut line = arguments.to_vec();
    for place in places(words, arguments)? {
        line[place] = failure::by_option(&arguments[place]);
    }
    let meant = parse(&line).ok()?;
    let Command::Lock(meant) = meant.command else { return None };
    let named = |args: &LockArgs| args.which.sessions.len() + args.which.dashed.len();
    (accepts(&line) && named(&meant.args) == named(args)).then_some(line)
}
