//! What differs on FreeBSD.

pub(crate) mod abi;

use std::io;

use super::common::{SEM_ALLOC, semid, sets};
use super::ffi::sysctl_by_name;
use crate::sysv::SetInfo;
use abi::semid_kernel;

pub(crate) use super::tunables::limits;

/// Every set. A jail sees its own and those of its jails.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    sets_of(&sysctl_by_name(c"kern.ipc.sema")?, limits()?.semmni)
}

pub(super) fn sets_of(table: &[u8], semmni: u32) -> io::Result<Vec<SetInfo>> {
    sets(table, semmni, |index, record: &semid_kernel| {
        let perm = record.u.sem_perm;
        let semid = Some(semid(index, perm.seq)).filter(|_| perm.mode & SEM_ALLOC != 0)?;
        Some(abi::info(semid, &record.u))
    })
}
