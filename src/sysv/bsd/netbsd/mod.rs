//! What differs on NetBSD.

pub(crate) mod abi;
mod remedy;

use std::io;
use std::mem::offset_of;

use super::common::{SEM_ALLOC, limit, not_understood, read, semid, sets};
use super::ffi::sysctl;
use crate::sysv::{Limits, SetInfo};
use abi::{SEM_INFO, sem_sysctl_info, semid_ds_sysctl, seminfo};

pub(crate) use remedy::REMEDIES;

/// Every set.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    sets_of(&sysctl(&SEM_INFO)?)
}

pub(super) fn sets_of(answer: &[u8]) -> io::Result<Vec<SetInfo>> {
    let semmni = limits_of(answer)?.semmni;
    let table = answer.get(offset_of!(sem_sysctl_info, semids)..).ok_or_else(not_understood)?;
    sets(table, semmni, |index, record: &semid_ds_sysctl| {
        let is_set = record.sem_perm.mode & u32::from(SEM_ALLOC) != 0;
        is_set.then(|| abi::listed(semid(index, abi::seq(record)), record))
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
