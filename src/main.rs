//! Run what the command line asks for, print the error, exit.

#![no_main]

use std::ffi::OsString;

use semlock::exit::Exit;
use semlock::{cli, cmd, failure};

semlock::entry_point!(run);

fn run(arguments: &[OsString]) -> Exit {
    failure::report_panics_as_bugs();
    if cli::asks_for_json(arguments) {
        failure::set_format(failure::Format::Json);
    }
    cmd::run(arguments).unwrap_or_else(|error| failure::report(&error))
}
