//! What differs on NetBSD.

pub(crate) mod abi;
mod remedy;

use std::io;
use std::mem::offset_of;

use super::common::{self, SEM_ALLOC, not_understood, read, sets};
use super::ffi::sysctl;
use crate::sysv::{Limits, Semid, SetInfo};
use abi::{SEM_INFO, sem_sysctl_info, semid_ds_sysctl, seminfo};

pub(crate) use remedy::REMEDIES;

/// How the sets are listed.
pub(crate) const LIST_OF_SETS: &str = "sysctl(3) kern.sysvipc_info";

/// Every set.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    sets_of(&sysctl(&SEM_INFO)?)
}

pub(super) fn sets_of(answer: &[u8]) -> io::Result<Vec<SetInfo>> {
    let semmni = limits_of(answer)?.semmni;
    let table = answer.get(offset_of!(sem_sysctl_info, semids)..).ok_or_else(not_understood)?;
    sets(table, semmni, |index, record: &semid_ds_sysctl| {
        let is_set = record.sem_perm.mode & u32::from(SEM_ALLOC) != 0;
        is_set.then(|| abi::listed(Semid::at_place(index, abi::seq(record)), record))
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
