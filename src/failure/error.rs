//! A failure: the type, and how one is built.

use std::error::Error;
use std::io;

use nix::errno::Errno;
use serde::Serialize;

use super::fix::Fix;
use super::reasons::{self, Reason};
use crate::exit::Exit;
use crate::session::NoSlot;

/// What could not be done, why, the evidence, and each fix that is certain to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The status to exit with.
    pub exit: Exit,
    pub(super) what: String,
    pub(super) errno: Option<Errno>,
    pub(super) reason: Option<&'static Reason>,
    pub(super) cause: Option<String>,
    pub(super) evidence: Vec<String>,
    pub(super) fixes: Vec<Fix>,
    pub(super) see: Option<String>,
    pub(super) details: Option<serde_json::Value>,
}

impl Failure {
    /// `what` completes "semlock: cannot".
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            errno: None,
            reason: None,
            cause: None,
            evidence: Vec::new(),
            fixes: Vec::new(),
            see: None,
            details: None,
        }
    }

    /// A wrong command line.
    pub(crate) fn wrong(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Adds fields to the JSON object.
    #[must_use]
    pub(crate) fn details(mut self, details: &impl Serialize) -> Self {
        // It never fails for the types of this program.
        self.details = serde_json::to_value(details).ok();
        self
    }

    #[must_use]
    pub(crate) fn errno(mut self, errno: Errno) -> Self {
        self.errno = Some(errno);
        self
    }

    /// Removes the cause, where the first line says it already.
    #[must_use]
    pub(crate) fn without_cause(mut self) -> Self {
        self.cause = None;
        self
    }

    #[must_use]
    pub(crate) fn without_fixes(mut self) -> Self {
        self.fixes.clear();
        self
    }

    #[must_use]
    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds a fact that shows the cause.
    #[must_use]
    pub(crate) fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    #[must_use]
    pub(crate) fn all_evidence(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Adds what is certain to fix it, the best first. A command that a message cannot
    /// show exactly is left out.
    #[must_use]
    pub(crate) fn fix(self, fix: impl Into<Fix>) -> Self {
        self.all_fixes([fix])
    }

    #[must_use]
    pub(crate) fn all_fixes<F: Into<Fix>>(mut self, fixes: impl IntoIterator<Item = F>) -> Self {
        self.fixes.extend(fixes.into_iter().map(Into::into).filter(Fix::is_exact));
        self
    }

    pub(crate) fn has_fix(&self) -> bool {
        !self.fixes.is_empty()
    }

    /// Refers to the command that shows help, unless there is a fix.
    #[must_use]
    pub(crate) fn see(mut self, command: impl Into<String>) -> Self {
        self.see = (!self.has_fix()).then(|| command.into());
        self
    }

    /// Sets the reason, its exit status, and the manual's words for its cause.
    #[must_use]
    pub(crate) fn reason(mut self, reason: &'static Reason) -> Self {
        self.exit = reason.exit;
        self.reason = Some(reason);
        self.cause(reason.cause)
    }

    /// The first line, without "semlock: cannot".
    pub(crate) fn headline(&self) -> &str {
        &self.what
    }

    pub(crate) fn evidence_lines(&self) -> &[String] {
        &self.evidence
    }

    /// The reason, if the manual has one for it.
    pub(crate) fn why(&self) -> Option<&'static Reason> {
        self.reason.or_else(|| reasons::of(self.exit))
    }

    /// A session id has no slot.
    pub(crate) fn slot(session: &str, error: NoSlot) -> Self {
        Self::new(Exit::NoSlot, format!("find the slot of {session}: {error}"))
            .reason(&reasons::NO_SLOT)
            .without_cause()
    }

    /// Another system call failed while doing `what`.
    pub(crate) fn io(what: &str, error: &io::Error) -> Self {
        let mut failure = match error.raw_os_error().map(Errno::from_raw) {
            Some(errno) => Self::from_errno(format!("{what}: {} ({errno:?})", errno.desc()), errno),
            None => Self::new(Exit::System, format!("{what}: {error}")),
        };
        if error.kind() == io::ErrorKind::PermissionDenied {
            failure.exit = Exit::Permission;
        }
        failure
    }

    pub(super) fn from_errno(what: String, errno: Errno) -> Self {
        let mut failure = Self::new(Exit::System, what);
        failure.errno = Some(errno);
        failure
    }
}

impl Error for Failure {}
