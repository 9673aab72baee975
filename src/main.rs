//! Run what the command line asks for, print the error, exit.

#![no_main]

use std::ffi::OsString;

use semlock::exit::Exit;
use semlock::{cli, cmd, failure};

semlock::entry_point!(run);

fn run(arguments: Vec<OsString>) -> Exit {
    failure::report_panics_as_bugs();
    if cli::asks_for_json(&arguments) {
        failure::set_form(failure::Form::Json);
    }
    cmd::run(arguments).unwrap_or_else(|error| failure::report(&error))
}
