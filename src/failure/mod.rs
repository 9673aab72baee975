//! A failed call and the evidence at hand, turned into a cause and a remedy.
//!
//! Every failure of the program is a [`Failure`]. One that comes from the
//! kernel is explained here from what was asked, the errno, and evidence that
//! is gathered after the fact; [`reasons`] is the table of all that can be
//! told apart, and the manual page semlock-errors(7) is made of it.

mod absent;
mod access;
mod evidence;
mod failed;
mod form;
mod limits;
mod line;
mod orphans;
pub mod reasons;
mod removed;
mod room;
mod semget;
mod semop;
mod shell;
mod taken;
mod wanted;
mod warning;

use std::error::Error;
use std::io::{self, Write};

use crate::exit::Exit;

pub use access::{may_remove, unread};
pub use failed::Failure;
pub use form::{Form, form, is_coloured, set_form};
pub use room::no_room;
pub use semget::{making, recreating, replacing};
pub use shell::{quoted, semlock, set_namespace};
pub use taken::{doubtful, not_as_asked};
pub use wanted::Wanted;
pub use warning::{Warnings, before_creating};

/// Prints the error that ends the program, and gives the status to end with.
pub fn report(error: &anyhow::Error) -> Exit {
    if is_closed_pipe(error) {
        return Exit::Done;
    }
    let failure = match (error.downcast_ref(), error.downcast_ref()) {
        (Some(failure), _) => failure,
        (None, Some(error)) => &Failure::io("write to standard output", error),
        (None, None) => &Failure::new(Exit::System, error.to_string()),
    };
    // A stderr that cannot be written to leaves nobody to tell.
    let _ = form::write(&mut io::stderr(), failure, form());
    failure.exit
}

/// Says on stderr what came of something that was done.
pub fn tell(what: &str) {
    line::say(&format!("semlock: {}\n", line::line(what)));
}

/// Warns on stderr of what may go wrong with something that was done.
pub fn warn(what: &str) {
    tell(&format!("warning: {what}"));
}

/// Makes what clap repeats of a command line fit to be shown, before anything is
/// said of it.
pub fn make_printable(mistake: &mut clap::Error) {
    line::make_printable(mistake);
}

/// Says on stderr what clap says of a command line that is wrong.
pub fn tell_usage(mistake: &clap::Error) {
    let text = mistake.to_string();
    let lines: Vec<_> = text.lines().map(line::line).collect();
    line::say(&(lines.join("\n") + "\n"));
}

/// What clap says of a command line that is wrong, as a failure.
pub fn usage(mistake: &clap::Error) -> Failure {
    let text = mistake.to_string();
    // What is missing stands on lines of its own.
    let first: Vec<_> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let first = first.join(" ");
    let first = first.strip_prefix("error: ").unwrap_or(&first);
    let why = mistake.source().map(ToString::to_string).unwrap_or_default();
    let first = first.strip_suffix(&why).map_or(first, |first| first.trim_end_matches(": "));
    let failure = Failure::new(Exit::Usage, format!("read the command line: {first}"))
        .reason(&reasons::USAGE);
    if why.is_empty() { failure } else { failure.cause(why) }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Makes a panic exit with the status that the manual promises for a bug.
pub fn report_panics_as_bugs() {
    std::panic::set_hook(Box::new(|panic| {
        let _ = writeln!(io::stderr(), "semlock: this is a bug in semlock: {panic}");
        std::process::exit(Exit::Bug.code().into());
    }));
}
