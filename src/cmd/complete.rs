//! What a shell offers for the word at the cursor: `semlock complete WORD...`, a hidden
//! command that the scripts in completions/ run. The last WORD is the one at the cursor, up
//! to the cursor; it may be empty. The first is semlock's name.
//!
//! Options, subcommands and fixed values come from the definition of the command line, and
//! other values from the system. Nothing is changed and nothing is printed on stderr: what
//! cannot be read is not offered.
//!
//! The first line of the answer says what the word is, and the lines after it are
//! candidates, each with a tab and a description that may be empty:
//!
//! - `values`: one of the candidates;
//! - `list`: one of the candidates, and more may follow after a comma;
//! - `files`: the name of a file, or one of the candidates;
//! - `command N`: part of a command line of its own, which begins with word N. Words count
//!   from 0.
//!
//! A candidate is the whole word, with what was typed of it: `--format=json`, `-w5`,
//! `semid,key`. The script quotes it as its shell needs it.

mod candidate;
mod columns;
mod given;
mod line;
mod names;
mod processes;
mod sessions;
mod sets;
mod tally;
mod target;
mod users;
mod values;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use clap::ValueHint;

use self::candidate::Candidate;
use self::line::{Line, Place, Value};
use crate::exit::Exit;

/// The words of the line to complete.
pub(super) fn words(arguments: &[OsString]) -> Option<&[OsString]> {
    match arguments {
        [_, complete, words @ ..] if complete == "complete" => Some(words),
        _ => None,
    }
}

/// Prints the answer. A shell that no longer reads it does not care.
pub(super) fn run(words: &[OsString]) -> Exit {
    if let Some((word, before)) = words.split_last() {
        let _ = io::stdout().write_all(answer(before, word).as_bytes());
    }
    Exit::Done
}

fn answer(before: &[OsString], word: &OsStr) -> String {
    let mut line = Line::new(before);
    match line.place(word) {
        Place::Command { begin } => format!("command {begin}\n"),
        Place::Value(value) => of_value(&mut line, word, &value),
        Place::Name => of_name(&mut line, word),
    }
}

fn of_name(line: &mut Line, word: &OsStr) -> String {
    let names = word.to_str().map(|typed| names::starting(line, typed));
    lines("values", &names.unwrap_or_default())
}

/// The values of an argument. If there are none and the argument may be left out, the
/// options that may be in its place.
fn of_value(line: &mut Line, word: &OsStr, value: &Value) -> String {
    let found = values::of(line, value);
    if found.is_empty() && word.is_empty() && value.may_be_left_out() && value.dash_is_option {
        return of_name(line, OsStr::new("--"));
    }
    let kind = match value.argument.get_value_hint() {
        ValueHint::FilePath | ValueHint::AnyPath => "files",
        _ if value.argument.get_value_delimiter().is_some() => "list",
        _ => "values",
    };
    lines(kind, &found)
}

fn lines(kind: &str, candidates: &[Candidate]) -> String {
    let lines = candidates.iter().map(|candidate| format!("{candidate}\n"));
    format!("{kind}\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::{Texts, is_forbidden};

    #[test]
    fn whatever_was_typed_an_answer_has_no_control_character_and_no_forged_line() {
        let seed = fastrand::u64(..);
        let mut texts = Texts::hostile(seed);
        for (line, typed) in [
            ("status", "--columns="),
            ("status", "--format="),
            ("status --columns", ""),
            ("create", "--mode="),
            ("probe-max", "--require="),
            ("lock", ""),
            ("", ""),
        ] {
            let before: Vec<_> =
                format!("semlock {line}").split_whitespace().map(Into::into).collect();
            for after in ["", ",", ",s", "=", " "] {
                let word = format!("{typed}{}{after}", texts.string());
                let answer = answer(&before, OsStr::new(&word));
                let is_raw = |one: char| is_forbidden(one) && !['\n', '\t'].contains(&one);
                let forged = answer.lines().skip(1).any(|line| line.matches('\t').count() != 1);
                assert!(!answer.contains(is_raw) && !forged, "{word:?}: {answer:?}, seed {seed}");
            }
        }
    }
}
