//! What differs on FreeBSD.

pub(crate) mod abi;
mod remedy;

use std::io;

use super::common::{SEM_ALLOC, sets};
use super::ffi::sysctl_by_name;
use crate::sysv::{Semid, SetInfo};
use abi::semid_kernel;

pub(crate) use super::tunables::limits;
pub(crate) use remedy::REMEDIES;

/// How the sets are listed.
pub(crate) const LIST_OF_SETS: &str = "sysctl(3) kern.ipc.sema";

/// Every set. A jail sees its own and those of its jails.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    sets_of(&sysctl_by_name(c"kern.ipc.sema")?, limits()?.semmni)
}

pub(super) fn sets_of(table: &[u8], semmni: u32) -> io::Result<Vec<SetInfo>> {
    sets(table, semmni, |index, record: &semid_kernel| {
        let perm = record.u.sem_perm;
        let is_set = perm.mode & SEM_ALLOC != 0;
        is_set.then(|| abi::info(Semid::at_place(index, perm.seq), &record.u))
    })
}
