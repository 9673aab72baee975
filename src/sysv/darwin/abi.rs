//! The interface of semaphores on macOS: sys/sem.h, sys/ipc.h and, for ipcs(1), sys/ipcs.h
//! and sys/sem_internal.h of the kernel's source.

use std::ffi::c_void;

use libc::c_int;

use crate::sysv::info::time;
use crate::sysv::{Gid, Key, Permissions, Semid, SetInfo, Uid};

pub(crate) use libc::{
    GETALL, GETNCNT, GETPID, GETVAL, GETZCNT, IPC_CREAT, IPC_EXCL, IPC_NOWAIT, IPC_PRIVATE,
    IPC_RMID, IPC_SET, IPC_STAT, SEM_UNDO, SETVAL, key_t, sembuf, semctl, semget, semid_ds, semop,
};

/// The header of the set with this id. The kernel uses further bits of the mode.
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    // The struct is packed: its fields are copied, not borrowed.
    let semid_ds { sem_perm: perm, sem_nsems, sem_otime, sem_ctime, .. } = *raw;
    SetInfo {
        key: Key::new(perm._key),
        semid,
        nsems: sem_nsems.into(),
        permissions: Permissions {
            uid: Uid::new(perm.uid),
            gid: Gid::new(perm.gid),
            cuid: Uid::new(perm.cuid),
            cgid: Gid::new(perm.cgid),
            mode: perm.mode & 0o777,
        },
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

const _: () = {
    use std::mem::offset_of;

    // The header packs this struct to 4 bytes.
    assert!(size_of::<semid_ds>() == 72);
    assert!(offset_of!(semid_ds, sem_nsems) == 28);
    assert!(offset_of!(semid_ds, sem_otime) == 32);
    assert!(offset_of!(semid_ds, sem_ctime) == 44);
    assert!(size_of::<sembuf>() == 6);
    assert!(size_of::<IpcsCommand>() == 24);
    assert!(size_of::<seminfo>() == 40);
};
