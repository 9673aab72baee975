//! The styles of words that matter, as escape sequences.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// The name of a finding.
pub(super) const FINDING: Style = AnsiColor::Red.on_default().bold();
/// What fixes it.
pub(super) const FIX: Style = AnsiColor::Green.on_default().bold();
/// A state or verdict that means trouble.
pub(super) const TROUBLE: Style = AnsiColor::Red.on_default();
/// One that is to be looked at.
pub(super) const DOUBT: Style = AnsiColor::Yellow.on_default();

/// A word in a style, if there are colours.
pub(super) fn styled(word: impl Display, style: Style, colour: bool) -> String {
    if colour { format!("{style}{word}{style:#}") } else { word.to_string() }
}
