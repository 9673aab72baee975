//! What came of reading something about a process.

use std::io;

use nix::errno::Errno;

/// What was read of a process, or why it was not.
///
/// A process that could not be looked at is neither absent nor harmless: callers
/// have to say what becomes of each of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Entry<T> {
    /// This was read.
    Is(T),
    /// There is no such process, or it has ended.
    Gone,
    /// It is there, or may be, and could not be read.
    Unreadable(Errno),
}

impl<T> Entry<T> {
    /// What `read` says of a file of a process: ENOENT and ESRCH mean that the
    /// process is gone, provided that /proc hides nothing (proc(5), `hidepid`).
    pub(crate) fn of(read: io::Result<T>) -> Self {
        match read {
            Ok(value) => Self::Is(value),
            Err(error) => match errno(&error) {
                Errno::ENOENT | Errno::ESRCH => Self::Gone,
                errno => Self::Unreadable(errno),
            },
        }
    }

    /// The same with another value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Entry<U> {
        self.and_then(|value| Entry::Is(change(value)))
    }

    /// What `next` reads, if this was read.
    pub(crate) fn and_then<U>(self, next: impl FnOnce(T) -> Entry<U>) -> Entry<U> {
        match self {
            Self::Is(value) => next(value),
            Self::Gone => Entry::Gone,
            Self::Unreadable(errno) => Entry::Unreadable(errno),
        }
    }

    /// The same, borrowed.
    pub(crate) fn as_ref(&self) -> Entry<&T> {
        match self {
            Self::Is(value) => Entry::Is(value),
            Self::Gone => Entry::Gone,
            Self::Unreadable(errno) => Entry::Unreadable(*errno),
        }
    }

    /// What was read, for a caller to whom it makes no difference why it was not:
    /// that shows more where there is more, and decides nothing by it.
    pub(crate) fn shown(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Gone | Self::Unreadable(_) => None,
        }
    }
}

/// The errno of an error; EIO of one that the kernel did not report, such as a
/// file that does not say what proc(5) promises.
pub(super) fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}
