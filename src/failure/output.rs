//! How messages reach stderr. Each is one write(2), so that those of several processes
//! do not mix.

use std::borrow::Cow;
use std::fmt;
use std::io;

use super::error::Failure;
use super::format::{self, MessageFormat};
use super::line;
use crate::exit::Exit;
use crate::system;

/// Prints an error and returns its exit status.
pub fn report(error: &anyhow::Error) -> Exit {
    if is_closed_pipe(error) {
        return Exit::Done;
    }
    let failure = failure(error);
    // If that fails, it can be reported nowhere.
    let _ = line::say(&format::message(&failure));
    failure.exit
}

/// The message of an error that is shown elsewhere than on stderr.
pub(crate) fn message(error: &anyhow::Error) -> String {
    String::from_utf8_lossy(&format::message(&failure(error))).into_owned()
}

fn failure(error: &anyhow::Error) -> Cow<'_, Failure> {
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(failure), _) => Cow::Borrowed(failure),
        (None, Some(error)) => Cow::Owned(Failure::io("write to standard output", error)),
        (None, None) => Cow::Owned(Failure::new(Exit::System, error.to_string())),
    }
}

/// Reports that the answer is no: `object` cannot be `verb`ed because of `why`.
pub(crate) fn tell_no(verb: &str, object: &str, why: &str) {
    match format::format() {
        MessageFormat::Json => {
            let no = Failure::new(Exit::No, format!("{verb}: {object} {why}"));
            report(&no.into());
        }
        MessageFormat::Plain | MessageFormat::Coloured => tell(&format!("{object} {why}")),
    }
}

/// Prints a line on stderr.
pub(crate) fn tell(what: &str) {
    let _ = line::say(format!("semlock: {}\n", line::line(what)).as_bytes());
}

/// Prints a text on stderr as it is.
pub(crate) fn show(text: &str) {
    let _ = line::say(text.as_bytes());
}

/// Prints a question on stderr. Whoever cannot print it must not take an answer to it.
pub(crate) fn ask(question: &str) -> Result<(), Failure> {
    let asked = line::say(question.as_bytes());
    asked.map_err(|error| Failure::io("ask on standard error", &error))
}

pub(crate) fn warn(what: &str) {
    tell(&format!("warning: {what}"));
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// In one line. A panic may repeat a text that another user chose.
pub(super) fn bug(panic: &dyn fmt::Display) -> String {
    format!("this is a bug in semlock: {panic}").replacen('\n', " ", 1)
}

/// Makes a panic exit with the manual's status for a bug.
pub fn report_panics_as_bugs() {
    std::panic::set_hook(Box::new(|panic| {
        system::leave_screen();
        tell(&bug(panic));
        std::process::exit(Exit::Bug.code().into());
    }));
}
