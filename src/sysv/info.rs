//! What the kernel says of a set as a whole.

use jiff::Timestamp;

use super::{Key, Permissions, Semid};

/// A set's header: what semctl(2) `IPC_STAT` tells of it, and the kernel's list of
/// all sets also to those who may not read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetInfo {
    /// The key that semget(2) finds the set by; 0 for a private set.
    pub key: Key,
    /// The id that the kernel gave the set; 0 is a valid one.
    pub semid: Semid,
    /// How many semaphores the set has.
    pub nsems: u32,
    /// Owner, creator and mode.
    pub permissions: Permissions,
    /// The last semop(2) that succeeded, in whole seconds; none yet is None.
    pub otime: Option<Timestamp>,
    /// When the set was created or last changed by semctl(2), in whole seconds.
    pub ctime: Option<Timestamp>,
}

impl SetInfo {
    /// When a semaphore was last given a new value, at the latest: semop(2)
    /// changes `otime`, `SETVAL` and `SETALL` of semctl(2) change `ctime`.
    pub fn last_change(&self) -> Option<Timestamp> {
        self.otime.max(self.ctime)
    }

    /// Whether the set has no key, so that only who knows its semid finds it.
    pub fn is_private(&self) -> bool {
        self.key == Key::PRIVATE
    }
}
