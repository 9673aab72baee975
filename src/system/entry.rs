//! The result of reading something about a process.

use std::io;

use nix::errno::Errno;

/// What was read about a process, or why it was not.
///
/// A process that could not be read is neither absent nor harmless, so callers have to
/// handle all three cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Entry<T> {
    /// It was read.
    Is(T),
    /// There is no such process, or it has ended.
    Gone,
    /// It exists, or may exist, and could not be read.
    Unreadable(Errno),
}

impl<T> Entry<T> {
    /// The result of reading a file of a process. ENOENT and ESRCH mean that the process is
    /// gone, unless /proc hides processes (proc(5), `hidepid`).
    pub(crate) fn of(read: io::Result<T>) -> Self {
        match read {
            Ok(value) => Self::Is(value),
            Err(error) => match errno(&error) {
                Errno::ENOENT | Errno::ESRCH => Self::Gone,
                errno => Self::Unreadable(errno),
            },
        }
    }

    /// What a record of the kernel says. One that lacks what its documentation promises counts
    /// as unreadable.
    pub(crate) fn promised(value: Option<T>) -> Self {
        value.map_or(Self::Unreadable(Errno::EIO), Self::Is)
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Entry<U> {
        self.and_then(|value| Entry::Is(change(value)))
    }

    pub(crate) fn and_then<U>(self, next: impl FnOnce(T) -> Entry<U>) -> Entry<U> {
        match self {
            Self::Is(value) => next(value),
            Self::Gone => Entry::Gone,
            Self::Unreadable(errno) => Entry::Unreadable(errno),
        }
    }

    pub(crate) fn as_ref(&self) -> Entry<&T> {
        match self {
            Self::Is(value) => Entry::Is(value),
            Self::Gone => Entry::Gone,
            Self::Unreadable(errno) => Entry::Unreadable(*errno),
        }
    }

    /// Whether both were read and are the same.
    pub(crate) fn equals(self, other: Self) -> bool
    where
        T: PartialEq,
    {
        matches!((self, other), (Self::Is(one), Self::Is(other)) if one == other)
    }

    /// The value, or why it was not read: ESRCH if the process is gone.
    pub(crate) fn result(self) -> Result<T, Errno> {
        match self {
            Self::Is(value) => Ok(value),
            Self::Gone => Err(Errno::ESRCH),
            Self::Unreadable(errno) => Err(errno),
        }
    }

    /// The value, if it was read. Only for callers to whom it does not matter why it was not.
    pub(crate) fn ok(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Gone | Self::Unreadable(_) => None,
        }
    }
}

/// The errno of an error; EIO if the kernel did not report it.
pub(super) fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}
