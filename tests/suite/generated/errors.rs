//! semlock-errors(7): the table of reasons.

use clap_mangen::roff::{Roff, bold, roman};
use semlock::internal::reasons;

use super::fields::{write_fields, write_files};
use super::terms::title;

const ERRORS_INTRODUCTION: &str = "\
If semlock fails, it prints one line on standard error, with what it could not do and \
the name of the errno. Lines with the labels cause, evidence and fix follow if semlock is \
certain of them. A fix is a shell command if there is one; anything after a # in it is a \
note. If there are several, the first is the best. If the command line is wrong and there \
is no fix, the label see names the command that shows the options.

With --format json, each failure is one JSON object instead, on a line of its own. A command \
that fails for several sets prints several. Warnings are still lines of text, which begin with \
semlock and a colon.

On a terminal, the labels are coloured, unless the environment variable NO_COLOR has a value.

EINTR is never reported: if a signal interrupts a wait, semlock waits for the rest of the time.";

pub fn page() -> String {
    let mut roff = Roff::new();
    title(&mut roff, "semlock-errors", "why semlock fails, and what fixes it");
    roff.control("SH", ["DESCRIPTION"]);
    for (number, paragraph) in ERRORS_INTRODUCTION.split("\n\n").enumerate() {
        if number > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(paragraph.replace('\n', " "))]);
    }
    write_fields(&mut roff, "errors");
    roff.control("SH", ["REASONS"]);
    for reason in reasons::ALL {
        roff.control("TP", []);
        roff.text([bold(reason.name)]);
        let status = reason.exit.code();
        roff.text([roman(format!("{}; exit status {status}.", reason.call))]);
        roff.control("IP", []);
        roff.text([roman(format!("Cause: {}.", reason.cause))]);
        roff.control("IP", []);
        roff.text([roman(format!("Remedy: {}", reason.remedy))]);
    }
    write_files(&mut roff, "errors");
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(
        "semlock(1), semlock-create(1), semget(2), semop(2), semctl(2), proc(5), logind.conf(5), sysvipc(7), sysctl(8)",
    )]);
    roff.to_roff()
}
