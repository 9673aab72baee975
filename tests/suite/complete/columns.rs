//! The columns that `status` is offered.

use clap::CommandFactory;
use semlock::internal::Cli;

use super::live::several;
use super::{Answer, offered};
use crate::common::Sandbox;

#[test]
fn columns_are_those_of_the_table() {
    let (sandbox, _holder) = several();
    let of_sets = offered(&sandbox, &["status", "--all", "--columns", ""]);
    assert!(of_sets.contains(&"kept_by".into()) && !of_sets.contains(&"slot".into()));
    for option in ["--orphaned", "--idle=1h", "--sort=key", "--owner=0", "--key=1 --key=2"] {
        let words: Vec<_> =
            ["status"].into_iter().chain(option.split(' ')).chain(["--columns", ""]).collect();
        assert_eq!(offered(&sandbox, &words), of_sets, "{option}");
    }
    // A set of three semaphores is no block.
    let no_block = offered(&sandbox, &["status", "--key", "5", "--columns", ""]);
    assert_eq!(no_block, ["semnum", "semval", "semncnt", "semzcnt", "sempid", "command"]);
}

#[test]
fn the_first_column_decides_between_slots_and_semaphores() {
    let (sandbox, _holder) = several();
    let columns = Answer::of(&sandbox, &["status", "--columns", ""]);
    assert_eq!(columns.kind, "list");
    assert!(columns.offers("since") && columns.offers("semval") && !columns.offers("kept_by"));
    assert_eq!(offered(&sandbox, &["status", "--columns=slot,sem"]), ["--columns=slot,sempid"]);
    let semaphores = ["semnum,semval", "semnum,semncnt", "semnum,semzcnt", "semnum,sempid"];
    assert_eq!(offered(&sandbox, &["status", "--columns", "semnum,sem"]), semaphores);
}

#[test]
fn every_column_that_is_offered_has_a_meaning_and_is_shown() {
    let (sandbox, _holder) = several();
    let of_sets = Answer::of(&sandbox, &["status", "--all", "--columns", ""]);
    let of_block = Answer::of(&sandbox, &["status", "--columns", ""]);
    assert_eq!(of_block.description("since"), "When the slot was locked");
    assert_eq!(of_block.description("age"), "How long the slot has been locked");
    for (column, meaning) in of_sets.candidates.iter().chain(&of_block.candidates) {
        assert!(!meaning.is_empty(), "the manual does not say what {column} means");
    }
    sandbox.run(["status", "--all", "--columns", &of_sets.words().join(",")]).exits(0);
    for column in of_block.words() {
        sandbox.run(["status", "--columns", column]).exits(0);
    }
}

#[test]
fn every_option_for_sets_chooses_their_columns() {
    let sandbox = Sandbox::new();
    let mut cli = Cli::command();
    cli.build();
    let status = cli.find_subcommand("status").unwrap();
    let of_sets = status.get_arguments().filter(|one| one.get_help_heading() == Some("Which sets"));
    let mut seen = 0;
    for option in of_sets {
        let name = option.get_long().unwrap();
        let possible = option.get_possible_values();
        let value = possible.first().map_or("1", |value| value.get_name());
        let takes_value = option.get_action().takes_values();
        let option = if takes_value { format!("--{name}={value}") } else { format!("--{name}") };
        sandbox.run(["status", &option, "--columns", "kept_by"]).exits(0);
        assert!(
            offered(&sandbox, &["status", &option, "--columns", "kept"]) == ["kept_by"],
            "{option}"
        );
        seen += 1;
    }
    assert!(seen > 8, "only {seen} options");
}
