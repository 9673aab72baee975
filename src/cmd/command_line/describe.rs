//! What is wrong with a command line, in plain words.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::line::Line;
use crate::failure::quoted;

/// What is wrong, and why, if that is not obvious.
pub(super) fn describe(mistake: &clap::Error, line: &Line) -> (String, Option<String>) {
    if mistake.kind() == ErrorKind::ValueValidation {
        return value(mistake);
    }
    let what = match mistake.kind() {
        ErrorKind::UnknownArgument => unknown(mistake, line),
        ErrorKind::InvalidSubcommand => {
            format!(
                "there is no subcommand {}",
                quoted(&text(mistake, ContextKind::InvalidSubcommand))
            )
        }
        ErrorKind::MissingSubcommand => "no subcommand was given".into(),
        ErrorKind::InvalidValue => choice(mistake),
        ErrorKind::MissingRequiredArgument => missing(mistake, line),
        ErrorKind::ArgumentConflict => conflict(mistake, line),
        ErrorKind::TooManyValues => format!("{} takes no value", name(mistake)),
        ErrorKind::NoEquals => {
            format!("{0} takes its value after an equals sign, as {0}=VALUE", name(mistake))
        }
        ErrorKind::DisplayHelp => "this would show semlock's help and run nothing".into(),
        ErrorKind::InvalidUtf8 => "an option has a value that is not UTF-8".into(),
        _ => rest(mistake),
    };
    (what, None)
}

/// Any other kind of mistake: clap's own words.
fn rest(mistake: &clap::Error) -> String {
    let text = mistake.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}

fn unknown(mistake: &clap::Error, line: &Line) -> String {
    let argument = text(mistake, ContextKind::InvalidArg);
    let at = line.find(&argument);
    if at.is_some_and(|at| line.is_before_subcommand(at)) && argument.starts_with("--") {
        return format!("there is no option {} before the subcommand", quoted(&argument));
    }
    if !argument.starts_with('-') {
        let subcommand = line.subcommand().unwrap_or("semlock");
        return format!("{subcommand} takes only options, not {}", quoted(&argument));
    }
    let group = line.find_short(&argument).map(|at| line.words()[at].to_string_lossy());
    match group.filter(|group| *group != argument) {
        Some(group) => format!("there is no option {}, in {}", quoted(&argument), quoted(&group)),
        None => format!("there is no option {}", quoted(&argument)),
    }
}

/// A value that is missing, or is none of the possible ones.
fn choice(mistake: &clap::Error) -> String {
    let (name, value) = (name(mistake), text(mistake, ContextKind::InvalidValue));
    let choices = listed(&texts(mistake, ContextKind::ValidValue), "or");
    match (value.is_empty(), choices.is_empty()) {
        (true, true) => format!("{name} needs a value"),
        (true, false) => format!("{name} needs a value: {choices}"),
        (false, _) => format!("{name} takes {choices}, not \"{value}\""),
    }
}

/// A value that the option's parser refuses, with the parser's reason.
fn value(mistake: &clap::Error) -> (String, Option<String>) {
    let (name, value) = (name(mistake), text(mistake, ContextKind::InvalidValue));
    let why = mistake.source().map(ToString::to_string);
    match value.as_str() {
        "" => (format!("{name} needs a value"), why),
        value => (format!("{name} cannot be \"{value}\""), why),
    }
}

fn missing(mistake: &clap::Error, line: &Line) -> String {
    let wanted = texts(mistake, ContextKind::InvalidArg);
    let wanted: Vec<_> = wanted.iter().flat_map(|one| alternatives(one)).collect();
    format!("{} needs {}", line.subcommand().unwrap_or("semlock"), listed(&wanted, "or"))
}

/// "a SESSION", "--slot" of `<SESSION|--slot <N>>`.
fn alternatives(group: &str) -> Vec<String> {
    let group = group.strip_prefix('<').unwrap_or(group);
    group
        .split('|')
        .map(named)
        .map(|name| if name.starts_with('-') { name } else { format!("a {name}") })
        .collect()
}

fn conflict(mistake: &clap::Error, line: &Line) -> String {
    let name = name(mistake);
    let others = texts(mistake, ContextKind::PriorArg);
    let mut others: Vec<_> = others.iter().map(|other| named(other)).collect();
    if others.contains(&name) {
        return format!("{name} is given twice");
    }
    // Clap names every member of a group; only what was typed can be taken away.
    let is_typed = |other: &String| line.find(other).is_some();
    if others.iter().any(is_typed) {
        others.retain(is_typed);
    }
    others.insert(0, name);
    format!("{} cannot be used together", listed(&others, "and"))
}

/// The option or argument that is wrong, without its value.
fn name(mistake: &clap::Error) -> String {
    named(&text(mistake, ContextKind::InvalidArg))
}

/// `--create` of `--create[=<NSEMS>]`, SESSION of `[SESSION]...`.
fn named(argument: &str) -> String {
    let end = if argument.starts_with('-') { &['[', '=', ' ', '>'][..] } else { &[']', '>', '.'] };
    let argument = argument.trim_start_matches(['[', '<']);
    argument.split(end).next().unwrap_or_default().to_owned()
}

/// "a, b or c"
fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Clap's text of this kind; empty if there is none.
pub(super) fn text(mistake: &clap::Error, kind: ContextKind) -> String {
    texts(mistake, kind).into_iter().next().unwrap_or_default()
}

/// Clap's texts of this kind.
pub(super) fn texts(mistake: &clap::Error, kind: ContextKind) -> Vec<String> {
    match mistake.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_clap_uses_become_plain_ones() {
        for (argument, name) in [
            ("--create[=<NSEMS>]", "--create"),
            ("--key <KEY>", "--key"),
            ("[SESSION]...", "SESSION"),
            ("<COMMAND>", "COMMAND"),
        ] {
            assert_eq!(named(argument), name);
        }
        assert_eq!(alternatives("<SESSION|--slot <N>>"), ["a SESSION", "--slot"]);
    }

    #[test]
    fn several_words_are_listed_with_a_conjunction_before_the_last() {
        for (words, expected) in
            [(&["a"][..], "a"), (&["a", "b"], "a or b"), (&["a", "b", "c"], "a, b or c")]
        {
            let words: Vec<_> = words.iter().map(ToString::to_string).collect();
            assert_eq!(listed(&words, "or"), expected);
        }
    }

    #[test]
    fn a_mistake_that_no_line_shows_is_told_too() {
        let words = [std::ffi::OsString::from("semlock")];
        let told = |kind, text| describe(&clap::Error::raw(kind, text), &Line::new(&words));
        let only = |text: &str| (text.to_owned(), None);
        assert_eq!(told(ErrorKind::Io, "the disk is full\nand more"), only("the disk is full"));
        assert_eq!(
            told(ErrorKind::DisplayHelp, "x"),
            only("this would show semlock's help and run nothing")
        );
        assert_eq!(
            told(ErrorKind::InvalidUtf8, "x"),
            only("an option has a value that is not UTF-8")
        );
    }
}
