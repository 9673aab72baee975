//! A command line that is wrong: what clap says of it in semlock's own words, and
//! the line that would have worked.
//!
//! No line is offered unless the command line's own definition accepts it.

mod close;
mod habits;
mod line;
mod program;
mod said;
mod subcommands;
mod suggested;

use std::ffi::OsString;

use super::{Failure, Fix, ShellCommand};
use crate::system::printable;
use line::Line;
pub(crate) use program::is_program;
pub(crate) use suggested::{session as by_option, with_command};

/// The definition of the command line.
pub(crate) trait Definition {
    /// What it says of a line. The error is None for a mistake that clap knows nothing
    /// of.
    fn check(&self, line: &[OsString]) -> Result<(), Option<clap::Error>>;

    /// The names of the subcommands.
    fn subcommands(&self) -> Vec<String>;

    /// The options of a subcommand, or of none, as `-s` and `--shared`.
    fn options(&self, subcommand: &str) -> Vec<String>;
}

/// How many lines are offered.
const MOST: usize = 2;

/// `mistake` in `arguments`, which begin with the program's name, as a failure.
pub(crate) fn usage(
    mistake: &clap::Error,
    arguments: &[OsString],
    definition: &dyn Definition,
) -> Failure {
    let line = Line::new(arguments);
    let (what, cause) = said::of(mistake, &line);
    let failure = Failure::wrong(format!("{}: {}", verb(&line), printable(&what)));
    let failure = match cause {
        Some(cause) => failure.cause(cause),
        None => failure,
    };
    let mut lines = suggested::lines(mistake, &line, definition);
    lines.truncate(MOST);
    let failure = failure.all_fixes(lines.iter().map(|line| typed(line)));
    match habits::template(mistake, &line) {
        Some(template) if !failure.has_fix() => failure.fix(template),
        _ => failure.see(help(&line)),
    }
}

/// A whole command line, to be typed instead.
pub(crate) fn typed(arguments: &[OsString]) -> Fix {
    ShellCommand::new(["semlock"]).args(arguments.iter().skip(1)).into()
}

/// What cannot be done, as "cannot" continues.
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
        word => word.and_then(habits::instead).and_then(|instead| instead.first().copied()),
    };
    let words = ["semlock"].into_iter().chain(subcommand).chain(["--help"]);
    ShellCommand::new(words).to_string()
}
