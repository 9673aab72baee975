//! What differs on OpenBSD.

pub(crate) mod abi;

use std::io;
use std::mem::offset_of;

use libc::c_int;

use super::common::{limit, not_understood, read, semid, sets};
use super::ffi::sysctl;
use crate::sysv::{Limits, SetInfo};
use abi::{sem_sysctl_info, semid_ds, seminfo};

/// The limits and the table of sets: sys/sysctl.h.
const SEM_INFO: [c_int; 3] = {
    const CTL_KERN: c_int = 1;
    const KERN_SYSVIPC_INFO: c_int = 51;
    const KERN_SYSVIPC_SEM_INFO: c_int = 2;
    [CTL_KERN, KERN_SYSVIPC_INFO, KERN_SYSVIPC_SEM_INFO]
};

/// Every set.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    sets_of(sysctl(&SEM_INFO)?)
}

/// The kernel forgets the padding before the first record when it counts the bytes of its
/// answer. So the last record lacks its end, which is padding, too.
pub(super) fn sets_of(mut answer: Vec<u8>) -> io::Result<Vec<SetInfo>> {
    const START: usize = offset_of!(sem_sysctl_info, semids);
    const PADDING: usize = START - size_of::<seminfo>();
    let semmni = limits_of(&answer)?.semmni;
    if (answer.len() + PADDING).saturating_sub(START).is_multiple_of(size_of::<semid_ds>()) {
        answer.resize(answer.len() + PADDING, 0);
    }
    let table = answer.get(START..).ok_or_else(not_understood)?;
    sets(table, semmni, |index, record: &semid_ds| {
        let semid = Some(semid(index, record.sem_perm.seq)).filter(|_| record.sem_nsems > 0)?;
        Some(abi::info(semid, record))
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
