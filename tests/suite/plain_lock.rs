//! The command lines that are read without clap mean what clap says they mean.

use std::ffi::OsString;

use clap::Parser;
use semlock::internal::{Cli, Command, plain_lock};

const WORDS: [&str; 17] = [
    "-s", "-x", "-e", "-n", "a", "", "-", "--all", "-sn", "-w", "1", "2m", "-w1", "-1", "--slot=1",
    "é", "--shared",
];
const COMMANDS: [&[&str]; 4] = [&["--"], &["--", "true"], &["--", "true", "--", "-x"], &["true"]];

fn line(own: &[&str], command: &[&str]) -> Vec<OsString> {
    [&["semlock", "lock"], own, command].concat().iter().map(Into::into).collect()
}

/// Every sequence of up to three words.
fn sequences() -> Vec<Vec<&'static str>> {
    let mut all = vec![Vec::new()];
    for length in 0..3 {
        let last: Vec<_> =
            all.iter().filter(|words: &&Vec<_>| words.len() == length).cloned().collect();
        for words in last {
            all.extend(WORDS.map(|word| [&words[..], &[word]].concat()));
        }
    }
    all
}

#[test]
fn what_is_read_without_clap_is_what_clap_would_read() {
    let mut plain = 0;
    for own in sequences() {
        for command in COMMANDS {
            let line = line(&own, command);
            let Some(ours) = plain_lock(&line) else { continue };
            plain += 1;
            match Cli::try_parse_from(&line).map(|cli| cli.command) {
                Ok(Command::Lock(claps)) => {
                    assert_eq!(format!("{ours:?}"), format!("{:?}", claps.args), "{line:?}");
                }
                other => panic!("{line:?}: {other:?}"),
            }
        }
    }
    assert!(plain > 100, "only {plain} were read without clap");
}

#[test]
fn the_usual_lines_are_read_without_clap() {
    for own in [
        &["a"][..],
        &["-n", "a"],
        &["-s", "b"],
        &["a", "-x", "-n"],
        &["-w", "5", "a"],
        &["-s", "-n", "-n", "-e", "a", "-w", "1", "-w", "2.5"],
    ] {
        assert!(plain_lock(&line(own, &["--", "true"])).is_some(), "{own:?}");
    }
}

#[test]
fn a_second_session_is_left_to_be_looked_at() {
    assert!(plain_lock(&line(&["a", "b"], &["--", "true"])).is_none());
    assert!(plain_lock(&line(&["a", "-n", "a"], &["--", "true"])).is_none());
}
