//! The line up to the cursor, read as clap reads it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory};

use super::given::Given;
use crate::cli::Cli;

/// Marks the word at the cursor, so that the argument can be found that takes it as a value.
/// No word of a command line has this byte.
const CURSOR: &str = "\0";

/// The line before the word at the cursor.
pub(super) struct Line {
    words: Vec<OsString>,
    definition: Command,
    /// The definition, with any text as a value.
    strict: Command,
    /// The same, which passes over mistakes.
    lenient: Command,
}

/// What the word at the cursor is.
pub(super) enum Place {
    /// The name of an option or of a subcommand.
    Name,
    /// A value of an argument.
    Value(Box<Value>),
    /// A word of COMMAND, which begins with this word of the line.
    Command { begin: usize },
}

/// The value at the cursor.
pub(super) struct Value {
    pub argument: Arg,
    /// What was typed of it. What is not UTF-8 is replaced, and begins no candidate.
    pub typed: String,
    /// What the word has before it, such as `--key=`.
    pub prefix: String,
    /// Whether a word that begins with a dash would be an option: not after `--`.
    pub dash_is_option: bool,
    /// The other values of the argument.
    pub others: Vec<OsString>,
    /// The whole line.
    pub given: Given,
}

impl Value {
    /// Whether the word may be something else: the argument or its value is optional.
    pub(super) fn may_be_left_out(&self) -> bool {
        let least = self.argument.get_num_args().map(|number| number.min_values());
        self.argument.is_positional() || least == Some(0)
    }

    /// Whether this value, as a word of its own, would be taken for an option.
    pub(super) fn would_be_option(&self, value: &str) -> bool {
        let is_number = value.parse::<i64>().is_ok();
        let is_number = is_number && self.argument.is_allow_negative_numbers_set();
        let may_be_value = is_number || self.argument.is_allow_hyphen_values_set();
        value.starts_with('-') && self.prefix.is_empty() && self.dash_is_option && !may_be_value
    }
}

impl Line {
    pub(super) fn new(words: &[OsString]) -> Self {
        let mut definition = Cli::command();
        definition.build();
        let strict = with_any_value(definition.clone());
        let lenient = without_errors(strict.clone());
        Self { words: words.to_vec(), definition, strict, lenient }
    }

    /// What `word` is at the end of the line.
    pub(super) fn place(&mut self, word: &OsStr) -> Place {
        let Some((argument, given)) = self.marked(word) else { return Place::Name };
        let mut others = given.values(&argument);
        let value = others.pop().unwrap_or_default();
        if argument.is_last_set() {
            return Place::Command { begin: self.words.len() - others.len() };
        }
        let (value, word) = (value.to_string_lossy(), word.to_string_lossy());
        let typed = value.trim_end_matches(CURSOR).to_owned();
        let prefix = word.strip_suffix(typed.as_str()).unwrap_or_default().to_owned();
        let dash_is_option = self.marked(OsStr::new("--")).is_none();
        Place::Value(Box::new(Value { argument, typed, prefix, dash_is_option, others, given }))
    }

    /// The argument that takes `word` as a value, and the line with that value marked.
    fn marked(&mut self, word: &OsStr) -> Option<(Arg, Given)> {
        let mut words = self.words.clone();
        words.push([word, OsStr::new(CURSOR)].into_iter().collect());
        let given = self.read(&words)?;
        let is_marked = |argument: &&Arg| {
            let last = given.values(argument).pop();
            last.is_some_and(|last| last.as_bytes().ends_with(CURSOR.as_bytes()))
        };
        let argument = self.command(&given).get_arguments().find(is_marked)?.clone();
        Some((argument, given))
    }

    /// Whether an option may follow: not after `--`, nor where a value is missing.
    pub(super) fn takes_options(&mut self) -> bool {
        let words = self.words.iter().cloned().chain(["--help".into()]);
        let parsed = self.strict.try_get_matches_from_mut(words);
        parsed.is_err_and(|error| error.kind() == ErrorKind::DisplayHelp)
    }

    /// What is on the line. None if it asks for help, or for the version.
    pub(super) fn given(&mut self) -> Option<Given> {
        self.read(&self.words.clone())
    }

    fn read(&mut self, words: &[OsString]) -> Option<Given> {
        self.lenient.try_get_matches_from_mut(words).ok().map(Given)
    }

    pub(super) fn semlock(&self) -> &Command {
        &self.definition
    }

    /// The definition of the subcommand, or of semlock if there is none yet.
    pub(super) fn command(&self, given: &Given) -> &Command {
        let named = given.subcommand().and_then(|name| self.definition.find_subcommand(name));
        named.unwrap_or(&self.definition)
    }

    /// Whether the word after `semlock help` is wanted.
    pub(super) fn is_help(&self) -> bool {
        matches!(self.words.as_slice(), [_, help] if help == "help")
    }

    /// Whether an option may be added to the line, without conflict.
    pub(super) fn accepts(&mut self, option: &Arg, given: &Given) -> bool {
        let is_repeatable = matches!(option.get_action(), ArgAction::Append | ArgAction::Count);
        let Some(name) = option.get_long().filter(|_| is_repeatable || !given.has(option)) else {
            return false;
        };
        let takes_value = option.get_action().takes_values();
        let word = if takes_value { format!("--{name}=1") } else { format!("--{name}") };
        let words = self.words.iter().cloned().chain([word.into()]);
        let parsed = self.strict.try_get_matches_from_mut(words);
        !parsed.is_err_and(|error| error.kind() == ErrorKind::ArgumentConflict)
    }
}

fn with_any_value(command: Command) -> Command {
    let any = |argument: Arg| {
        let takes_values = argument.get_action().takes_values();
        if takes_values { argument.value_parser(ValueParser::os_string()) } else { argument }
    };
    command.mut_args(any).mut_subcommands(with_any_value)
}

fn without_errors(command: Command) -> Command {
    command.ignore_errors(true).mut_subcommands(without_errors)
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../../fuzz/completion.rs"]
mod fuzz;

#[cfg(test)]
mod tests;
