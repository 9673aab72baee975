//! What may be meant by a word that stands where the subcommand should.

use std::ffi::OsString;

use clap::error::ContextKind;

use super::definition::{self, with_command};
use super::describe::text;
use super::habits;
use super::line::{CommandLine, Line};
use super::similar::similar;

/// `help SUBCOMMAND` only shows help, so any similar name will do.
pub(super) fn helped(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
    let typed = text(mistake, ContextKind::InvalidSubcommand);
    let at = line.find(&typed).filter(|_| line.subcommand() == Some("help"));
    let with = |name: &str| at.map(|at| line.with(at..at + 1, &[name]));
    if let Some([name, ..]) = habits::subcommand(&typed) {
        return with(name).into_iter().collect();
    }
    let names = definition::subcommands();
    similar(&typed, &names).into_iter().filter_map(|name| with(name)).collect()
}

pub(super) fn by_habit(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
    let words = habits::subcommand(&text(mistake, ContextKind::InvalidSubcommand));
    let words = words.filter(|words| may_be(words[0], line));
    words.and_then(|words| line.with_subcommand(words)).into_iter().collect()
}

pub(super) fn similarly_named(mistake: &clap::Error, line: &Line) -> Vec<CommandLine> {
    let names = definition::subcommands();
    let similar = similar(&text(mistake, ContextKind::InvalidSubcommand), &names);
    let similar = similar.into_iter().filter(|name| may_be(name, line));
    similar.filter_map(|name| line.with_subcommand(&[name])).collect()
}

/// Only `lock` takes a COMMAND.
fn may_be(subcommand: &str, line: &Line) -> bool {
    subcommand == "lock" || !line.has_command()
}

/// A `lock` with a COMMAND, in which only the word `lock` is missing.
pub(super) fn lock(_: &clap::Error, line: &Line) -> Vec<CommandLine> {
    let names = definition::subcommands();
    let is_known = |word: &OsString| names.iter().any(|name| *word == **name);
    let stands = line.subcommand().unwrap_or_default();
    let means = habits::subcommand(stands).is_some() || !similar(stands, &names).is_empty();
    if stands.is_empty() || means || line.own().iter().skip(1).any(is_known) {
        return Vec::new();
    }
    let words = line.with(1..1, &["lock"]);
    if line.has_command() {
        return vec![words];
    }
    with_command(&words).into_iter().collect()
}
