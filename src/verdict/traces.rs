//! What the semaphores of a set tell of its users.

use crate::sysv::{Error, Set, SetInfo};

/// Who waits, and who was there last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Traces {
    /// How many processes wait.
    pub waiting: i32,
    /// Every `sempid`, each once.
    pub pids: Vec<i32>,
}

impl Traces {
    /// Asks every semaphore.
    pub fn of(row: &SetInfo) -> Result<Self, Error> {
        let set = Set::from_id(row.semid);
        let mut traces = Self::default();
        for semnum in 0..row.nsems {
            traces.waiting += set.ncnt(semnum)? + set.zcnt(semnum)?;
            traces.pids.push(set.pid(semnum)?);
        }
        traces.pids.sort_unstable();
        traces.pids.dedup();
        Ok(traces)
    }
}
