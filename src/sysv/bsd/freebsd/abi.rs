//! A set on FreeBSD: its sys/ipc.h, sys/sem.h and kern/sysv_sem.c.

#![allow(unsafe_code)]
#![allow(non_camel_case_types, reason = "these are the names of the C interface")]

use libc::{c_long, c_ushort, c_void, gid_t, time_t, uid_t};

use super::super::common::{Raw, key};
use crate::sysv::info::time;
use crate::sysv::{Permissions, Semid, SetInfo};

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct ipc_perm {
    pub cuid: uid_t,
    pub cgid: gid_t,
    pub uid: uid_t,
    pub gid: gid_t,
    pub mode: u16,
    pub seq: c_ushort,
    pub key: c_long,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct semid_ds {
    pub sem_perm: ipc_perm,
    pub __sem_base: *mut c_void,
    pub sem_nsems: c_ushort,
    pub sem_otime: time_t,
    pub sem_ctime: time_t,
}

/// A record of the sysctl `kern.ipc.sema`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct semid_kernel {
    pub u: semid_ds,
    pub label: *mut c_void,
    pub cred: *mut c_void,
}

// SAFETY: it has integers and pointers only.
unsafe impl Raw for semid_kernel {}

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
    header.sem_perm.mode = mode;
}
