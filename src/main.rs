//! Run what the command line asks for, print the error, exit.

#![no_main]

use std::ffi::OsString;

use semlock::exit::Exit;
use semlock::{cmd, diagnose};

semlock::entry_point!(run);

fn run(arguments: Vec<OsString>) -> Exit {
    diagnose::report_panics_as_bugs();
    cmd::run(arguments).unwrap_or_else(|error| diagnose::report(&error))
}
