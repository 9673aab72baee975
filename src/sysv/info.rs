//! The header of a set.

use jiff::Timestamp;

use super::{Key, Permissions, Semid};

/// A set's header, as semctl(2) `IPC_STAT` returns it. The kernel's list of all sets
/// shows it even to users who may not read the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetInfo {
    /// The key that semget(2) finds the set by; 0 for a private set.
    pub key: Key,
    /// The id that the kernel gave the set; 0 is valid.
    pub semid: Semid,
    /// How many semaphores the set has.
    pub nsems: u32,
    /// Owner, creator and mode.
    pub permissions: Permissions,
    /// When the last semop(2) succeeded, in whole seconds; None if none has.
    pub otime: Option<Timestamp>,
    /// When the set was created or last changed by semctl(2), in whole seconds.
    pub ctime: Option<Timestamp>,
}

impl SetInfo {
    /// The latest time at which a semaphore may have changed: semop(2) sets `otime`,
    /// `SETVAL` and `SETALL` of semctl(2) set `ctime`.
    pub fn last_change(&self) -> Option<Timestamp> {
        self.otime.max(self.ctime)
    }

    /// Whether the set has no key, so that only its semid leads to it.
    pub fn is_private(&self) -> bool {
        self.key == Key::PRIVATE
    }
}

/// A time of a header, where 0 means never.
pub(super) fn time(seconds: i64) -> Option<Timestamp> {
    if seconds == 0 { None } else { Timestamp::from_second(seconds).ok() }
}
