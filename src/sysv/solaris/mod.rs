//! The parts of System V semaphores that are specific to illumos and Solaris.

pub(crate) mod abi;
mod ffi;
mod remedy;

use std::io;

use nix::errno::Errno;

use super::{Limits, Semid, Set, SetInfo};

pub use super::portable::ipc_namespace;
pub(crate) use super::portable::*;
pub(crate) use ffi::{close_inherited, semtimedop_within};
pub(crate) use remedy::REMEDIES;

/// The largest value of a semaphore: `semctl()` of uts/common/syscall/sem.c.
pub(crate) const HIGHEST_VALUE: u16 = 65535;

/// The limits of this process and its project: resource_controls(7). The semaphores of all
/// sets together have no limit of their own.
pub(crate) fn limits() -> io::Result<Limits> {
    let control =
        |name| ffi::resource_control(name).map(|value| value.try_into().unwrap_or(u32::MAX));
    let semmsl = control(c"process.max-sem-nsems")?;
    let of_project = control(c"project.max-sem-ids")?;
    let of_zone = control(c"zone.max-sem-ids").unwrap_or(u32::MAX);
    let semmni = of_project.min(of_zone);
    let semopm = control(c"process.max-sem-ops")?;
    Ok(Limits { semmsl, semmns: semmni.saturating_mul(semmsl), semopm, semmni })
}

/// How the sets are listed.
pub(crate) const LIST_OF_SETS: &str = "semids(2)";

/// Every set of this zone. The call of ipcs(1) needs no permission on them. Without it, a
/// set that may not be read is an error.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    let mut sets = Vec::new();
    for semid in ffi::semids()?.into_iter().map(Semid::new) {
        match header(semid) {
            Ok(set) => sets.extend(set),
            // It was removed in the meantime.
            Err(Errno::EINVAL | Errno::EIDRM) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(sets)
}

/// None for a set of another zone, which the global zone sees.
fn header(semid: Semid) -> Result<Option<SetInfo>, Errno> {
    match ffi::stat64(semid.raw()) {
        Some(header) => header.map(|header| abi::listed(semid, &header, ffi::zone())),
        None => Set::from_id(semid).info().map(Some).map_err(|error| error.errno),
    }
}
