//! The formats of a failure: text, coloured text and JSON.

use std::borrow::Cow;
use std::env;
use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use anstyle::AnsiColor;
use serde::Serialize;

use super::error::Failure;
use super::line::{cut, line};
use crate::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageFormat {
    /// For people, without colours.
    Plain,
    /// For people at a terminal.
    Coloured,
    /// One JSON object on a line.
    Json,
}

static FORMAT: OnceLock<MessageFormat> = OnceLock::new();

/// Sets the format of every failure from now on; only the first call counts.
pub(crate) fn set_format(format: MessageFormat) {
    let _ = FORMAT.set(format);
}

/// The format that was set, else the one that suits stderr.
pub(super) fn format() -> MessageFormat {
    let of_stderr =
        || if is_coloured(&io::stderr()) { MessageFormat::Coloured } else { MessageFormat::Plain };
    *FORMAT.get_or_init(of_stderr)
}

/// Whether `out` is a terminal that shows colours, and the user has not opted out of
/// them: <https://no-color.org>.
pub(crate) fn is_coloured(out: &impl IsTerminal) -> bool {
    let is = |name, text: &str| env::var_os(name).is_some_and(|value| value == text);
    let opted_out = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !opted_out && !is("TERM", "dumb") && out.is_terminal()
}

/// The whole message, with a newline at its end.
pub(super) fn message(failure: &Failure) -> Vec<u8> {
    match format() {
        MessageFormat::Plain => format!("semlock: {failure}\n").into_bytes(),
        MessageFormat::Coloured => format!("{}\n", Coloured(failure)).into_bytes(),
        // It never fails for texts and numbers.
        MessageFormat::Json => json::line(&Document::of(failure)).unwrap_or_default(),
    }
}

/// The plain text, without the program's name: "cannot ...", and a line for each cause,
/// piece of evidence and fix.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", line(&self.what))?;
        for (label, text) in lines(self) {
            write!(f, "\n  {label}: {}", line(&text))?;
        }
        Ok(())
    }
}

fn lines(failure: &Failure) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
    let cause = failure.cause.iter().map(|text| ("cause", text.into()));
    let evidence = failure.evidence.iter().map(|text| ("evidence", text.into()));
    let fixes = failure.fixes.iter().map(|fix| ("fix", fix.to_string().into()));
    let see = failure.see.iter().map(|command| ("see", command.into()));
    cause.chain(evidence).chain(fixes).chain(see)
}

pub(super) struct Coloured<'a>(pub &'a Failure);

impl fmt::Display for Coloured<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bold = |colour: AnsiColor| colour.on_default().bold();
        let red = bold(AnsiColor::Red);
        write!(f, "{red}semlock:{red:#} cannot {}", line(&self.0.what))?;
        for (label, text) in lines(self.0) {
            let colour = bold(match label {
                "cause" => AnsiColor::Yellow,
                "fix" => AnsiColor::Green,
                _ => AnsiColor::Cyan,
            });
            write!(f, "\n  {colour}{label}:{colour:#} {}", line(&text))?;
        }
        Ok(())
    }
}

/// The JSON object. Its field names are part of the interface.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: u32,
    error: String,
    errno: Option<String>,
    status: u8,
    reason: Option<&'static str>,
    cause: Option<Cow<'a, str>>,
    evidence: Vec<Cow<'a, str>>,
    fix: Vec<Cow<'a, str>>,
    see: Option<&'a str>,
    #[serde(flatten)]
    details: Option<&'a serde_json::Value>,
}

impl<'a> Document<'a> {
    pub(super) fn of(failure: &'a Failure) -> Self {
        Self {
            schema: 1,
            error: format!("cannot {}", cut(&failure.what)),
            errno: failure.errno.map(|errno| format!("{errno:?}")),
            status: failure.exit.code(),
            reason: failure.why().map(|reason| reason.name),
            cause: failure.cause.as_deref().map(cut),
            evidence: failure.evidence.iter().map(|text| cut(text)).collect(),
            fix: failure
                .fixes
                .iter()
                .map(|fix| cut(&fix.to_string()).into_owned().into())
                .collect(),
            see: failure.see.as_deref(),
            details: failure.details.as_ref(),
        }
    }
}
