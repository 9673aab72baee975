//! What differs on NetBSD.

pub(crate) mod abi;

use std::io;
use std::mem::offset_of;

use libc::c_int;

use super::common::{SEM_ALLOC, limit, not_understood, read, semid, sets};
use super::ffi::sysctl;
use crate::sysv::{Limits, SetInfo};
use abi::{sem_sysctl_info, semid_ds_sysctl, seminfo};

/// The limits and the table of sets: sys/sysctl.h.
const SEM_INFO: [c_int; 4] = {
    const CTL_KERN: c_int = 1;
    const KERN_SYSVIPC: c_int = 82;
    const KERN_SYSVIPC_INFO: c_int = 1;
    const KERN_SYSVIPC_SEM_INFO: c_int = 5;
    [CTL_KERN, KERN_SYSVIPC, KERN_SYSVIPC_INFO, KERN_SYSVIPC_SEM_INFO]
};

/// Every set.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    sets_of(&sysctl(&SEM_INFO)?)
}

pub(super) fn sets_of(answer: &[u8]) -> io::Result<Vec<SetInfo>> {
    let semmni = limits_of(answer)?.semmni;
    let table = answer.get(offset_of!(sem_sysctl_info, semids)..).ok_or_else(not_understood)?;
    sets(table, semmni, |index, record: &semid_ds_sysctl| {
        let perm = record.sem_perm;
        let is_set = perm.mode & u32::from(SEM_ALLOC) != 0;
        let semid = Some(semid(index, perm._seq.cast_unsigned())).filter(|_| is_set)?;
        Some(abi::listed(semid, record))
    })
}

/// The limits.
pub(crate) fn limits() -> io::Result<Limits> {
    limits_of(&sysctl(&SEM_INFO)?)
}

pub(super) fn limits_of(answer: &[u8]) -> io::Result<Limits> {
    let limits = read(answer).and_then(|info: seminfo| {
        Some(Limits {
            semmsl: limit(info.semmsl)?,
            semmns: limit(info.semmns)?,
            semopm: limit(info.semopm)?,
            semmni: limit(info.semmni)?,
        })
    });
    limits.ok_or_else(not_understood)
}
