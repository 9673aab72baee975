//! What `semlock complete` offers to a shell. Each answer is compared with the real command
//! line: no candidate is offered that semlock would refuse.

mod columns;
mod line;
mod live;
mod others;
mod whole;

use std::process::Command;

use clap::Parser;
use clap::error::ErrorKind;
use semlock::internal::Cli;

use crate::common::{Finished, Sandbox};

/// An answer: its first line, and the candidates with their descriptions.
#[derive(Debug)]
struct Answer {
    kind: String,
    candidates: Vec<(String, String)>,
}

impl Answer {
    /// What is offered for the last of these words.
    #[track_caller]
    fn of(sandbox: &Sandbox, words: &[&str]) -> Self {
        Self::from(asking(sandbox, words), words)
    }

    /// Reads the answer of a command that was asked for the last of these words.
    #[track_caller]
    fn from(command: Command, words: &[&str]) -> Self {
        let finished = Finished::of(command);
        finished.exits(0).is_said("");
        let said = finished.stdout();
        let mut lines = said.lines().map(ToOwned::to_owned);
        let kind = lines.next().expect("a first line");
        let candidates = lines.map(|line| {
            let (word, description) = line.split_once('\t').expect("a tab");
            (word.to_owned(), description.to_owned())
        });
        let answer = Self { kind, candidates: candidates.collect() };
        answer.is_sound(words);
        answer
    }

    /// Fails unless every candidate goes on with what was typed, is shown as it is with its
    /// description, and is accepted in its place.
    #[track_caller]
    fn is_sound(&self, words: &[&str]) {
        let (typed, before) = words.split_last().unwrap();
        for (word, description) in &self.candidates {
            assert!(word.starts_with(typed), "{word:?} does not begin with {typed:?}");
            assert!(!word.contains(char::is_control), "{word:?}");
            assert!(!description.contains(char::is_control), "{description:?}");
            let line = ["semlock"].iter().chain(before).copied().chain([word.as_str()]);
            let error = Cli::try_parse_from(line).err();
            let refused = error.filter(|error| !is_unfinished(error.kind(), word));
            assert!(refused.is_none(), "{words:?}, {word:?}: {}", refused.unwrap());
        }
    }

    fn words(&self) -> Vec<&str> {
        self.candidates.iter().map(|(word, _)| word.as_str()).collect()
    }

    #[track_caller]
    fn description(&self, word: &str) -> &str {
        let found = self.candidates.iter().find(|(candidate, _)| candidate == word);
        &found.unwrap_or_else(|| panic!("{word:?} is not offered: {self:?}")).1
    }

    fn offers(&self, word: &str) -> bool {
        self.words().contains(&word)
    }
}

/// Whether a line lacks only what may follow.
fn is_unfinished(kind: ErrorKind, last: &str) -> bool {
    match kind {
        // The name of an option that needs a value.
        ErrorKind::InvalidValue | ErrorKind::NoEquals => last.starts_with('-'),
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => true,
        _ => false,
    }
}

fn asking(sandbox: &Sandbox, words: &[&str]) -> Command {
    let mut command = sandbox.semlock(["complete", "semlock"]);
    command.args(words);
    command
}

/// The words that are offered for the last of these words.
#[track_caller]
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let answer = Answer::of(sandbox, words);
    answer.words().into_iter().map(ToOwned::to_owned).collect()
}
