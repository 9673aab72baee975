//! What a document shows of a terminal: each command is run, and its output compared.

use std::process::Command;

use super::{Finished, Sandbox};

/// What varies, such as a pid or a directory, and what the document shows for it.
pub type StandIn<'a> = (String, &'a str);

/// Runs the commands of a block, each in a shell that `shell` makes, and compares what
/// they print.
#[track_caller]
pub fn shows(console: &str, stand_ins: &[StandIn], shell: impl Fn(&str) -> Command) {
    for (command, shown) in commands(console) {
        let real = real(&command, stand_ins);
        let printed = Finished::of(shell(&real)).stdout();
        assert!(
            is_shown(shown, &printed, stand_ins),
            "shown of {real}:\n{shown}\nand it prints:\n{printed}"
        );
    }
}

/// A command with what the document shows replaced by what there is.
pub fn real(command: &str, stand_ins: &[StandIn]) -> String {
    let replaced = |text: String, (real, shown): &StandIn| text.replace(shown, real);
    stand_ins.iter().fold(command.to_owned(), replaced)
}

/// A shell in the sandbox, which finds semlock and prints errors where it prints all else.
pub fn terminal(sandbox: &Sandbox, script: &str) -> Command {
    sandbox.shell(&format!("exec 2>&1\n{script}"))
}

/// The commands of a block, each with its output. A command goes on in lines that begin
/// with `>`.
fn commands(console: &str) -> impl Iterator<Item = (String, &str)> {
    let parts = console.strip_prefix("$ ").expect("it begins with a command").split("\n$ ");
    parts.map(|part| {
        let (command, mut output) = part.split_once('\n').unwrap_or((part, ""));
        let mut command = command.to_owned();
        while let Some((line, rest)) = output.strip_prefix("> ").and_then(|it| it.split_once('\n'))
        {
            command = format!("{command}\n{line}");
            output = rest;
        }
        (command, output)
    })
}

/// Whether the output is what is shown, where `...` stands for any lines, and at the end of
/// a line for its rest. Ages vary, and the width of columns varies with what has stand-ins.
fn is_shown(shown: &str, printed: &str, stand_ins: &[StandIn]) -> bool {
    let words = |line: &str| line.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    let printed =
        stand_ins.iter().fold(printed.to_owned(), |text, (real, shown)| text.replace(real, shown));
    let printed: Vec<_> = printed.lines().map(words).collect();
    let mut rest = &printed[..];
    let mut is_elided = false;
    for line in shown.lines().map(words) {
        if line == "..." {
            is_elided = true;
            continue;
        }
        let reach = if is_elided { rest.len() } else { 1 };
        match rest.iter().take(reach).position(|next| is_line(&line, next)) {
            Some(at) => rest = &rest[at + 1..],
            None => return false,
        }
        is_elided = false;
    }
    is_elided || rest.is_empty()
}

fn is_line(shown: &str, printed: &str) -> bool {
    shown.strip_suffix(" ...").map_or(shown == printed, |begin| printed.starts_with(begin))
}

/// A word, or what stands for an age.
fn word(word: &str) -> &str {
    let is_age = word.strip_suffix('s').is_some_and(|age| age.parse::<u8>().is_ok());
    if is_age { "AGE" } else { word }
}

#[test]
fn an_output_that_is_not_printed_is_noticed() {
    let pids = [("77".to_owned(), "18301")];
    for (shown, printed, expected) in [
        ("a b\n", "a   b\n", true),
        ("a b\n", "a c\n", false),
        ("a\n", "a\nb\n", false),
        ("a\n...\n", "a\nb\n", true),
        ("...\nb\n", "a\nb\n", true),
        ("...\nc\n", "a\nb\n", false),
        ("a\n...\nc\n", "a\nb\n", false),
        ("a b ...\n", "a b c\n", true),
        ("a b ...\n", "a c\n", false),
        ("...\nb ...\n", "a\nb c\n", true),
        ("18301 4s\n", "77 0s\n", true),
        ("18305 4s\n", "77 0s\n", false),
    ] {
        assert_eq!(is_shown(shown, printed, &pids), expected, "{shown:?} and {printed:?}");
    }
}

#[test]
fn each_command_has_its_output() {
    let block = "$ one\n$ two \\\n> more\nsaid\nagain\n$ three\n";
    let expected = [("one", ""), ("two \\\nmore", "said\nagain"), ("three", "")];
    let expected = expected.map(|(command, output)| (command.to_owned(), output));
    assert_eq!(commands(block).collect::<Vec<_>>(), expected);
}
