//! Every set of an IPC namespace, even those that may not be read.

use std::io;

use super::{Semid, Set, SetInfo, platform};

/// The sets of this IPC namespace, in the kernel's order. Needs no permission on them.
pub fn all_sets() -> io::Result<Vec<SetInfo>> {
    platform::all_sets()
}

impl SetInfo {
    /// The header of the set with this semid, from the kernel's list: also for a user who may
    /// not read the set. Where there is no list, from the set. None if there is no such set.
    pub(crate) fn listed(semid: Semid) -> Option<Self> {
        match all_sets() {
            Ok(sets) => sets.into_iter().find(|set| set.semid == semid),
            Err(_) => Set::from_id(semid).info().ok(),
        }
    }
}
