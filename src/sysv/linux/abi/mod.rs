//! The interface of semaphores on Linux: include/uapi/linux/sem.h.
//!
//! The structures are the kernel's own. C libraries differ in theirs: not all keep the high
//! half of a time on 32-bit systems.

#![allow(unsafe_code)]

// One file for each way to call the kernel.
#[cfg_attr(target_pointer_width = "64", path = "as_it_is.rs")]
#[cfg_attr(target_arch = "x86", path = "x86.rs")]
#[cfg_attr(all(target_arch = "arm", target_endian = "little"), path = "arm.rs")]
mod calls;
mod header;
// What the C library declares.
#[cfg(target_os = "android")]
#[path = "android.rs"]
mod c_library;
#[cfg(not(target_os = "android"))]
use libc as c_library;

use libc::c_int;

use crate::sysv::info::time;
use crate::sysv::{Gid, Key, Permissions, Semid, SetInfo, Uid};

pub(crate) use c_library::{
    GETALL, GETNCNT, GETPID, GETVAL, GETZCNT, IPC_CREAT, IPC_EXCL, IPC_NOWAIT, IPC_PRIVATE,
    IPC_RMID, IPC_SET, SEM_INFO, SEM_UNDO, SETVAL, key_t, sembuf, semget,
};
pub(crate) use calls::{semctl, semop};
pub(crate) use header::semid64_ds as semid_ds;

/// The kernel's numbers. Those of 32-bit musl ask for its own structure.
pub(crate) const IPC_STAT: c_int = 2;
pub(crate) const SEM_STAT_ANY: c_int = 20;

/// `SEM_INFO`: limits and, in the names of others, numbers in use.
#[allow(non_camel_case_types, reason = "the kernel's name")]
#[repr(C)]
pub(crate) struct seminfo {
    limits: [c_int; 7],
    /// The number of sets.
    pub semusz: c_int,
    more_limits: [c_int; 2],
}

/// The header of the set with this id, as `IPC_STAT` and its like return it.
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    let perm = &raw.sem_perm;
    SetInfo {
        key: Key::new(perm.key),
        semid,
        nsems: u32::try_from(raw.sem_nsems).unwrap_or(u32::MAX),
        permissions: Permissions {
            uid: Uid::new(perm.uid),
            gid: Gid::new(perm.gid),
            cuid: Uid::new(perm.cuid),
            cgid: Gid::new(perm.cgid),
            mode: permission_bits(perm.mode),
        },
        otime: time(raw.otime()),
        ctime: time(raw.ctime()),
    }
}

/// What `IPC_SET` changes.
pub(crate) fn set_permissions(header: &mut semid_ds, uid: u32, gid: u32, mode: u16) {
    (header.sem_perm.uid, header.sem_perm.gid) = (uid, gid);
    set_mode(&mut header.sem_perm.mode, mode);
}

/// The kernel's mode has 16 or 32 bits.
fn permission_bits(mode: impl Into<u32>) -> u16 {
    (mode.into() & 0o777).try_into().expect("nine bits fit")
}

fn set_mode<M: From<u16>>(field: &mut M, mode: u16) {
    *field = mode.into();
}
