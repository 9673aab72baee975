//! A failed call and the evidence at hand, turned into a cause and a remedy.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};

use nix::errno::Errno;

use crate::exit::Exit;
use crate::session::{BlockError, NoSlot};
use crate::sysv::{self, Call};

/// What could not be done, why, and what mends it where that is certain.
#[derive(Debug)]
pub struct Failure {
    /// The status to exit with.
    pub exit: Exit,
    what: String,
    cause: Option<String>,
    fix: Option<String>,
}

impl Failure {
    /// `what` completes "semlock: cannot".
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), cause: None, fix: None }
    }

    /// Adds why it failed, where the first line does not tell.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds what is certain to mend it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// A system call failed while doing `what` ("lock session ...").
    pub fn sysv(what: &str, error: sysv::Error) -> Self {
        let failure = Self::new(exit_for(error), format!("{what}: {error}"));
        match cause(error) {
            Some(cause) => failure.cause(cause),
            None => failure,
        }
    }

    /// The block could not be opened for `what`.
    pub fn block(what: &str, error: &BlockError) -> Self {
        match *error {
            BlockError::Sysv(error) => Self::sysv(what, error),
            BlockError::NotABlock { .. } => {
                Self::new(Exit::CannotCreate, format!("{what}: {error}"))
            }
            BlockError::OtherSize { .. } => {
                Self::new(Exit::CannotCreate, format!("{what}: {error}"))
                    .cause("clients with another NSems use other semaphores, and exclude nobody")
            }
        }
    }

    /// A session id has no slot.
    pub fn slot(session: &str, error: NoSlot) -> Self {
        Self::new(Exit::NoSlot, format!("find the slot of {session}: {error}"))
    }

    /// Any other failure of the system while doing `what`.
    pub fn io(what: &str, error: &io::Error) -> Self {
        let errno = error.raw_os_error().map(Errno::from_raw);
        let exit = if error.kind() == io::ErrorKind::PermissionDenied {
            Exit::Permission
        } else {
            Exit::System
        };
        Self::new(
            exit,
            match errno {
                Some(errno) => format!("{what}: {} ({errno:?})", errno.desc()),
                None => format!("{what}: {error}"),
            },
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.what)?;
        for (label, text) in [("cause", &self.cause), ("fix", &self.fix)] {
            if let Some(text) = text {
                write!(f, "\n  {label}: {text}")?;
            }
        }
        Ok(())
    }
}

impl Error for Failure {}

fn exit_for(error: sysv::Error) -> Exit {
    match (error.call, error.errno) {
        (_, Errno::ENOSYS | Errno::EIDRM) | (Call::Semop | Call::Semctl(_), Errno::EINVAL) => {
            Exit::Unavailable
        }
        (_, Errno::EACCES | Errno::EPERM) => Exit::Permission,
        (Call::Semget, Errno::ENOENT) => Exit::NoBlock,
        (Call::Semget, Errno::EEXIST | Errno::EINVAL) => Exit::CannotCreate,
        _ => Exit::System,
    }
}

fn cause(error: sysv::Error) -> Option<&'static str> {
    Some(match (error.call, error.errno) {
        (_, Errno::ENOSYS) => "this system has no System V semaphores",
        (_, Errno::EIDRM) | (Call::Semop | Call::Semctl(_), Errno::EINVAL) => {
            "the semaphore set was removed meanwhile, or never was"
        }
        (Call::Semget, Errno::EINVAL) => "more semaphores than a set may have here (SEMMSL)",
        (Call::Semget, Errno::ENOSPC) => {
            "a limit on semaphores is reached: all sets (SEMMNI) or all semaphores (SEMMNS); this is not the disk"
        }
        (Call::Semop, Errno::ERANGE) => "the slot has as many readers as a semaphore can count",
        (Call::Semop, Errno::E2BIG) => {
            "one lock needs more operations at once than this system allows (SEMOPM)"
        }
        _ => return None,
    })
}

/// Prints the error that ends the program, and gives the status to end with.
pub fn report(error: &anyhow::Error) -> Exit {
    if is_closed_pipe(error) {
        return Exit::Done;
    }
    let failure = match (error.downcast_ref(), error.downcast_ref()) {
        (Some(failure), _) => failure,
        (None, Some(error)) => &Failure::io("write to standard output", error),
        (None, None) => &Failure::new(Exit::System, error.to_string()),
    };
    // A stderr that cannot be written to leaves nobody to tell.
    let _ = writeln!(io::stderr(), "semlock: {failure}");
    failure.exit
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Makes a panic exit with the status that the manual promises for a bug.
pub fn report_panics_as_bugs() {
    std::panic::set_hook(Box::new(|panic| {
        let _ = writeln!(io::stderr(), "semlock: this is a bug in semlock: {panic}");
        std::process::exit(Exit::Bug.code().into());
    }));
}
