//! What a shell offers for the word at the cursor: `semlock complete WORD...`, a hidden
//! command that the scripts in completions/ run. Options and fixed values come from the
//! definition of the command line.
//!
//! The first line of the answer says what the word is, and the lines after it are
//! candidates, each with a tab and a description:
//!
//! - `values`: one of the candidates;
//! - `list`: one of the candidates, and more may follow after a comma;
//! - `files`: the name of a file;
//! - `command N`: part of a command line of its own, which begins with word N.

use std::ffi::OsString;
use std::io::{self, Write};

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::CompletionCandidate;
use clap_complete::engine;

use crate::cli::Cli;
use crate::exit::Exit;

/// The words of the line to complete, up to the cursor; the first is semlock's name.
pub(super) fn words(arguments: &[OsString]) -> Option<&[OsString]> {
    match arguments {
        [_, complete, words @ ..] if complete == "complete" && !words.is_empty() => Some(words),
        _ => None,
    }
}

pub(super) fn run(words: &[OsString]) -> Result<Exit> {
    let mut out = io::stdout().lock();
    if let Some(end) = words[..words.len() - 1].iter().position(|word| word == "--") {
        writeln!(out, "command {}", end + 1)?;
        return Ok(Exit::Done);
    }
    writeln!(out, "values")?;
    for candidate in engine::complete(&mut Cli::command(), words.to_vec(), words.len() - 1, None)? {
        writeln!(out, "{}\t{}", candidate.get_value().display(), description(&candidate))?;
    }
    Ok(Exit::Done)
}

/// The first line of the help text.
fn description(candidate: &CompletionCandidate) -> String {
    let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    help.lines().next().unwrap_or_default().to_owned()
}
