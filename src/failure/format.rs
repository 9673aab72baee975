//! The formats of a failure: text, coloured text, JSON.

use std::borrow::Cow;
use std::env;
use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use anstyle::AnsiColor;
use serde::Serialize;

use super::Failure;
use super::line::{cut, line};
use crate::view::json_line;

/// How failures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, without colours.
    Plain,
    /// For people at a terminal.
    Coloured,
    /// One JSON object on a line.
    Json,
}

static FORMAT: OnceLock<Format> = OnceLock::new();

/// Chooses the format of every failure from now on; the first choice stays.
pub fn set_format(format: Format) {
    let _ = FORMAT.set(format);
}

/// The format chosen, else the one that stderr is fit for.
pub(super) fn format() -> Format {
    let of_stderr = || if is_coloured(&io::stderr()) { Format::Coloured } else { Format::Plain };
    *FORMAT.get_or_init(of_stderr)
}

/// Whether colours are fit for what is written there, and wanted. `NO_COLOR` is
/// respected: <https://no-color.org>.
pub(crate) fn is_coloured(out: &impl IsTerminal) -> bool {
    let says = |name, text: &str| env::var_os(name).is_some_and(|value| value == text);
    let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !unwanted && !says("TERM", "dumb") && out.is_terminal()
}

/// The whole message, with a newline at its end.
pub(super) fn message(failure: &Failure) -> Vec<u8> {
    match format() {
        Format::Plain => format!("semlock: {failure}\n").into_bytes(),
        Format::Coloured => format!("{}\n", Coloured(failure)).into_bytes(),
        // Texts and numbers can be written as JSON, whatever they are.
        Format::Json => json_line(&Document::of(failure)).unwrap_or_default(),
    }
}

/// "cannot ...", then a line for each thing that is known.
pub(super) fn plain(failure: &Failure, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "cannot {}", line(&failure.what))?;
    for (label, text) in lines(failure) {
        write!(f, "\n  {label}: {}", line(&text))?;
    }
    Ok(())
}

fn lines(failure: &Failure) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
    let cause = failure.cause.iter().map(|text| ("cause", text.into()));
    let evidence = failure.evidence.iter().map(|text| ("evidence", text.into()));
    let fixes = failure.fixes.iter().map(|fix| ("fix", fix.to_string().into()));
    let see = failure.see.iter().map(|command| ("see", command.into()));
    cause.chain(evidence).chain(fixes).chain(see)
}

struct Coloured<'a>(&'a Failure);

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

/// The JSON object. Its names are part of the interface.
#[derive(Serialize)]
struct Document<'a> {
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
    fn of(failure: &'a Failure) -> Self {
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
