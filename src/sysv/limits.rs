//! What the kernel allows, and how much of it is in use.

use std::io;

use super::{SetInfo, platform};

/// The limits on semaphores of this IPC namespace: proc(5), `/proc/sys/kernel/sem`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// SEMMSL: semaphores in one set.
    pub semmsl: u32,
    /// SEMMNS: semaphores in all sets together.
    pub semmns: u32,
    /// SEMOPM: operations in one semop(2).
    pub semopm: u32,
    /// SEMMNI: sets.
    pub semmni: u32,
}

/// The limits now. Fails where the system does not tell them.
pub fn limits() -> io::Result<Limits> {
    platform::limits()
}

/// How much of SEMMNI and SEMMNS is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Sets.
    pub sets: u32,
    /// Semaphores in all of them.
    pub semaphores: u32,
}

impl Usage {
    /// What `sets` add up to.
    pub fn of<'a>(sets: impl IntoIterator<Item = &'a SetInfo>) -> Self {
        sets.into_iter().fold(Self::default(), |usage, set| Self {
            sets: usage.sets + 1,
            semaphores: usage.semaphores.saturating_add(set.nsems),
        })
    }
}
