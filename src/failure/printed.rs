//! Whatever a message contains, it has no control characters, and each part is a line.

use serde_json::json;

use super::Failure;
use super::fix::Fix;
use super::format::{Coloured, Document};
use super::line::line;
use super::output::bug;
use super::shell::ShellCommand;
use crate::exit::Exit;
use crate::hostile::assert_harmless;

#[test]
fn no_message_has_a_control_character() {
    assert_harmless("failures", |rng, texts| {
        let details = json!({ texts.string(): texts.string(), "list": [texts.text()] });
        let mut failure = Failure::new(Exit::System, texts.string()).cause(texts.string());
        for _ in 0..rng.usize(..4) {
            failure = failure.evidence(texts.string());
        }
        let failure = failure.details(&details);
        let failure =
            failure.fix(Fix::from(texts.string()).note(texts.string()).by(texts.string()));
        let json = crate::json::line(&Document::of(&failure)).unwrap();
        format!("{failure}\n{}\n{}", Coloured(&failure), String::from_utf8(json).unwrap())
    });
}

#[test]
fn no_line_has_a_control_character() {
    assert_harmless("lines of any length", |rng, texts| {
        let words: Vec<_> = (0..rng.usize(..200)).map(|_| texts.string()).collect();
        format!("{}\n", line(&words.join(" ")))
    });
}

#[test]
fn a_bug_is_reported_in_one_line() {
    assert_harmless("a panic", |_, texts| {
        let panic = format!("panicked at src/main.rs:1:2:\n{}", texts.string());
        line(&bug(&panic)).into_owned()
    });
}

#[test]
fn a_command_is_shown_as_it_is_or_not_at_all() {
    assert_harmless("commands", |rng, texts| {
        let words: Vec<_> = (0..rng.usize(1..4)).map(|_| texts.string()).collect();
        let command = ShellCommand::new(&words);
        if command.is_exact() {
            assert_eq!(shlex::split(&command.to_string()), Some(words));
            return line(&command.to_string()).replace('\n', "");
        }
        String::new()
    });
}
