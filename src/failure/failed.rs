//! What could not be done: the type, and how the rest of the program gets one.

use std::error::Error;
use std::fmt;
use std::io;

use nix::errno::Errno;
use serde::Serialize;

use super::fix::Fix;
use super::format;
use super::reasons::{self, Reason};
use super::taken::Taken;
use super::wanted::Wanted;
use super::{absent, access, evidence, removed, semget, semop};
use crate::exit::Exit;
use crate::session::{BlockError, NoSlot};
use crate::sysv::{self, Call};

/// What could not be done, why, what shows it, and what fixes it where that is
/// certain.
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

    /// A command line that is wrong.
    pub(crate) fn wrong(what: impl Into<String>) -> Self {
        Self { reason: Some(&reasons::USAGE), ..Self::new(Exit::Usage, what) }
    }

    /// Adds what programs get beside the error: the names of an object.
    #[must_use]
    pub(crate) fn details(mut self, details: &impl Serialize) -> Self {
        // Fails for no type of this program.
        self.details = serde_json::to_value(details).ok();
        self
    }

    /// Adds the errno of the call that failed.
    #[must_use]
    pub(crate) fn errno(mut self, errno: Errno) -> Self {
        self.errno = Some(errno);
        self
    }

    /// Takes the cause away, where the first line says it already.
    #[must_use]
    pub(crate) fn without_cause(mut self) -> Self {
        self.cause = None;
        self
    }

    /// Takes the fixes away, where what was to be done needs none.
    #[must_use]
    pub(crate) fn without_fixes(mut self) -> Self {
        self.fixes.clear();
        self
    }

    /// Adds why it failed, where the first line does not tell.
    #[must_use]
    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds what was found that shows the cause.
    #[must_use]
    pub(crate) fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// Adds several findings.
    #[must_use]
    pub(crate) fn all_evidence(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Adds what is certain to fix it, the best first: a command for the shell
    /// wherever there is one. A command that a message cannot show exactly is left
    /// out.
    #[must_use]
    pub(crate) fn fix(self, fix: impl Into<Fix>) -> Self {
        self.all_fixes([fix])
    }

    /// Adds several fixes.
    #[must_use]
    pub(crate) fn all_fixes<F: Into<Fix>>(mut self, fixes: impl IntoIterator<Item = F>) -> Self {
        self.fixes.extend(fixes.into_iter().map(Into::into).filter(Fix::is_exact));
        self
    }

    /// Whether there is a fix.
    pub(super) fn has_fix(&self) -> bool {
        !self.fixes.is_empty()
    }

    /// Names the command that shows what could be typed, unless there is a fix.
    #[must_use]
    pub(crate) fn see(mut self, command: impl Into<String>) -> Self {
        self.see = (!self.has_fix()).then(|| command.into());
        self
    }

    /// Names the reason, which decides the exit status, and its cause in the
    /// words of the manual until [`cause`](Self::cause) says it better.
    #[must_use]
    pub(crate) fn reason(mut self, reason: &'static Reason) -> Self {
        self.exit = reason.exit;
        self.reason = Some(reason);
        self.cause(reason.cause)
    }

    /// What could not be done, as "semlock: cannot" continues.
    pub(crate) fn headline(&self) -> &str {
        &self.what
    }

    /// What was found that shows the cause.
    pub(crate) fn findings(&self) -> &[String] {
        &self.evidence
    }

    /// The reason, where it is one of the manual's.
    pub(crate) fn why(&self) -> Option<&'static Reason> {
        self.reason.or_else(|| reasons::of(self.exit))
    }

    /// A system call failed while doing `what` ("lock session ...").
    pub(crate) fn sysv(what: &str, error: sysv::Error) -> Self {
        Self::creating(what, error, &Wanted::default())
    }

    /// The same, where a set was to be created that is as `wanted`, for the commands
    /// that fix it.
    pub(crate) fn creating(what: &str, error: sysv::Error, wanted: &Wanted) -> Self {
        let failure = Self::from_errno(format!("{what}: {error}"), error.errno);
        match (error.call, error.errno) {
            (Call::Semtimedop, Errno::ENOSYS | Errno::EPERM) if sysv::check_can_lock().is_ok() => {
                absent::explain_timed_wait(failure)
            }
            (_, Errno::ENOSYS) => absent::explain(failure),
            (call, Errno::EPERM) if sysv::filter_refuses(call) => absent::explain(failure),
            (_, Errno::EACCES) => access::denied(failure, error),
            (_, Errno::EPERM) => access::not_owner(failure, error),
            (_, Errno::ENOMEM) => failure.reason(&reasons::NO_MEMORY),
            _ if error.is_gone() => removed::explain(failure, error),
            (Call::Semget, _) => semget::explain(failure, error, wanted),
            (Call::Semop | Call::Semtimedop | Call::Semctl(_), _) => semop::explain(failure, error),
        }
    }

    /// The block could not be opened for `what`.
    pub(crate) fn block(what: &str, error: &BlockError) -> Self {
        let said = || Self::new(Exit::CannotCreate, format!("{what}: {error}"));
        match *error {
            BlockError::Sysv(error) => Self::sysv(what, error),
            BlockError::NotABlock { set, .. } => said()
                .reason(&reasons::ODD)
                .all_evidence(set.into_iter().flat_map(evidence::of_set)),
            BlockError::Foreign { set, .. } => {
                said().reason(&reasons::FOREIGN).all_evidence(evidence::of_set(set))
            }
            BlockError::OtherSize { set, stated, .. } => match Taken::by(set) {
                Some(taken) => taken.explain(said(), stated.into(), None),
                None => said().reason(&reasons::OTHER_SIZE),
            },
        }
    }

    /// A session id has no slot.
    pub(crate) fn slot(session: &str, error: NoSlot) -> Self {
        Self::new(Exit::NoSlot, format!("find the slot of {session}: {error}"))
            .reason(&reasons::NO_SLOT)
            .without_cause()
    }

    /// Any other failure of the system while doing `what`.
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

    fn from_errno(what: String, errno: Errno) -> Self {
        let mut failure = Self::new(Exit::System, what);
        failure.errno = Some(errno);
        failure
    }
}

/// The plain text, without the program's name.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        format::plain(self, f)
    }
}

impl Error for Failure {}
