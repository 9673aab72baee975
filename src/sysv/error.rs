//! A system call that failed.

use std::fmt;

use nix::errno::Errno;

use super::{Key, Semid, Set, SetInfo};

/// A system call on semaphores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// semget(2)
    Semget,
    /// semop(2)
    Semop,
    /// semtimedop(2), only for a wait with a limit
    Semtimedop,
    /// pthread_create(3), which a wait with a limit needs where semtimedop(2) is missing
    PthreadCreate,
    /// semctl(2) with this command
    Semctl(&'static str),
}

/// What a call was about, as far as the caller knew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The key of the set.
    pub key: Option<Key>,
    /// The set's id.
    pub semid: Option<Semid>,
    /// How many semaphores the new set was to have; None if no set was to be created.
    pub nsems: Option<u16>,
    /// The set's header when it was last read.
    pub info: Option<SetInfo>,
}

/// A failed call and its errno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// The call.
    pub call: Call,
    /// How it failed.
    pub errno: Errno,
    /// What it was about.
    pub subject: Subject,
}

impl Error {
    /// The error of semget(2) in another process that wanted to create a private set.
    pub(crate) fn of_semget(errno: Errno) -> Self {
        let subject = Subject { nsems: Some(1), ..Subject::default() };
        Self { call: Call::Semget, errno, subject }
    }

    /// Whether it means that the set no longer exists: it was removed during a wait
    /// (EIDRM) or before the call (EINVAL). The kernel is asked again about an EINVAL of
    /// semop(2), because it can also mean SEMUME.
    pub fn is_gone(&self) -> bool {
        match (self.call, self.errno) {
            (Call::Semget | Call::PthreadCreate, _) => false,
            (_, Errno::EIDRM) => true,
            (Call::Semop | Call::Semtimedop, Errno::EINVAL) => !self.set_exists(),
            (Call::Semctl(_), errno) => errno == Errno::EINVAL,
            _ => false,
        }
    }

    /// Whether it means that the kernel could not note an operation with `SEM_UNDO`: this
    /// process has as many undo entries as a process may have (EINVAL, SEMUME), or as many
    /// processes have some as may have (ENOSPC, SEMMNU). The BSDs, macOS and Cygwin have
    /// these limits: their `semundo_adjust()`.
    pub(crate) fn is_lack_of_undo(&self) -> bool {
        matches!(self.call, Call::Semop | Call::Semtimedop)
            && match self.errno {
                Errno::ENOSPC => true,
                Errno::EINVAL => self.set_exists(),
                _ => false,
            }
    }

    /// Whether the set exists now.
    fn set_exists(&self) -> bool {
        let first = self.subject.semid.map(|semid| Set::from_id(semid).value(0));
        matches!(first, Some(Ok(_) | Err(Self { errno: Errno::EACCES, .. })))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.errno.desc(), self.errno)
    }
}

impl std::error::Error for Error {}
