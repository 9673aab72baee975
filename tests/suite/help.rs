//! Help fits the screen: a summary on one page, all of it in lines that fit.

use std::process::Command;

use crate::common::{Finished, Sandbox};
use clap::CommandFactory;
use semlock::internal::Cli;

const COMMANDS: [&str; 6] = ["create", "lock", "unlock", "status", "remove", "probe-max"];

/// What is printed for `words` where a terminal would be so wide.
fn help(sandbox: &Sandbox, words: &[&str], columns: &str) -> String {
    let mut command = sandbox.semlock(words);
    command.env("COLUMNS", columns);
    Finished::of(command).exits(0).is_said("").stdout()
}

/// What is printed on a terminal of so many columns, with what the shell runs before.
fn on_a_terminal(sandbox: &Sandbox, columns: u16, before: &str, words: &str) -> String {
    let line = format!("stty cols {columns}; {before} {} {words}", sandbox.binary());
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm");
    for name in ["NO_COLOR", "COLUMNS"] {
        script.env_remove(name);
    }
    Finished::of(script).exits(0).stdout().replace('\r', "")
}

#[track_caller]
fn assert_fits(text: &str, columns: usize) {
    let wide = text.lines().find(|line| line.trim_end().chars().count() > columns);
    assert_eq!(wide, None, "wider than {columns} in {text}");
}

/// Without what colours it.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').expect("a colour").1)
}

#[test]
fn the_summary_of_each_subcommand_fits_one_screen_and_names_the_rest() {
    let sandbox = Sandbox::new();
    let lines = COMMANDS.map(|command| vec![command, "-h"]);
    for words in [vec!["-h"]].iter().chain(&lines) {
        let said = help(&sandbox, words, "80");
        assert_fits(&said, 80);
        assert!(said.lines().count() < 24, "{words:?} is too long: {said}");
        assert!(said.contains("--help"), "{said}");
    }
}

#[test]
fn help_is_as_wide_as_the_terminal_and_breaks_no_word() {
    let sandbox = Sandbox::new();
    let lines = COMMANDS.map(|command| vec![command, "--help"]);
    for words in [vec!["--help"]].iter().chain(&lines) {
        let all = help(&sandbox, words, "100");
        assert_fits(&all, 100);
        let in_words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        for columns in ["80", "60"] {
            let said = help(&sandbox, words, columns);
            if columns == "80" {
                assert_fits(&said, 80);
            }
            assert_eq!(in_words(&said), in_words(&all), "words are broken");
        }
        let terminal = on_a_terminal(&sandbox, 80, "", &words.join(" "));
        assert_eq!(plain(&terminal), help(&sandbox, words, "80"));
    }
}

#[test]
fn help_is_80_columns_wide_where_nothing_tells_the_width_and_never_over_100() {
    let sandbox = Sandbox::new();
    let words = ["lock", "--help"];
    let usual = help(&sandbox, &words, "80");
    for unknown in ["", "0", "wide", "-5"] {
        assert_eq!(help(&sandbox, &words, unknown), usual, "{unknown:?}");
    }
    let mut without = sandbox.semlock(words);
    without.env_remove("COLUMNS");
    assert_eq!(Finished::of(without).exits(0).stdout(), usual);
    assert_eq!(help(&sandbox, &words, "500"), help(&sandbox, &words, "100"));
    assert_eq!(
        plain(&on_a_terminal(&sandbox, 60, "", "lock --help")),
        help(&sandbox, &words, "60")
    );
}

#[test]
fn help_is_coloured_on_a_terminal_that_wants_it() {
    let sandbox = Sandbox::new();
    for words in ["-h", "lock -h", "lock --help", "help status"] {
        let is_coloured = |before| on_a_terminal(&sandbox, 80, before, words).contains('\x1b');
        assert!(is_coloured(""), "{words}");
        assert!(!is_coloured("NO_COLOR=1"), "{words}");
        assert!(!is_coloured("TERM=dumb"), "{words}");
        let words: Vec<_> = words.split(' ').collect();
        assert!(!help(&sandbox, &words, "80").contains('\x1b'), "{words:?}");
    }
}

#[test]
fn every_option_of_a_subcommand_is_in_a_group() {
    let mut cli = Cli::command();
    cli.build();
    for name in COMMANDS {
        let command = cli.find_subcommand(name).unwrap();
        let lost = command.get_arguments().find(|option| option.get_help_heading().is_none());
        assert_eq!(lost.map(|option| option.get_id().as_str()), None, "of {name}");
    }
}

#[test]
fn the_groups_of_lock_go_from_what_to_lock_to_output() {
    let sandbox = Sandbox::new();
    let said = help(&sandbox, &["lock", "--help"], "80");
    let (_, options) = said.split_once("\nUsage: ").unwrap();
    let groups: Vec<_> = options.lines().filter(|line| line.ends_with(':')).collect();
    let groups: Vec<_> = groups.iter().filter(|line| !line.starts_with(' ')).collect();
    let expected =
        ["What to lock:", "Which block:", "How to wait:", "How to hold:", "Output:", "Examples:"];
    assert_eq!(groups, expected.iter().collect::<Vec<_>>());
    let (_, block) = options.split_once("Which block:\n").unwrap();
    let (block, _) = block.split_once("How to wait:").unwrap();
    let named: Vec<_> = block.lines().filter_map(|line| line.trim().strip_prefix("--")).collect();
    assert!(named[0].starts_with("key") && named[1].starts_with("id"), "{named:?}");
    assert!(named.last().unwrap().starts_with("ipc-namespace"), "{named:?}");
}

#[test]
fn help_as_a_subcommand_prints_what_the_option_prints() {
    let sandbox = Sandbox::new();
    assert_eq!(help(&sandbox, &["help"], "80"), help(&sandbox, &["--help"], "80"));
    for command in COMMANDS {
        let long = help(&sandbox, &[command, "--help"], "80");
        assert_eq!(help(&sandbox, &["help", command], "80"), long);
    }
    sandbox.run(["help", "nonsense"]).exits(64).complains("nonsense");
}

#[test]
fn without_arguments_the_summary_goes_to_stderr_and_the_status_is_64() {
    let sandbox = Sandbox::new();
    let said = sandbox.run::<&str>([]);
    said.exits(64).prints("").complains("Usage: semlock").complains("Commands:");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs namespaces")]
fn the_namespace_may_be_named_before_and_behind_the_subcommand_and_the_last_one_counts() {
    let sandbox = Sandbox::new();
    sandbox.run(["create", "-q"]).exits(0);
    let own = "/proc/self/ns/ipc";
    sandbox.run(["--ipc-namespace", own, "status"]).exits(0);
    sandbox.run(["status", "--ipc-namespace", own]).exits(0);
    sandbox.run(["--ipc-namespace", "/no/such", "status", "--ipc-namespace", own]).exits(0);
    let wrong = sandbox.run(["--ipc-namespace", own, "status", "--ipc-namespace", "/no/such"]);
    assert!(wrong.stderr().contains("/no/such"), "{wrong}");
}
