//! The manual pages and JSON Schemas that are committed are what the command line's
//! definition gives. `make generate` writes them.

mod fields;
mod schema;

use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::{Arg, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use semlock::internal::{Cli, METRICS, reasons};
use semlock::internal::{FROM_FLOCK, environment, exit_statuses};

/// The day of the last change to what the manual says.
const MANUAL_DATE: &str = "2026-11-26";

const ERRORS_INTRODUCTION: &str = "\
If semlock fails, it prints one line on standard error, with what it could not do and \
the name of the errno. Lines with the labels cause, evidence and fix follow if semlock is \
certain of them. A fix is a shell command if there is one; anything after a # in it is a \
note. If there are several, the first is the best. If the command line is wrong and there \
is no fix, the label see names the command that shows the options.

With --format json, standard error has one JSON object instead, on one line.

On a terminal, the labels are coloured, unless the environment variable NO_COLOR has a value.

EINTR is never reported: if a signal interrupts a wait, semlock waits for the rest of the time.";

/// What begins each section that clap_mangen renders: a definition of the apostrophe.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

#[test]
fn the_manual_pages_are_what_the_command_line_gives() {
    // It has no page: semlock(1) lists the subcommands.
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    let pages =
        cli.get_subcommands().map(|sub| (format!("man/semlock-{}.1", sub.get_name()), page(sub)));
    let mut expected: Vec<_> = pages.collect();
    expected.push(("man/semlock.1".into(), page(&cli)));
    expected.push(("man/semlock-errors.7".into(), errors_page()));
    check("man", &expected);
}

/// Compares the files of `directory` with `expected`, or writes them.
fn check(directory: &str, expected: &[(String, String)]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if env::var_os("SEMLOCK_REGENERATE").is_some() {
        for (name, text) in expected {
            fs::write(root.join(name), text).unwrap();
        }
    }
    for (name, text) in expected {
        let committed = fs::read_to_string(root.join(name)).unwrap_or_default();
        assert!(committed == *text, "{name} is not current: run `make generate`");
    }
    let present = fs::read_dir(root.join(directory)).unwrap().map(|file| file.unwrap().path());
    let present: Vec<PathBuf> = present.filter(|path| path.is_file()).collect();
    assert_eq!(present.len(), expected.len(), "a file too many or too few: {present:?}");
}

fn page(command: &Command) -> String {
    // clap_mangen would leave out what a summary leaves out. DESCRIPTION has the verdicts.
    let shown = |option: Arg| {
        let is_described = option.get_id() == "verdict";
        option.hide_short_help(false).hide_possible_values(is_described)
    };
    let man = Man::new(command.clone().mut_args(shown))
        .date(MANUAL_DATE)
        .manual("User Commands")
        .source(concat!("semlock ", env!("CARGO_PKG_VERSION")));
    let mut out = Vec::new();
    man.render_title(&mut out).unwrap();
    man.render_name_section(&mut out).unwrap();
    synopsis(command).to_writer(&mut out).unwrap();
    description(command).to_writer(&mut out).unwrap();
    out.extend(options(&man).bytes());
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out).unwrap();
    }
    sections(command).to_writer(&mut out).unwrap();
    // clap_mangen breaks the line around an empty one, which mandoc complains of.
    let text = String::from_utf8(out).unwrap().replace("\n.br\n\n.br\n", "\n.sp\n");
    text.replace(PREAMBLE, "").replace("\\*(Aq", "\\(aq").replace(".RS 14", ".RS")
}

/// semlock-errors(7): the table of reasons.
fn errors_page() -> String {
    let mut roff = Roff::new();
    let version = concat!("semlock ", env!("CARGO_PKG_VERSION"));
    let title = ["semlock-errors", "7", MANUAL_DATE, version, "Miscellaneous Information"];
    roff.control("TH", title);
    roff.control("SH", ["NAME"]);
    roff.text([roman("semlock-errors - why semlock fails, and what fixes it")]);
    roff.control("SH", ["DESCRIPTION"]);
    for (number, paragraph) in ERRORS_INTRODUCTION.split("\n\n").enumerate() {
        if number > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(paragraph.replace('\n', " "))]);
    }
    fields::write_fields(&mut roff, "errors");
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
    fields::write_files(&mut roff, "errors");
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(
        "semlock(1), semlock-create(1), semget(2), semop(2), semctl(2), proc(5), logind.conf(5), sysvipc(7), sysctl(8)",
    )]);
    roff.to_roff()
}

fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([roman(usage.trim_start_matches("Usage: "))]);
    roff
}

/// DESCRIPTION, with a subsection for each heading of the long help, which begins with
/// the short one: that is in NAME.
fn description(command: &Command) -> Roff {
    let text = command.get_long_about().expect("every command has a long text").to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["DESCRIPTION"]);
    for (number, block) in text.split("\n\n").skip(1).enumerate() {
        let paragraph = match block.split_once(":\n") {
            Some((heading, paragraph)) if !heading.contains('\n') && !heading.starts_with(' ') => {
                roff.control("SS", [heading]);
                paragraph
            }
            _ if block.starts_with(' ') => block,
            _ if number > 0 => {
                roff.control("PP", []);
                block
            }
            _ => block,
        };
        if paragraph.starts_with(' ') {
            list(&mut roff, paragraph);
        } else {
            roff.text([roman(paragraph)]);
        }
    }
    roff
}

/// An indented list: each line "  TERM  meaning", or a continuation of the one before.
fn list(roff: &mut Roff, block: &str) {
    let mut rows: Vec<(&str, String)> = Vec::new();
    for line in block.lines() {
        if let Some(line) = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')) {
            let (term, meaning) = line.split_once(' ').expect("a term has a meaning");
            rows.push((term, meaning.trim().into()));
        } else {
            let (_, meaning) = rows.last_mut().expect("a list begins with a term");
            meaning.push(' ');
            meaning.push_str(line.trim());
        }
    }
    for (term, meaning) in rows {
        roff.control("TP", []);
        roff.text([bold(term)]);
        roff.text([roman(meaning)]);
    }
}

/// OPTIONS, with a subsection for each group.
fn options(man: &Man) -> String {
    let mut out = Vec::new();
    man.render_options_section(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let has_groups = !text.contains(".SH OPTIONS");
    let text = if has_groups { text.replacen(".SH ", ".SH OPTIONS\n.SH ", 1) } else { text };
    let line = |line: &str| match line.strip_prefix(".SH ") {
        Some(group) if group != "OPTIONS" => {
            let (first, rest) = group.trim_matches('"').split_at(1);
            format!(".SS \"{first}{}\"\n", rest.to_lowercase())
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn sections(command: &Command) -> Roff {
    let mut roff = Roff::new();
    exit_status(&mut roff, command.get_name());
    table(&mut roff, "ENVIRONMENT", environment(command.get_name()));
    fields::write_fields(&mut roff, command.get_name());
    fields::write_files(&mut roff, command.get_name());
    if command.get_name().ends_with("status") {
        let names = METRICS.map(|(name, _)| format!("semlock_{name}"));
        let rows: Vec<_> =
            names.iter().map(String::as_str).zip(METRICS.map(|(_, help)| help)).collect();
        table(&mut roff, "METRICS", &rows);
    }
    if let Some(examples) = command.get_after_long_help() {
        let text = examples.to_string();
        let text = text.strip_prefix("Examples:\n").expect("the text after the help is examples");
        roff.control("SH", ["EXAMPLES"]);
        for (number, example) in text.split("\n\n").enumerate() {
            if number > 0 {
                roff.control("PP", []);
            }
            let (purpose, commands) = example.trim_start().split_once('\n').unwrap();
            roff.text([roman(purpose)]);
            roff.control("RS", ["4"]);
            roff.control("nf", []);
            commands.lines().for_each(|line| {
                roff.text([roman(line.trim_start())]);
            });
            roff.control("fi", []);
            roff.control("RE", []);
        }
    }
    if command.get_name() == "lock" {
        from_flock(&mut roff);
    }
    roff.control("SH", ["SEE ALSO"]);
    let semlock = if command.has_subcommands() { "" } else { "semlock(1), " };
    roff.text([roman(format!(
        "{semlock}flock(1), ipcs(1), semop(2), semlock-errors(7), sysvipc(7), Apache::Session::Lock::Semaphore(3pm)"
    ))]);
    roff
}

/// The table for users of flock(1): a row's command lines stand in bold, as they are.
fn from_flock(roff: &mut Roff) {
    roff.control("SH", ["FROM FLOCK TO SEMLOCK"]);
    for row in FROM_FLOCK {
        roff.control("TP", []);
        roff.text([bold(row.flock)]);
        if !row.semlock.is_empty() {
            roff.control("nf", []);
            row.semlock.lines().for_each(|line| {
                roff.text([bold(line)]);
            });
            roff.control("fi", []);
        }
        roff.text([roman(row.differs)]);
    }
}

fn exit_status(roff: &mut Roff, name: &str) {
    roff.control("SH", ["EXIT STATUS"]);
    for (exit, meaning) in exit_statuses(name) {
        let status = exit.map_or("other".into(), |exit| exit.code().to_string());
        term(roff, &status, meaning);
    }
}

/// A section with an indented text for each of its terms.
fn table(roff: &mut Roff, heading: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    terms(roff, rows);
}

fn terms(roff: &mut Roff, rows: &[(&str, &str)]) {
    for (name, meaning) in rows {
        term(roff, name, meaning);
    }
}

fn term(roff: &mut Roff, name: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(meaning)]);
}
