//! What is meant by a word in the place of the subcommand that is none.

use std::ffi::OsString;

use clap::error::ContextKind;

use super::line::Line;
use super::said::text;
use super::suggested::with_command;
use super::{Definition, close, habits};

type Lines = Vec<Vec<OsString>>;

/// Behind `help`, a subcommand is only read about.
pub(super) fn helped(mistake: &clap::Error, line: &Line, definition: &dyn Definition) -> Lines {
    let typed = text(mistake, ContextKind::InvalidSubcommand);
    let at = line.find(&typed).filter(|_| line.subcommand() == Some("help"));
    let with = |name: &str| at.map(|at| line.with(at..at + 1, &[name]));
    if let Some([name, ..]) = habits::instead(&typed) {
        return with(name).into_iter().collect();
    }
    let names = definition.subcommands();
    close::to(&typed, &names).into_iter().filter_map(|name| with(name)).collect()
}

pub(super) fn by_habit(mistake: &clap::Error, line: &Line, _: &dyn Definition) -> Lines {
    let instead = habits::instead(&text(mistake, ContextKind::InvalidSubcommand));
    let instead = instead.filter(|instead| may_be(instead[0], line));
    instead.and_then(|instead| line.with_subcommand(instead)).into_iter().collect()
}

pub(super) fn similar(mistake: &clap::Error, line: &Line, definition: &dyn Definition) -> Lines {
    let names = definition.subcommands();
    let similar = close::to(&text(mistake, ContextKind::InvalidSubcommand), &names);
    let similar = similar.into_iter().filter(|name| may_be(name, line));
    similar.filter_map(|name| line.with_subcommand(&[name])).collect()
}

/// Only `lock` has a COMMAND.
fn may_be(subcommand: &str, line: &Line) -> bool {
    subcommand == "lock" || !line.has_command()
}

/// A `lock` that has a COMMAND, where only its name is missing.
pub(super) fn lock(_: &clap::Error, line: &Line, definition: &dyn Definition) -> Lines {
    let names = definition.subcommands();
    let is_known = |word: &OsString| names.iter().any(|name| *word == **name);
    let stands = line.subcommand().unwrap_or_default();
    let means = habits::instead(stands).is_some() || !close::to(stands, &names).is_empty();
    if stands.is_empty() || means || line.own().iter().skip(1).any(is_known) {
        return Vec::new();
    }
    let words = line.with(1..1, &["lock"]);
    if line.has_command() {
        return vec![words];
    }
    with_command(&words, definition).into_iter().collect()
}
