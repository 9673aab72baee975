//! What the kernel allows, and how much of it is in use.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use super::{SetInfo, Uid, platform};

/// The limits on semaphores; on Linux, those of this IPC namespace.
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

/// The limits now. Fails if they cannot be read.
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
    /// The usage of `sets` together.
    pub fn of<'a>(sets: impl IntoIterator<Item = &'a SetInfo>) -> Self {
        sets.into_iter().fold(Self::default(), |usage, set| Self {
            sets: usage.sets + 1,
            semaphores: usage.semaphores.saturating_add(set.nsems),
        })
    }

    /// The usage of each owner's sets, the owner that uses most of `resource` first.
    pub(crate) fn by_owner<'a>(
        sets: impl IntoIterator<Item = &'a SetInfo>,
        resource: Resource,
    ) -> Vec<(Uid, Self)> {
        let mut owners = BTreeMap::<Uid, Vec<&SetInfo>>::new();
        for set in sets {
            owners.entry(set.permissions.uid).or_default().push(set);
        }
        let usage = owners.into_iter().map(|(uid, sets)| (uid, Self::of(sets)));
        let mut owners: Vec<_> = usage.collect();
        owners.sort_by_key(|(_, usage)| Reverse(usage.rank(resource)));
        owners
    }

    /// Orders usage by one resource, then by the other.
    pub(crate) fn rank(self, resource: Resource) -> (u32, u32) {
        match resource {
            Resource::Sets => (self.sets, self.semaphores),
            Resource::Semaphores => (self.semaphores, self.sets),
        }
    }
}

/// What SEMMNI or SEMMNS limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Sets,
    Semaphores,
}
