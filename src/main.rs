//! Parse, run, print the error, exit.

use std::process::ExitCode;

use clap::Parser;
use semlock::cli::Cli;
use semlock::exit::Exit;
use semlock::{cmd, diagnose, sysv};

fn main() -> ExitCode {
    sysv::restore_sigpipe();
    diagnose::report_panics_as_bugs();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return usage(&answer).into(),
    };
    cmd::run(cli)
        .unwrap_or_else(|error| diagnose::report(&error))
        .into()
}

/// `--help` and `--version` are answers, anything else is a mistake.
fn usage(answer: &clap::Error) -> Exit {
    match (answer.print(), answer.use_stderr()) {
        (Ok(()), false) => Exit::Done,
        (Err(_), false) => Exit::System,
        (_, true) => Exit::Usage,
    }
}
