//! The lines that say clearly what a doubtful `lock` may mean.

use std::ffi::{OsStr, OsString};

use super::definition::{accepts, parse, with_command};
use super::doubt::{Doubt, own};
use super::line::{CommandLine, typed};
use crate::cli::{Command, LockArgs};
use crate::cmd::shared::session_option;
use crate::failure::{Failure, Fix, quoted};

/// What is doubtful, and each line that may be meant.
pub(super) fn explain(doubt: &Doubt, args: &LockArgs, arguments: &[OsString]) -> Failure {
    let failure = match doubt {
        Doubt::Number(at) => not_created(*at, arguments),
        Doubt::NoCommand => no_command(arguments),
        Doubt::Words(words) => not_run(args, words, arguments),
        Doubt::Descriptor(number) => no_file(args, number, arguments),
    };
    failure.see("semlock lock --help")
}

fn not_created(at: usize, arguments: &[OsString]) -> Failure {
    let mut line = arguments.to_vec();
    let number = line.remove(at);
    line[at - 1] = [OsStr::new("--create"), &number].join(OsStr::new("="));
    let fix = if accepts(&line) { Some(line) } else { with_command(&line) };
    Failure::wrong("lock: --create takes its number after an equals sign")
        .all_fixes(fix.map(|line| typed(&line)))
}

fn no_command(arguments: &[OsString]) -> Failure {
    let without = &arguments[..arguments.len() - 1];
    let fix = accepts(without).then(|| typed(without).note("if you meant no COMMAND"));
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

/// The line that runs `words`; None with `--persist` or `--for`, which rule out a COMMAND.
fn command(args: &LockArgs, words: &[OsString], arguments: &[OsString]) -> Option<CommandLine> {
    if args.persist || args.for_process.is_some() {
        return None;
    }
    if args.command.is_empty() {
        let (words, options) = arguments.split_at(end_of_words(arguments));
        let line = with_command(words)?;
        // Where the dashes were added.
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

/// The place after which there are only long options of semlock with their values. Their
/// names and values show that they are semlock's.
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

/// The places of `words`, which stand in this order.
fn places(words: &[OsString], arguments: &[OsString]) -> Option<Vec<usize>> {
    let mut end = own(arguments).len();
    let mut places = Vec::new();
    for word in words.iter().rev() {
        end = arguments[..end].iter().rposition(|other| other == word)?;
        places.insert(0, end);
    }
    Some(places)
}

/// The line with `--session=` before each of these `words`.
fn with_sessions(
    args: &LockArgs,
    words: &[OsString],
    arguments: &[OsString],
) -> Option<CommandLine> {
    let mut line = arguments.to_vec();
    for place in places(words, arguments)? {
        line[place] = session_option(&arguments[place]);
    }
    let meant = parse(&line).ok()?;
    let Command::Lock(meant) = meant.command else { return None };
    let named = |args: &LockArgs| args.which.sessions.len() + args.which.dashed.len();
    (accepts(&line) && named(&meant.args) == named(args)).then_some(line)
}
