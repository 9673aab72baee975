//! A command line as it was typed, and changes to it.

use std::ffi::{OsStr, OsString};
use std::ops::Range;

use crate::failure::{Fix, ShellCommand};

/// The words of a line, the program's name first.
pub(super) type CommandLine = Vec<OsString>;

/// A whole line, to be typed instead.
pub(super) fn typed(line: &[OsString]) -> Fix {
    ShellCommand::new(["semlock"]).args(line.iter().skip(1)).into()
}

/// All words, the program's name first.
pub(super) struct Line<'a> {
    words: &'a [OsString],
    /// The place of the subcommand.
    subcommand: Option<usize>,
}

impl<'a> Line<'a> {
    pub(super) fn new(words: &'a [OsString]) -> Self {
        // The only option with a value before the subcommand.
        let has_value = |at: usize| words[at] == "--ipc-namespace";
        let is_word = |&at: &usize| !words[at].as_encoded_bytes().starts_with(b"-");
        let mut places = (1..words.len()).filter(|&at| at == 1 || !has_value(at - 1));
        Self { words, subcommand: places.find(is_word) }
    }

    /// The first word that is not an option; it may not exist as a subcommand.
    pub(super) fn subcommand(&self) -> Option<&'a str> {
        self.words[self.subcommand?].to_str()
    }

    pub(super) fn is_before_subcommand(&self, at: usize) -> bool {
        self.subcommand.is_some_and(|subcommand| at < subcommand)
    }

    /// The line with other words in place of the subcommand.
    pub(super) fn with_subcommand(&self, words: &[&str]) -> Option<CommandLine> {
        let at = self.subcommand?;
        Some(self.with(at..at + 1, words))
    }

    /// The words of semlock itself: those before `--`.
    pub(super) fn own(&self) -> &'a [OsString] {
        let end = self.words.iter().position(|word| word == "--");
        &self.words[..end.unwrap_or(self.words.len())]
    }

    /// Whether there is a `--`.
    pub(super) fn has_command(&self) -> bool {
        self.own().len() < self.words.len()
    }

    pub(super) fn words(&self) -> &'a [OsString] {
        self.words
    }

    /// The place of a word, without the value after its equals sign.
    pub(super) fn find(&self, word: &str) -> Option<usize> {
        let is_it = |own: &OsString| Typed::of(own).name == word;
        self.own().iter().skip(1).position(is_it).map(|at| at + 1)
    }

    /// The place of a group of short options with this one: `-abc` has `-a`.
    pub(super) fn find_short(&self, option: &str) -> Option<usize> {
        let letter = option.strip_prefix('-').filter(|letter| letter.chars().count() == 1)?;
        let has_it = |own: &OsString| {
            let own = own.to_string_lossy();
            own.strip_prefix('-')
                .is_some_and(|rest| !rest.starts_with('-') && rest.contains(letter))
        };
        self.own().iter().skip(1).position(has_it).map(|at| at + 1)
    }

    /// The line with other words in this place.
    pub(super) fn with<W: AsRef<OsStr>>(&self, place: Range<usize>, words: &[W]) -> CommandLine {
        let words = words.iter().map(|word| word.as_ref().to_owned());
        let (before, after) = (&self.words[..place.start], &self.words[place.end..]);
        before.iter().cloned().chain(words).chain(after.iter().cloned()).collect()
    }
}

/// `NAME` or `--NAME=VALUE`.
pub(super) struct Typed<'a> {
    pub name: &'a str,
    pub value: Option<&'a str>,
}

impl<'a> Typed<'a> {
    /// The name is empty where the word is not UTF-8.
    pub(super) fn of(word: &'a OsStr) -> Self {
        let word = word.to_str().unwrap_or_default();
        match word.split_once('=') {
            Some((name, value)) if word.starts_with("--") => Self { name, value: Some(value) },
            _ => Self { name: word, value: None },
        }
    }
}
