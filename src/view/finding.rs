//! What is wrong, and what to type.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::styles::{self, styled};
use super::{RenderOptions, filled};
use crate::system::printable;

/// Something that is wrong. A fix is `F`, and becomes text once all findings are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding<F = String> {
    pub kind: FindingKind,
    /// What it is about, and what was found, as a sentence.
    pub subject: String,
    /// More of it, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What fixes it: commands for a shell, each with its conditions.
    pub fix: Vec<F>,
}

/// Kinds of what can be wrong, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FindingKind {
    /// Processes wait for each other, and none can continue.
    Deadlock,
    /// An ended process left its write lock behind.
    AbandonedLock,
    /// A reader that nobody can name keeps writers waiting.
    LeakedReader,
    /// A process waits for long.
    LongWait,
    /// SEMMNI or SEMMNS is nearly reached.
    Limit,
    /// No living process could still use these sets.
    Orphaned,
    /// One process keeps these sets, which it may have nothing to do with.
    KeptByOne,
    /// systemd-logind removes the set when its owner logs out.
    RemoveIpc,
    /// Long session ids share slots.
    SharedSlots,
}

impl FindingKind {
    pub(crate) const ALL: [Self; 9] = [
        Self::Deadlock,
        Self::AbandonedLock,
        Self::LeakedReader,
        Self::LongWait,
        Self::Limit,
        Self::Orphaned,
        Self::KeptByOne,
        Self::RemoveIpc,
        Self::SharedSlots,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deadlock => "deadlock",
            Self::AbandonedLock => "abandoned-lock",
            Self::LeakedReader => "leaked-reader",
            Self::LongWait => "long-wait",
            Self::Limit => "limit",
            Self::Orphaned => "orphaned",
            Self::KeptByOne => "kept-by-one",
            Self::RemoveIpc => "remove-ipc",
            Self::SharedSlots => "shared-slots",
        }
    }
}

impl Serialize for FindingKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<F> Finding<F> {
    /// A finding without details and without a fix.
    pub(crate) fn new(kind: FindingKind, subject: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), details: Vec::new(), fix: Vec::new() }
    }

    /// Adds lines of details.
    #[must_use]
    pub(crate) fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    #[must_use]
    pub(crate) fn fix(mut self, fix: F) -> Self {
        self.fix.push(fix);
        self
    }

    #[must_use]
    pub(crate) fn fixes(mut self, fixes: impl IntoIterator<Item = F>) -> Self {
        self.fix.extend(fixes);
        self
    }
}

impl<F: ToString> Finding<F> {
    /// The finding with its fixes as text.
    pub(crate) fn shown(self) -> Finding {
        let Self { kind, subject, details, fix } = self;
        Finding { kind, subject, details, fix: fix.iter().map(ToString::to_string).collect() }
    }
}

/// Writes a line for each finding, and its fixes below it. A fix has a line of its own,
/// however long, so that it can be copied.
pub(crate) fn write_findings(
    findings: &[Finding],
    out: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<()> {
    let fix_label = styled("fix:", styles::FIX, options.colour);
    for Finding { kind, subject, details, fix } in findings {
        let first = filled(&format!("{}: {subject}", kind.name()), "", "    ", options);
        let (kind, subject) = first.split_at(kind.name().len() + 1);
        let kind = styled(kind, styles::FINDING, options.colour);
        writeln!(out, "{kind}{subject}")?;
        for detail in details {
            writeln!(out, "{}", filled(detail, "    ", "      ", options))?;
        }
        for fix in fix {
            writeln!(out, "  {fix_label} {}", printable(fix))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_has_a_line_of_its_own_however_long_it_is() {
        let finding = Finding::new(FindingKind::LongWait, "a process has waited long")
            .details(["process 7 waits".into()])
            .fix("kill 9  # a note that is longer than the line".to_owned());
        let options = RenderOptions { width: Some(24), ..RenderOptions::plain() };
        let mut out = Vec::new();
        write_findings(&[finding], &mut out, &options).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "long-wait: a process has
    waited long
    process 7 waits
  fix: kill 9  # a note that is longer than the line
"
        );
    }
}
