//! The commands that semlock offers as fixes, and that documents name: each must be one
//! that semlock accepts.

use clap::Parser;
use semlock::internal::Cli;

use super::Finished;
use super::markdown::code_spans;

/// Fails the test if a `fix:` line has a semlock command that the command line's definition
/// rejects.
#[track_caller]
pub fn offers_only_commands_that_semlock_accepts(finished: &Finished) {
    let lines = finished.stderr() + &finished.stdout();
    for fix in lines.lines().filter_map(|line| line.trim_start().strip_prefix("fix: ")) {
        for command in commands(fix) {
            let rejected = Cli::try_parse_from(&command).is_err_and(|error| error.use_stderr());
            assert!(!rejected, "semlock rejects {command:?}, offered by {finished}");
        }
    }
}

/// The semlock commands of a fix. Its note, and who may run it, are left out.
fn commands(fix: &str) -> Vec<Vec<String>> {
    let (script, _) = fix.split_once("  # ").unwrap_or((fix, ""));
    let words = shlex::split(&script.replace("$$", "1")).unwrap_or_default();
    let commands = words.split(|word| word == "&&");
    let semlock = commands.filter_map(|words| {
        let start = words.iter().position(|word| word == "semlock")?;
        Some(words[start..].to_vec())
    });
    semlock.collect()
}

/// Fails the test if the text of a document names a semlock command that is rejected;
/// returns how many it names.
#[track_caller]
pub fn are_accepted(document: &str) -> usize {
    let mut commands = code_spans(document);
    commands.retain(|command| command.starts_with("semlock "));
    for command in &commands {
        let command = command.replace("$$", "1");
        let words = command.split_whitespace().map(|word| word.trim_matches('"'));
        if let Err(error) = Cli::try_parse_from(words) {
            panic!("{command}: {error}");
        }
    }
    commands.len()
}
