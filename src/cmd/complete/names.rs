//! The names of options and subcommands.

use clap::{Arg, Command};

use super::candidate::Candidate;
use super::given::Given;
use super::line::Line;

/// The names that begin with `typed` and may be added to the line.
pub(super) fn starting(line: &mut Line, typed: &str) -> Vec<Candidate> {
    if line.is_help() {
        return subcommands(line.semlock(), typed).filter(|found| found.word != "help").collect();
    }
    let Some(given) = line.given() else { return Vec::new() };
    if typed.starts_with('-') {
        return options(line, &given, typed);
    }
    let is_open = given.subcommand().is_none();
    subcommands(line.semlock(), typed).filter(|_| is_open).collect()
}

fn subcommands<'a>(semlock: &'a Command, typed: &'a str) -> impl Iterator<Item = Candidate> + 'a {
    let named = semlock.get_subcommands().filter(move |one| one.get_name().starts_with(typed));
    named.map(|one| Candidate::new(&one.get_name(), one.get_about().unwrap_or_default()))
}

fn options(line: &mut Line, given: &Given, typed: &str) -> Vec<Candidate> {
    let options: Vec<Arg> = line.command(given).get_arguments().cloned().collect();
    let named = options.iter().flat_map(|option| names(option).map(move |name| (name, option)));
    let mut found = Vec::new();
    for (name, option) in named.filter(|(name, _)| name.starts_with(typed)) {
        if !option.is_hide_set() && line.accepts(option, given) {
            found.push(Candidate::new(&name, option.get_help().unwrap_or_default()));
        }
    }
    found
}

/// `--shared`, `-s`. Aliases are not offered.
fn names(option: &Arg) -> impl Iterator<Item = String> + use<> {
    let long = option.get_long().map(|name| format!("--{name}"));
    let short = option.get_short().map(|letter| format!("-{letter}"));
    long.into_iter().chain(short)
}
