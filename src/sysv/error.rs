//! A system call that failed.

use std::fmt;

use nix::errno::Errno;

use super::{Key, Semid, SetInfo};

/// A system call on semaphores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// semget(2)
    Semget,
    /// semop(2)
    Semop,
    /// semtimedop(2), which only a wait with a limit needs
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
    /// (EIDRM) or before the call (EINVAL).
    pub fn is_gone(&self) -> bool {
        !matches!(self.call, Call::Semget | Call::PthreadCreate)
            && matches!(self.errno, Errno::EIDRM | Errno::EINVAL)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.errno.desc(), self.errno)
    }
}

impl std::error::Error for Error {}
