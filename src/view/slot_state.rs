//! What state a slot is in, as it is shown.

use serde::{Serialize, Serializer};

use crate::judge::Liveness;
use crate::session::{Counts, Flag};

/// The state of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotState {
    Free,
    /// Processes have read locks.
    Read,
    /// A process has the write lock.
    Write,
    /// A writer waits for the last readers to leave, and lets no more in.
    Draining,
    /// It stays locked until it is unlocked; readers may have it as well.
    Persistent,
    /// A writer that has ended left its flag raised.
    Abandoned,
    /// It is locked for writing, and it is not known whether the writer lives.
    Unknown,
}

impl SlotState {
    pub(crate) const ALL: [Self; 7] = [
        Self::Free,
        Self::Read,
        Self::Write,
        Self::Draining,
        Self::Persistent,
        Self::Abandoned,
        Self::Unknown,
    ];

    /// The state by the slot's semaphores and the process that they name.
    pub(crate) fn of(counts: &Counts, last_pid: Liveness) -> Self {
        let is_read = counts.readers.all() > 0;
        match (counts.flag, last_pid) {
            (Flag::Persistent(_), _) => Self::Persistent,
            (Flag::Free, _) if counts.readers.persistent > 0 => Self::Persistent,
            (Flag::Free, _) if is_read => Self::Read,
            (Flag::Free, _) => Self::Free,
            (Flag::Live, Liveness::Gone) => Self::Abandoned,
            (Flag::Live, _) if is_read => Self::Draining,
            (Flag::Live, Liveness::Alive) => Self::Write,
            (Flag::Live, Liveness::Unknown) | (Flag::Foreign(_), _) => Self::Unknown,
        }
    }

    /// The word for it, as in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Read => "read",
            Self::Write => "write",
            Self::Draining => "draining",
            Self::Persistent => "persistent",
            Self::Abandoned => "abandoned",
            Self::Unknown => "unknown",
        }
    }
}

impl Serialize for SlotState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
