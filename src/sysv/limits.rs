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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Key, Permissions, Semid};

    fn set(uid: u32, nsems: u32) -> SetInfo {
        SetInfo {
            key: Key::PRIVATE,
            semid: Semid::new(0),
            nsems,
            permissions: Permissions::from_header([uid, 0, 0, 0], 0o600_u16),
            otime: None,
            ctime: None,
        }
    }

    #[test]
    fn the_owner_that_uses_most_of_a_resource_comes_first() {
        let sets = [set(1, 10), set(2, 3), set(2, 3), set(3, 3), set(3, 4)];
        assert_eq!(Usage::of(&sets), Usage { sets: 5, semaphores: 23 });
        let owners = |resource| -> Vec<_> {
            Usage::by_owner(&sets, resource).iter().map(|(uid, _)| uid.raw()).collect()
        };
        assert_eq!(owners(Resource::Sets), [3, 2, 1]);
        assert_eq!(owners(Resource::Semaphores), [1, 3, 2]);
        let (_, first) = Usage::by_owner(&sets, Resource::Sets)[0];
        assert_eq!(first, Usage { sets: 2, semaphores: 7 });
        assert_eq!(Usage::of(&[set(1, u32::MAX), set(1, 1)]).semaphores, u32::MAX);
    }

    #[test]
    #[cfg(family = "linux")]
    fn the_limits_of_a_new_namespace_are_those_of_the_kernel() {
        crate::sysv::own_table::enter();
        let limits = limits().unwrap();
        let text = std::fs::read_to_string("/proc/sys/kernel/sem").unwrap();
        let shown: Vec<u32> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
        assert_eq!([limits.semmsl, limits.semmns, limits.semopm, limits.semmni], shown[..]);
    }
}
