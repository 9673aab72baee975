//! A set on OpenBSD: its sys/ipc.h, sys/sem.h, and `sysctl_sysvipc()` of
//! kern/kern_sysctl.c.

#![allow(unsafe_code)]
#![allow(
    non_camel_case_types,
    clippy::struct_field_names,
    reason = "these are the names of the C interface"
)]

use libc::{c_int, c_long, c_ushort, c_void, gid_t, time_t, uid_t};

use super::super::common::{Raw, key};
use crate::sysv::info::time;
use crate::sysv::{Permissions, Semid, SetInfo};

// sys/sysctl.h
pub(crate) const CTL_KERN: c_int = 1;
pub(crate) const KERN_SYSVIPC_INFO: c_int = 51;
pub(crate) const KERN_SYSVIPC_SEM_INFO: c_int = 2;

/// The limits and the table of sets.
pub(crate) const SEM_INFO: [c_int; 3] = [CTL_KERN, KERN_SYSVIPC_INFO, KERN_SYSVIPC_SEM_INFO];

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct ipc_perm {
    pub cuid: uid_t,
    pub cgid: gid_t,
    pub uid: uid_t,
    pub gid: gid_t,
    pub mode: u32,
    pub seq: c_ushort,
    pub key: c_long,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct semid_ds {
    pub sem_perm: ipc_perm,
    pub sem_base: *mut c_void,
    pub sem_nsems: c_ushort,
    pub sem_otime: time_t,
    pub sem_pad1: c_long,
    pub sem_ctime: time_t,
    pub sem_pad2: c_long,
    pub sem_pad3: [c_long; 4],
}

// SAFETY: it has integers and a pointer only.
unsafe impl Raw for semid_ds {}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct seminfo {
    pub semmni: c_int,
    pub semmns: c_int,
    pub semmnu: c_int,
    pub semmsl: c_int,
    pub semopm: c_int,
    pub semume: c_int,
    pub semusz: c_int,
    pub semvmx: c_int,
    pub semaem: c_int,
}

// SAFETY: it has integers only.
unsafe impl Raw for seminfo {}

/// The answer to `KERN_SYSVIPC_SEM_INFO`, with its first record.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct sem_sysctl_info {
    pub seminfo: seminfo,
    pub semids: [semid_ds; 1],
}

/// The header of the set with this id.
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    let perm = &raw.sem_perm;
    SetInfo {
        key: key(perm.key),
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

/// What `IPC_SET` changes.
pub(crate) fn set_permissions(header: &mut semid_ds, uid: u32, gid: u32, mode: u16) {
    (header.sem_perm.uid, header.sem_perm.gid) = (uid, gid);
    header.sem_perm.mode = mode.into();
}
