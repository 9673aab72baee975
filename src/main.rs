//! Run what the command line asks for, print the error, exit.

#![no_main]

use std::ffi::OsString;

use semlock::internal::{self, Exit};

semlock::entry_point!(run);

fn run(arguments: &[OsString]) -> Exit {
    internal::report_panics_as_bugs();
    internal::run(arguments).unwrap_or_else(|error| internal::report(&error))
}
