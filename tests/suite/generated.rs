//! The manual pages and JSON Schemas that are committed are what the definition of the
//! command line and the recipes give. `make generate` writes them.

mod command;
mod errors;
mod fields;
mod markdown;
mod recipes;
mod release;
mod schema;
mod security;
mod terms;

use std::path::PathBuf;
use std::{env, fs};

use clap::CommandFactory;
use semlock::internal::Cli;

#[test]
fn the_manual_pages_are_what_the_command_line_gives() {
    // It has no page: semlock(1) lists the subcommands.
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    let pages = cli
        .get_subcommands()
        .map(|sub| (format!("man/semlock-{}.1", sub.get_name()), command::page(sub)));
    let mut expected: Vec<_> = pages.collect();
    expected.push(("man/semlock.1".into(), command::page(&cli)));
    expected.push(("man/semlock-errors.7".into(), errors::page()));
    expected.push(("man/semlock-recipes.7".into(), recipes::page()));
    expected.push(("man/semlock-security.7".into(), security::page()));
    check("man", &expected);
}

#[test]
fn the_threat_model_in_the_contributors_guide_is_that_of_the_manual() {
    check(".github", &[security::guide()]);
}

/// Compares the files of `directory` with `expected`, or writes them.
fn check(directory: &str, expected: &[(String, String)]) {
    let root = release::repository();
    if env::var_os("SEMLOCK_REGENERATE").is_some() {
        for (name, text) in expected {
            fs::write(root.join(name), text).unwrap();
        }
    }
    for (name, text) in expected {
        let committed = fs::read_to_string(root.join(name)).unwrap_or_default();
        assert!(committed == *text, "{name} is not current: run `make generate`");
    }
    let present = fs::read_dir(root.join(directory)).unwrap().map(|entry| entry.unwrap().path());
    let present: Vec<PathBuf> = present.filter(|path| path.is_file()).collect();
    assert_eq!(present.len(), expected.len(), "a file too many or too few: {present:?}");
}
