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

#[test]
fn a_message_has_a_line_for_each_part() {
    let failure = Failure::new(Exit::System, "look")
        .cause("c")
        .evidence("e")
        .all_evidence(["f".to_owned()])
        .fix(Fix::from("g"))
        .see("semlock --help");
    assert_eq!(
        failure.to_string(),
        "cannot look\n  cause: c\n  evidence: e\n  evidence: f\n  fix: g"
    );
    let seen = failure.clone().without_fixes().without_cause().see("semlock --help");
    assert_eq!(
        seen.to_string(),
        "cannot look\n  evidence: e\n  evidence: f\n  see: semlock --help"
    );
    assert_eq!([failure.has_fix(), seen.has_fix()], [true, false]);
    assert_eq!(
        Coloured(&failure).to_string(),
        "\x1b[1m\x1b[31msemlock:\x1b[0m cannot look\n  \x1b[1m\x1b[33mcause:\x1b[0m c\n  \x1b[1m\x1b[36mevidence:\x1b[0m e\n  \x1b[1m\x1b[36mevidence:\x1b[0m f\n  \x1b[1m\x1b[32mfix:\x1b[0m g"
    );
    assert_eq!(failure.headline(), "look");
    assert_eq!(failure.evidence_lines(), ["e", "f"]);
}

#[test]
fn the_document_has_the_errno_and_the_details() {
    let failure = Failure::io("look", &std::io::Error::from_raw_os_error(libc::EACCES));
    assert_eq!(failure.exit, Exit::Permission);
    let failure = failure.details(&serde_json::json!({"more": 5})).fix(Fix::from("g"));
    let line = crate::json::line(&Document::of(&failure)).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(document["error"], "cannot look: Permission denied (EACCES)");
    assert_eq!((&document["errno"], &document["more"]), (&"EACCES".into(), &5.into()));
    assert_eq!((&document["fix"][0], &document["schema"]), (&"g".into(), &1.into()));
    assert_eq!(document["status"], Exit::Permission.code());
    let other = Failure::io("look", &std::io::Error::other("no"));
    assert_eq!((other.headline(), other.exit), ("look: no", Exit::System));
}
