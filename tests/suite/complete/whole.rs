//! Every argument of every subcommand, so that none is forgotten.

use std::collections::BTreeMap;
use std::process::Command as Program;

use clap::{Arg, Command, CommandFactory};
use nix::sched::{CloneFlags, unshare};
use semlock::internal::Cli;
use semlock::session::{Block, DEFAULT_KEY};

use super::Answer;
use crate::common::{Running, Sandbox};

/// Arguments whose values nobody but the user knows, and why.
const NOTHING: [(&str, &[&str], &str); 8] = [
    ("create", &["key"], "the key of a new block is not in use"),
    ("create lock unlock", &["nsems"], "it is the application's, and the block may have another"),
    ("lock", &["create"], "the same"),
    ("lock", &["wait"], "any time"),
    ("lock", &["conflict-exit-code"], "any status"),
    ("status remove", &["idle"], "any time"),
    ("status", &["waiting", "limit-warn", "watch"], "any time or percentage"),
    ("probe-max", &["at-least", "sets", "id-length", "sessions"], "any number"),
];

fn is_nothing(subcommand: &str, argument: &str) -> bool {
    NOTHING.iter().any(|(subcommands, arguments, _)| {
        subcommands.split(' ').any(|one| one == subcommand) && arguments.contains(&argument)
    })
}

/// The arguments of a subcommand that take values, but COMMAND, which has a test of its own.
fn arguments(subcommand: &Command) -> impl Iterator<Item = &Arg> {
    let takes_values = |argument: &&Arg| argument.get_action().takes_values();
    subcommand.get_arguments().filter(takes_values).filter(|argument| !argument.is_last_set())
}

/// A table with something of everything.
fn rich() -> (Sandbox, [Running; 2]) {
    unshare(CloneFlags::CLONE_NEWIPC).unwrap();
    let mut elsewhere = Running::start(Program::new("cat"));
    assert_eq!(elsewhere.ask("ready"), "ready");
    let (sandbox, _) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["--session", "abc", "--session=-x"]);
    (sandbox, [elsewhere, holder])
}

#[test]
fn every_argument_is_completed_unless_only_the_user_knows_its_value() {
    let (sandbox, _running) = rich();
    let mut cli = Cli::command();
    cli.build();
    let mut kinds = BTreeMap::<String, usize>::new();
    for subcommand in cli.get_subcommands().filter(|one| one.get_name() != "help") {
        for argument in arguments(subcommand) {
            let kind = kind(&sandbox, subcommand.get_name(), argument);
            *kinds.entry(kind).or_default() += 1;
        }
    }
    let least = [("files", 7), ("list", 3), ("nothing", 15), ("values", 30)];
    for (kind, least) in least {
        assert!(kinds[kind] >= least, "{kinds:?}");
    }
}

/// The kind of an argument's answer, which must be the same in each form.
fn kind(sandbox: &Sandbox, subcommand: &str, argument: &Arg) -> String {
    let Some(name) = argument.get_long() else {
        let answer = Answer::of(sandbox, &[subcommand, ""]);
        assert!(!answer.candidates.is_empty(), "{subcommand} {argument}");
        return answer.kind;
    };
    let with_equals = format!("--{name}=");
    let joined = Answer::of(sandbox, &[subcommand, &with_equals]);
    // A value that may be left out is never the next word, or may be an option.
    if argument.get_num_args().is_some_and(|number| number.min_values() > 0) {
        let apart = Answer::of(sandbox, &[subcommand, &format!("--{name}"), ""]);
        // Processes start and end in between.
        let seen = |answer: &Answer| (answer.kind.clone(), answer.candidates.is_empty());
        assert_eq!(seen(&apart), seen(&joined), "{subcommand} --{name}");
    }
    let is_empty = joined.candidates.is_empty() && joined.kind != "files";
    assert_eq!(is_empty, is_nothing(subcommand, name), "{subcommand} --{name}: {joined:?}");
    assert_eq!(
        joined.kind == "list",
        argument.get_value_delimiter().is_some(),
        "{subcommand} --{name}"
    );
    if is_empty { "nothing".into() } else { joined.kind }
}

#[test]
fn every_argument_that_is_not_completed_exists() {
    let mut cli = Cli::command();
    cli.build();
    for (subcommands, names, _) in NOTHING {
        for subcommand in subcommands.split(' ') {
            let subcommand = cli.find_subcommand(subcommand).unwrap();
            for name in names {
                assert!(arguments(subcommand).any(|one| one.get_long() == Some(name)), "{name}");
            }
        }
    }
}

#[test]
fn every_option_is_offered_with_its_help() {
    let sandbox = Sandbox::new();
    let mut cli = Cli::command();
    cli.build();
    for subcommand in cli.get_subcommands().filter(|one| one.get_name() != "help") {
        let offered = Answer::of(&sandbox, &[subcommand.get_name(), "-"]);
        for option in subcommand.get_arguments().filter(|option| !option.is_positional()) {
            let long = option.get_long().map(|name| format!("--{name}"));
            let short = option.get_short().map(|letter| format!("-{letter}"));
            for name in long.into_iter().chain(short) {
                assert!(!offered.description(&name).is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn completing_changes_nothing() {
    let (sandbox, _running) = rich();
    let block = Block::open(DEFAULT_KEY).unwrap();
    let before = (block.set().info().unwrap(), block.set().values().unwrap());
    for words in [&["unlock", ""][..], &["status", "--key", ""], &["remove", "--ignore", ""]] {
        Answer::of(&sandbox, words);
    }
    assert_eq!((block.set().info().unwrap(), block.set().values().unwrap()), before);
}
