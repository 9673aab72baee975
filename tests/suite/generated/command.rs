//! The page of semlock or of a subcommand, from the definition of the command line.

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use semlock::internal::{FROM_FLOCK, METRICS, environment, exit_statuses};

use super::fields::{write_fields, write_files};
use super::markdown::PREAMBLE;
use super::release;
use super::terms::{table, term};

pub fn page(command: &Command) -> String {
    // clap_mangen would leave out what a summary leaves out. DESCRIPTION has the verdicts.
    let shown = |option: Arg| {
        let is_described = option.get_id() == "verdict";
        option.hide_short_help(false).hide_possible_values(is_described)
    };
    let man = Man::new(command.clone().mut_args(shown))
        .date(release::date())
        .manual("User Commands")
        .source(release::source());
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
    let name = command.get_name();
    exit_status(&mut roff, name);
    table(&mut roff, "ENVIRONMENT", environment(name));
    write_fields(&mut roff, name);
    write_files(&mut roff, name);
    if name.ends_with("status") {
        metrics(&mut roff);
    }
    if let Some(text) = command.get_after_long_help() {
        examples(&mut roff, &text.to_string());
    }
    if name == "lock" {
        from_flock(&mut roff);
    }
    roff.control("SH", ["SEE ALSO"]);
    let semlock = if command.has_subcommands() { "" } else { "semlock(1), " };
    roff.text([roman(format!(
        "{semlock}flock(1), ipcs(1), semop(2), semlock-errors(7), semlock-recipes(7), semlock-security(7), sysvipc(7), Apache::Session::Lock::Semaphore(3pm)"
    ))]);
    roff
}

fn metrics(roff: &mut Roff) {
    let names = METRICS.map(|(name, _)| format!("semlock_{name}"));
    let rows: Vec<_> =
        names.iter().map(String::as_str).zip(METRICS.map(|(_, help)| help)).collect();
    table(roff, "METRICS", &rows);
}

/// EXAMPLES, each a purpose and command lines.
fn examples(roff: &mut Roff, text: &str) {
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
