//! Everything that semlock says when something fails, and how it reaches stderr.
//!
//! Every failure of the program is a [`Failure`]: what could not be done, the cause,
//! what shows it, and each [`Fix`] that is certain. One that comes from the kernel is
//! explained here from what was asked, the errno, and evidence that is gathered after
//! the fact; one that comes from clap is explained in `cmd`. [`reasons`] is the
//! table of all that can be told apart, and of the manual page semlock-errors(7). A
//! message is one write(2), so that those of several processes do not mix.

mod absent;
mod access;
mod at_least;
mod evidence;
mod failed;
mod fix;
mod format;
mod limits;
mod line;
mod missing;
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

use std::borrow::Cow;
use std::io;

use crate::exit::Exit;
use crate::system;

pub(crate) use access::{
    as_root, by_remover, by_those_who_may_alter, by_those_who_may_remove, may_remove,
    not_removable, removing, unread,
};
pub(crate) use at_least::too_small;
pub(crate) use failed::Failure;
pub(crate) use fix::Fix;
pub(crate) use format::{Format, is_coloured, set_format};
pub(crate) use limits::{MAX_SETS, raising};
pub(crate) use missing::showing_all;
pub(crate) use room::no_room;
pub(crate) use semget::{making, recreating, replacing};
pub(crate) use shell::{ShellCommand, quoted, set_namespace};
pub(crate) use taken::{doubtful, not_as_asked};
pub(crate) use wanted::Wanted;
pub(crate) use warning::{Warnings, before_creating, removes_at_logout, shared_slots};

/// Prints the error that ends the program, and gives the status to end with.
pub fn report(error: &anyhow::Error) -> Exit {
    if is_closed_pipe(error) {
        return Exit::Done;
    }
    let failure = failure(error);
    line::say(&format::message(&failure));
    failure.exit
}

/// The message of an error that does not end the program, to be shown in another place.
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

/// Says on stderr that the answer is no, of an object that could not be `verb`ed for
/// that; a program gets it as it gets every error.
pub(crate) fn tell_no(verb: &str, object: &str, why: &str) {
    match format::format() {
        Format::Json => {
            let no = Failure::new(Exit::No, format!("{verb}: {object} {why}"));
            report(&no.into());
        }
        Format::Plain | Format::Coloured => tell(&format!("{object} {why}")),
    }
}

/// Says on stderr what came of something that was done.
pub(crate) fn tell(what: &str) {
    line::say(format!("semlock: {}\n", line::line(what)).as_bytes());
}

/// Shows a text of several lines on stderr, such as help that nobody asked for.
pub(crate) fn show(text: &str) {
    line::say(text.as_bytes());
}

/// Warns on stderr of what may go wrong with something that was done.
pub(crate) fn warn(what: &str) {
    tell(&format!("warning: {what}"));
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Makes a panic exit with the status that the manual promises for a bug.
pub fn report_panics_as_bugs() {
    std::panic::set_hook(Box::new(|panic| {
        system::leave_screen();
        line::say(format!("semlock: this is a bug in semlock: {panic}\n").as_bytes());
        std::process::exit(Exit::Bug.code().into());
    }));
}
