//! A set on DragonFly: its sys/ipc.h, sys/sem.h and kern/sysv_sem.c.

#![allow(unsafe_code)]
#![allow(
    non_camel_case_types,
    clippy::struct_field_names,
    reason = "these are the names of the C interface"
)]

use libc::{c_long, c_ushort, c_void, time_t};

use super::super::common::{Raw, key};
use crate::sysv::info::time;
use crate::sysv::{Permissions, Semid, SetInfo};

/// User and group ids have 16 bits here. The libc crate takes FreeBSD's struct for this one.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct ipc_perm {
    pub cuid: c_ushort,
    pub cgid: c_ushort,
    pub uid: c_ushort,
    pub gid: c_ushort,
    pub mode: c_ushort,
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

/// `MAX_SOPS`: the operations that semop(2) takes, whatever `kern.ipc.semopm` says.
pub(crate) const MAX_SOPS: u32 = 5;

/// The header of the set with this id.
///
/// The kernel does not note when a semop(2) succeeds. So 0 does not mean that the set was
/// never used, and the time of its creation is not that of its last change.
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    let perm = &raw.sem_perm;
    let otime = time(raw.sem_otime);
    SetInfo {
        key: key(perm.key),
        semid,
        nsems: raw.sem_nsems.into(),
        permissions: Permissions::from_header(
            [perm.uid.into(), perm.gid.into(), perm.cuid.into(), perm.cgid.into()],
            perm.mode,
        ),
        otime,
        ctime: otime.and_then(|_| time(raw.sem_ctime)),
    }
}

/// What `IPC_SET` changes. The kernel has no larger ids than 65535.
pub(crate) fn set_permissions(header: &mut semid_ds, uid: u32, gid: u32, mode: u16) {
    header.sem_perm.uid = c_ushort::try_from(uid).unwrap_or(c_ushort::MAX);
    header.sem_perm.gid = c_ushort::try_from(gid).unwrap_or(c_ushort::MAX);
    header.sem_perm.mode = mode;
}
