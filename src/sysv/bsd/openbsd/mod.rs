//! What differs on OpenBSD.

pub(crate) mod abi;
mod remedy;

use std::io;
use std::mem::offset_of;

use super::common::{self, not_understood, read, sets};
use super::ffi::sysctl;
use crate::sysv::{Limits, Semid, SetInfo};
use abi::{SEM_INFO, sem_sysctl_info, semid_ds, seminfo};

pub(crate) use remedy::REMEDIES;

/// How the sets are listed.
pub(crate) const LIST_OF_SETS: &str = "sysctl(3) kern.sysvipc_info";

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
        let is_set = record.sem_nsems > 0;
        is_set.then(|| abi::info(Semid::at_place(index, record.sem_perm.seq), record))
    })
}

/// The limits.
pub(crate) fn limits() -> io::Result<Limits> {
    limits_of(&sysctl(&SEM_INFO)?)
}

pub(super) fn limits_of(answer: &[u8]) -> io::Result<Limits> {
    let numbers = |info: seminfo| [info.semmsl, info.semmns, info.semopm, info.semmni];
    read(answer).map(numbers).and_then(common::limits).ok_or_else(not_understood)
}
