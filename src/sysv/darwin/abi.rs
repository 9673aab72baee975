//! The interface of semaphores on macOS: sys/sem.h, sys/ipc.h and, for ipcs(1), sys/ipcs.h
//! and sys/sem_internal.h of the kernel's source.

use std::ffi::c_void;

use libc::c_int;

use crate::sysv::info::time;
use crate::sysv::{Key, Permissions, Semid, SetInfo};

pub(crate) use libc::{
    GETALL, GETNCNT, GETPID, GETVAL, GETZCNT, IPC_CREAT, IPC_EXCL, IPC_NOWAIT, IPC_PRIVATE,
    IPC_RMID, IPC_SET, IPC_STAT, SEM_UNDO, SETVAL, key_t, sembuf, semctl, semget, semid_ds, semop,
};

/// The header of the set with this id.
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    // The struct is packed: its fields are copied, not borrowed.
    let semid_ds { sem_perm: perm, sem_nsems, sem_otime, sem_ctime, .. } = *raw;
    SetInfo {
        key: Key::new(perm._key),
        semid,
        nsems: sem_nsems.into(),
        permissions: Permissions::from_header(
            [perm.uid, perm.gid, perm.cuid, perm.cgid],
            perm.mode,
        ),
        otime: time(sem_otime),
        ctime: time(sem_ctime),
    }
}

/// What `IPC_SET` changes.
pub(crate) fn set_permissions(header: &mut semid_ds, uid: u32, gid: u32, mode: u16) {
    (header.sem_perm.uid, header.sem_perm.gid) = (uid, gid);
    header.sem_perm.mode = mode;
}

/// `struct IPCS_command`, the argument of the sysctl `kern.sysv.ipcs.sem`.
#[repr(C)]
pub(crate) struct IpcsCommand {
    pub magic: c_int,
    pub op: c_int,
    pub cursor: c_int,
    pub datalen: c_int,
    pub data: *mut c_void,
}

/// The version of [`IpcsCommand`].
pub(crate) const IPCS_MAGIC: c_int = 1;
/// Writes a [`seminfo`].
pub(crate) const IPCS_SEM_CONF: c_int = 0x10;
/// Writes the first [`semid_ds`] at the cursor or after it, and moves the cursor past it.
pub(crate) const IPCS_SEM_ITER: c_int = 0x20;

/// What is in use, and the limits that no sysctl changes.
#[allow(non_camel_case_types, reason = "the system's own name")]
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct seminfo {
    pub semmap: c_int,
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
