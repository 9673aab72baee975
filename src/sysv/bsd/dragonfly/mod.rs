//! What differs on DragonFly.

pub(crate) mod abi;
mod remedy;

use std::io;

use super::tunables;
use crate::sysv::{Limits, SetInfo, portable};

pub(crate) use remedy::REMEDIES;

/// Fails. `SEM_STAT` of semctl(2) answers EINVAL for every index: kern/sysv_sem.c. ipcs(1)
/// reads the kernel's memory.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    portable::all_sets()
}

/// The limits.
pub(crate) fn limits() -> io::Result<Limits> {
    let limits = tunables::limits()?;
    Ok(Limits { semopm: limits.semopm.min(abi::MAX_SOPS), ..limits })
}
