//! A set on NetBSD: its sys/ipc.h, sys/sem.h, and `sysctl_kern_sysvipc()` of
//! kern/sysv_ipc.c.

#![allow(unsafe_code)]
#![allow(
    non_camel_case_types,
    clippy::struct_field_names,
    clippy::used_underscore_binding,
    reason = "these are the names of the C interface"
)]

use libc::{c_int, c_long, c_ushort, c_void, gid_t, time_t, uid_t};

use super::super::common::{Raw, key};
use crate::sysv::info::time;
use crate::sysv::{Permissions, Semid, SetInfo};

// sys/sysctl.h
pub(crate) const CTL_KERN: c_int = 1;
pub(crate) const KERN_SYSVIPC: c_int = 82;
pub(crate) const KERN_SYSVIPC_INFO: c_int = 1;
pub(crate) const KERN_SYSVIPC_SEM_INFO: c_int = 5;

/// The limits and the table of sets.
pub(crate) const SEM_INFO: [c_int; 4] =
    [CTL_KERN, KERN_SYSVIPC, KERN_SYSVIPC_INFO, KERN_SYSVIPC_SEM_INFO];

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct ipc_perm {
    pub uid: uid_t,
    pub gid: gid_t,
    pub cuid: uid_t,
    pub cgid: gid_t,
    pub mode: u32,
    pub _seq: c_ushort,
    pub _key: c_long,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct semid_ds {
    pub sem_perm: ipc_perm,
    pub sem_nsems: c_ushort,
    pub sem_otime: time_t,
    pub sem_ctime: time_t,
    pub _sem_base: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct ipc_perm_sysctl {
    pub _key: u64,
    pub uid: uid_t,
    pub gid: gid_t,
    pub cuid: uid_t,
    pub cgid: gid_t,
    pub mode: u32,
    pub _seq: i16,
    pub pad: i16,
}

/// A record of the answer to `KERN_SYSVIPC_SEM_INFO`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct semid_ds_sysctl {
    pub sem_perm: ipc_perm_sysctl,
    pub sem_nsems: i16,
    pub pad2: i16,
    pub pad3: i32,
    pub sem_otime: time_t,
    pub sem_ctime: time_t,
}

// SAFETY: it has integers only.
unsafe impl Raw for semid_ds_sysctl {}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct seminfo {
    pub semmap: i32,
    pub semmni: i32,
    pub semmns: i32,
    pub semmnu: i32,
    pub semmsl: i32,
    pub semopm: i32,
    pub semume: i32,
    pub semusz: i32,
    pub semvmx: i32,
    pub semaem: i32,
}

// SAFETY: it has integers only.
unsafe impl Raw for seminfo {}

/// The answer to `KERN_SYSVIPC_SEM_INFO`, with its first record.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct sem_sysctl_info {
    pub seminfo: seminfo,
    pub semids: [semid_ds_sysctl; 1],
}

/// The header of the set with this id.
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    let perm = &raw.sem_perm;
    SetInfo {
        key: key(perm._key),
        semid,
        nsems: raw.sem_nsems.into(),
        permissions: Permissions::from_header(
            [perm.uid, perm.gid, perm.cuid, perm.cgid],
            perm.mode,
        ),
        otime: time(raw.sem_otime),
        ctime: time(raw.sem_ctime),
    }
}

/// How often a place of the table was used.
pub(crate) fn seq(raw: &semid_ds_sysctl) -> c_ushort {
    raw.sem_perm._seq.cast_unsigned()
}

/// The header in a record of the list.
pub(crate) fn listed(semid: Semid, raw: &semid_ds_sysctl) -> SetInfo {
    let perm = &raw.sem_perm;
    SetInfo {
        key: key(perm._key.cast_signed()),
        semid,
        nsems: raw.sem_nsems.cast_unsigned().into(),
        permissions: Permissions::from_header(
            [perm.uid, perm.gid, perm.cuid, perm.cgid],
            perm.mode,
        ),
        otime: time(raw.sem_otime),
        ctime: time(raw.sem_ctime),
    }
}

/// What `IPC_SET` changes.
pub(crate) fn set_permissions(header: &mut semid_ds, uid: u32, gid: u32, mode: u16) {
    (header.sem_perm.uid, header.sem_perm.gid) = (uid, gid);
    header.sem_perm.mode = mode.into();
}
