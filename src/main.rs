//! Parse, run, print the error, exit.

#![no_main]

use std::ffi::OsString;

use clap::Parser;
use semlock::cli::Cli;
use semlock::exit::Exit;
use semlock::{cmd, diagnose};

semlock::entry_point!(run);

fn run(arguments: Vec<OsString>) -> Exit {
    diagnose::report_panics_as_bugs();
    match Cli::try_parse_from(arguments) {
        Ok(cli) => cmd::run(cli).unwrap_or_else(|error| diagnose::report(&error)),
        Err(answer) => usage(&answer),
    }
}

/// `--help` and `--version` are answers, anything else is a mistake.
fn usage(answer: &clap::Error) -> Exit {
    match (answer.print(), answer.use_stderr()) {
        (Ok(()), false) => Exit::Done,
        (Err(_), false) => Exit::System,
        (_, true) => Exit::Usage,
    }
}
