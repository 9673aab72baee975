//! The interface of semaphores on Linux: include/uapi/linux/sem.h, and the C library.

#![allow(unsafe_code)]

use libc::{c_int, size_t};

use crate::sysv::info::time;
use crate::sysv::{Gid, Key, Permissions, Semid, SetInfo, Uid};

#[cfg(target_os = "android")]
#[path = "android.rs"]
mod android;

#[cfg(target_os = "android")]
pub(crate) use android::*;
#[cfg(not(target_os = "android"))]
pub(crate) use libc::{
    GETALL, GETNCNT, GETPID, GETVAL, GETZCNT, IPC_CREAT, IPC_EXCL, IPC_NOWAIT, IPC_PRIVATE,
    IPC_RMID, IPC_SET, IPC_STAT, SEM_INFO, SEM_STAT_ANY, SEM_UNDO, SETVAL, key_t, sembuf, semctl,
    semget, semid_ds, seminfo,
};

/// The system call itself. glibc's semop() calls semtimedop(2), which may be missing or
/// forbidden.
///
/// # Safety
///
/// `ops` must point to `nops` operations.
pub(crate) unsafe fn semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
    // SAFETY: the caller promises `nops` operations; the kernel only reads them.
    let returned = unsafe { libc::syscall(libc::SYS_semop, semid, ops, nops) };
    // It is 0 or -1.
    if returned == 0 { 0 } else { -1 }
}

/// The header of the set with this id, as `IPC_STAT` and its like return it.
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    let perm = &raw.sem_perm;
    SetInfo {
        key: Key::new(perm.__key),
        semid,
        nsems: u32::try_from(raw.sem_nsems).unwrap_or(u32::MAX),
        permissions: Permissions {
            uid: Uid::new(perm.uid),
            gid: Gid::new(perm.gid),
            cuid: Uid::new(perm.cuid),
            cgid: Gid::new(perm.cgid),
            mode: perm.mode & 0o777,
        },
        otime: time(raw.sem_otime),
        ctime: time(raw.sem_ctime),
    }
}

/// What `IPC_SET` changes.
pub(crate) fn set_permissions(header: &mut semid_ds, uid: u32, gid: u32, mode: u16) {
    (header.sem_perm.uid, header.sem_perm.gid) = (uid, gid);
    header.sem_perm.mode = mode;
}
