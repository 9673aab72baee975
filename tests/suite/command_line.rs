//! What the command line accepts, and how it refuses the rest.

use std::ffi::OsString;

use crate::common::Sandbox;
use clap::{Arg, Command, CommandFactory};
use semlock::internal::{Cli, asks_for_json};

/// Values that may be any text.
const TEXTS: [&str; 8] =
    ["SESSION", "COMMAND", "USER", "USER[:GROUP]", "PID|COMMAND", "PID|PATH", "DIR|FILE|-", "NAME"];

/// What is neither a number nor a time, nor a name of anything.
const NONSENSE: [&str; 16] = [
    "+1", "+0", "", " 1", "1 ", "0x+1", "0x", "x", "--", "1e", "1,5", "1%%", "+700", "１", "-x",
    "nan",
];

/// Words of the standard library and of clap that say nothing to people.
const FOREIGN: [&str; 6] = ["digit", "..", "string", "parse", "target type", "float"];

fn is_read_by_us(option: &Arg) -> bool {
    let is_text = |name: &str| TEXTS.contains(&name);
    let names = option.get_value_names().unwrap_or_default();
    option.get_action().takes_values()
        && option.get_possible_values().is_empty()
        && !names.iter().any(|name| is_text(name))
}

/// Each option whose values are numbers, times or columns, with its subcommand.
fn options() -> Vec<(String, Arg)> {
    let mut cli = Cli::command();
    cli.build();
    let of = |command: &Command| {
        let name = command.get_name().to_owned();
        let options = command.get_arguments().filter(|option| is_read_by_us(option));
        options.map(|option| (name.clone(), option.clone())).collect::<Vec<_>>()
    };
    cli.get_subcommands().flat_map(of).collect()
}

#[test]
fn every_option_refuses_what_is_no_value_of_it_in_our_words() {
    let sandbox = Sandbox::new();
    let options = options();
    assert!(options.len() > 20, "only {} options were found", options.len());
    for (command, option) in options {
        let long = option.get_long().unwrap();
        for value in NONSENSE {
            let said = sandbox.run([&command, &format!("--{long}={value}")]).exits(64).stderr();
            let Some((_, cause)) = said.split_once("\n  cause: ") else {
                panic!("{command} --{long}={value}: {said}");
            };
            let foreign = FOREIGN.iter().find(|&&word| cause.contains(word));
            assert_eq!(foreign, None, "{command} --{long}={value}: {said}");
        }
    }
}

#[test]
fn a_number_that_is_too_large_or_negative_is_refused_in_our_words() {
    let sandbox = Sandbox::new();
    let refuses = |arguments: &[&str], cause: &str| {
        sandbox.run(arguments).exits(64).complains(&format!("\n  cause: {cause}"));
    };
    refuses(&["lock", "-E", "256", "a"], "an exit status is a whole number from 0 to 255\n");
    refuses(&["lock", "-E", "-1", "a"], "an exit status is a whole number from 0 to 255\n");
    refuses(&["lock", "--slot", "-1"], "a slot is a whole number from 0 to 65535\n");
    refuses(&["lock", "--for", "0", "a"], "a pid is a whole number from 1 to 2147483647\n");
    refuses(&["status", "--id", "2147483648"], "a semid is a whole number from 0 to 2147483647\n");
    refuses(&["status", "--limit-warn", "101"], "a percentage is a whole number from 1 to 100\n");
    refuses(&["probe-max", "--id-length", "207"], "the length of a session id is a whole number");
    refuses(&["create", "--mode", "-700"], "a mode is an octal number from 0 to 0777\n");
    for key in ["0x100000000", "4294967296", "-2147483649", "99999999999999999999"] {
        refuses(&["status", "--key", key], "a key is a 32-bit number, decimal or 0x");
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_time_has_one_format_everywhere() {
    let (sandbox, _block) = Sandbox::with_block(32);
    for time in ["5", "2.5", ".5", "500ms", "5s", "2m", "1h30m", "7d"] {
        sandbox.run(["lock", "-w", time, "a", "--", "true"]).exits(0).is_silent();
        sandbox.run(["lock", &format!("--timeout={time}"), "a", "--", "true"]).exits(0);
        sandbox.run(["status", "--idle", time]).exits(0);
        sandbox.run(["remove", "--idle", time, "--owner", "4242", "--yes"]).exits(0);
        let watch = sandbox.run(["status", "--watch", time, "--check"]);
        watch.exits(64).complains("--watch and --check cannot be used together");
    }
    for time in ["-1", "-5s", "1e300", "2mo", "1y", "5M", "1h30", "soon", "inf"] {
        for (command, option) in [("lock", "wait"), ("status", "idle"), ("status", "watch")] {
            let refused = sandbox.run([command, &format!("--{option}={time}")]);
            refused.exits(64).complains("\n  cause: ");
        }
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_wait_of_0_is_no_wait() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a"]);
    for time in ["0", "0s", "0.0", "0m"] {
        sandbox.run(["lock", "--wait", time, "a", "--", "true"]).exits(75);
        sandbox.run(["lock", "--wait", time, "a"]).exits(75);
    }
    assert_eq!(holder.finish(), 0);
}

#[test]
fn what_follows_watch_is_an_interval_above_0_and_never_a_session() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let refuses = |time: &str, words: &str| {
        sandbox.run(["status", "--watch", time]).exits(64).complains(words);
    };
    refuses("0", "an interval must be longer than 0");
    refuses("0ms", "an interval must be longer than 0");
    refuses("abc", "--watch cannot be \"abc\"");
    refuses("abc", "put a SESSION before --watch");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn options_may_be_repeated_and_the_last_one_counts() {
    let (sandbox, block) = Sandbox::with_block(32);
    sandbox.run(["create", "--key", "0", "--key", "5"]).exits(64);
    sandbox.run(["create", "-q", "-q", "--key", "4", "--key", "5", "--nsems", "10"]).exits(0);
    sandbox.run(["status", "--key", "4"]).exits(66);
    // Of status, each counts.
    sandbox.run(["status", "--key", "5", "--key", "5", "--check", "--check"]).exits(0);
    sandbox.run(["status", "--key", "4", "--key", "5", "--check"]).exits(66);
    sandbox.run(["unlock", "--key", "4", "--key", "31818", "a"]).exits(1);
    let both = ["status", "--format", "json", "--format", "table"];
    assert!(!sandbox.run(both).exits(0).stdout().starts_with('{'));
    crate::common::assert_free(block);
}

#[test]
fn lock_and_unlock_speak_text_or_json() {
    let (sandbox, _block) = Sandbox::with_block(32);
    for format in ["text", "json"] {
        sandbox.run(["lock", "--format", format, "a", "--", "true"]).exits(0);
        let said = sandbox.run(["unlock", "--format", format, "--slot", "16"]).exits(65).stderr();
        assert_eq!(said.starts_with('{'), format == "json", "{said}");
    }
    for command in ["lock", "unlock"] {
        sandbox
            .run([command, "--format", "table", "a"])
            .exits(64)
            .complains("--format takes text or json, not \"table\"");
    }
}

#[test]
fn the_last_format_decides_how_mistakes_are_told() {
    let asks = |line: &str| {
        let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
        asks_for_json(&words)
    };
    for json in [
        "semlock status --format json",
        "semlock status --format=json",
        "semlock status --format=table --format json",
        "semlock lock --format json a -- cmd --format table",
    ] {
        assert!(asks(json), "{json}");
    }
    for other in [
        "semlock status",
        "semlock status --format",
        "semlock status --format json --format table",
        "semlock status --format=json --format=table",
        "semlock status --format --format=json",
        "semlock lock a -- cmd --format json",
        "semlock status json",
    ] {
        assert!(!asks(other), "{other}");
    }
}
