//! A line that clap does not understand: what is wrong with it in semlock's own words,
//! and the line that would have worked.

use std::ffi::OsString;

use super::line::{Line, typed};
use super::{corrections, describe, habits};
use crate::failure::{Failure, ShellCommand};
use crate::system::printable;

/// How many lines are offered.
const MAX_LINES: usize = 2;

/// The `mistake` in `arguments`, which begin with the program's name.
pub(super) fn explain(mistake: &clap::Error, arguments: &[OsString]) -> Failure {
    let line = Line::new(arguments);
    let (what, cause) = describe::describe(mistake, &line);
    let failure = Failure::wrong(format!("{}: {}", verb(&line), printable(&what)));
    let failure = match cause {
        Some(cause) => failure.cause(cause),
        None => failure,
    };
    let mut lines = corrections::lines(mistake, &line);
    lines.truncate(MAX_LINES);
    let failure = failure.all_fixes(lines.iter().map(|line| typed(line)));
    match habits::template(mistake, &line) {
        Some(template) if !failure.has_fix() => failure.fix(template),
        _ => failure.see(help(&line)),
    }
}

/// What cannot be done, after "cannot".
fn verb(line: &Line) -> &'static str {
    match line.subcommand() {
        Some("create") => "create a block",
        Some("lock") => "lock",
        Some("unlock") => "unlock",
        Some("status") => "show the status",
        Some("remove") => "remove",
        Some("probe-max") => "probe",
        _ => "run",
    }
}

/// The command that shows the options.
fn help(line: &Line) -> String {
    let subcommand = match line.subcommand() {
        Some(word) if verb(line) != "run" => Some(word),
        word => word.and_then(habits::subcommand).and_then(|words| words.first().copied()),
    };
    let words = ["semlock"].into_iter().chain(subcommand).chain(["--help"]);
    ShellCommand::new(words).to_string()
}
