//! Help: the groups of options, the options of every subcommand, and the long texts,
//! which are files of paragraphs, "# headings" and indented lines.

use std::fmt::Write;

use clap::builder::StyledStr;
use clap::builder::styling::Styles;
use clap::{Arg, ArgAction, Command};

/// The group of the options that say which block.
pub(super) const BLOCK: &str = "Which block";

/// The group of the options that say what is printed.
pub(super) const OUTPUT: &str = "Output";

/// The help of `--key`.
pub(super) const KEY: &str =
    "Key of the block, decimal or 0x hexadecimal [default: $SEMLOCK_KEY, else 31818]";

/// The heading of the last part of a text.
const EXAMPLES: &str = "# Examples\n";

/// The part of a text before its examples.
pub(super) fn description(text: &'static str) -> StyledStr {
    let end = text.find(EXAMPLES).unwrap_or(text.len());
    laid_out(&text[..end])
}

/// The examples of a text, with their heading.
pub(super) fn examples(text: &'static str) -> StyledStr {
    let begin = text.find(EXAMPLES).unwrap_or(text.len());
    laid_out(&text[begin..])
}

/// Gives headings the style of help, and joins each paragraph to one line, which clap
/// breaks at the width of the terminal. Indented lines stay as they are.
fn laid_out(text: &str) -> StyledStr {
    let styles = Styles::styled();
    let style = styles.get_header();
    let (mut out, mut between, mut is_open) = (StyledStr::new(), "", false);
    for line in text.trim_end().lines() {
        let is_prose = !line.is_empty() && !line.starts_with([' ', '#']);
        if is_open && is_prose {
            between = " ";
        }
        let _ = match line.strip_prefix("# ") {
            Some(heading) => write!(out, "{between}{style}{heading}:{style:#}"),
            None => write!(out, "{between}{line}"),
        };
        (between, is_open) = ("\n", is_prose);
    }
    out
}

/// Adds the options of every subcommand, and begins the long help with the short one.
pub(super) fn complete(command: Command, summary: &StyledStr) -> Command {
    let long = match command.get_long_about() {
        Some(long) => StyledStr::from(format!("{}\n\n{}", summary.ansi(), long.ansi())),
        None => summary.clone(),
    };
    let has_block = command.get_arguments().any(|argument| argument.get_id() == "key");
    let place = ipc_namespace().help_heading(if has_block { BLOCK } else { "Where" });
    command
        .about(summary.clone())
        .long_about(long)
        .disable_help_flag(true)
        .next_help_heading(None::<&str>)
        .arg(place)
        .arg(help())
}

/// `--ipc-namespace`, the last of its group.
pub(super) fn ipc_namespace() -> Arg {
    Arg::new("ipc_namespace")
        .long("ipc-namespace")
        .value_name("PID|PATH")
        .value_hint(clap::ValueHint::FilePath)
        .value_parser(clap::value_parser!(std::ffi::OsString))
        .help(
            "Work in the IPC namespace of process PID, or in the one that the file PATH refers to",
        )
        .hide_short_help(true)
        .display_order(900)
}

fn help() -> Arg {
    Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("Print this summary; --help prints everything")
        .long_help("Print this; -h prints a summary")
        .help_heading(OUTPUT)
        .display_order(901)
}
