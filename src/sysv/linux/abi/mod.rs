//! The interface of semaphores on Linux: include/uapi/linux/sem.h and ipc.h.
//!
//! All of it is the kernel's own. The C libraries' structures differ, and not all of them have
//! the high half of a time on 32-bit systems. The libc crate has nothing for Android.

#![allow(unsafe_code)]
#![allow(non_camel_case_types, reason = "the kernel's names")]
#![cfg_attr(test, allow(clashing_extern_declarations, reason = "the tests of other systems"))]

// One file for each way to call the kernel.
#[cfg_attr(target_pointer_width = "64", path = "c_library.rs")]
#[cfg_attr(target_arch = "x86", path = "x86.rs")]
#[cfg_attr(all(target_arch = "arm", target_endian = "little"), path = "arm.rs")]
mod calls;
mod header;

use libc::{c_int, c_short, c_ushort};

use crate::sysv::info::time;
use crate::sysv::{Key, Permissions, Semid, SetInfo};

pub(crate) use calls::{semctl, semop};
pub(crate) use header::semid64_ds as semid_ds;
pub(crate) use libc::key_t;

pub(crate) const IPC_PRIVATE: key_t = 0;
pub(crate) const IPC_CREAT: c_int = 0o1000;
pub(crate) const IPC_EXCL: c_int = 0o2000;
pub(crate) const IPC_NOWAIT: c_int = 0o4000;
pub(crate) const IPC_RMID: c_int = 0;
pub(crate) const IPC_SET: c_int = 1;
pub(crate) const IPC_STAT: c_int = 2;
pub(crate) const IPC_INFO: c_int = 3;

pub(crate) const SEM_UNDO: c_int = 0x1000;
pub(crate) const GETPID: c_int = 11;
pub(crate) const GETVAL: c_int = 12;
pub(crate) const GETALL: c_int = 13;
pub(crate) const GETNCNT: c_int = 14;
pub(crate) const GETZCNT: c_int = 15;
pub(crate) const SETVAL: c_int = 16;
pub(crate) const SEM_INFO: c_int = 19;
pub(crate) const SEM_STAT_ANY: c_int = 20;

#[allow(clippy::struct_field_names, reason = "the kernel's names")]
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct sembuf {
    pub sem_num: c_ushort,
    pub sem_op: c_short,
    pub sem_flg: c_short,
}

/// What `IPC_INFO` and `SEM_INFO` return: limits, and how much is in use.
#[allow(clippy::struct_field_names, reason = "the kernel's names")]
#[repr(C)]
pub(crate) struct seminfo {
    semmap: c_int,
    pub semmni: c_int,
    pub semmns: c_int,
    semmnu: c_int,
    pub semmsl: c_int,
    pub semopm: c_int,
    semume: c_int,
    /// By `SEM_INFO`, the number of sets.
    pub semusz: c_int,
    semvmx: c_int,
    semaem: c_int,
}

unsafe extern "C" {
    pub(crate) fn semget(key: key_t, nsems: c_int, flags: c_int) -> c_int;
}

/// The header of the set with this id, as `IPC_STAT` and its like return it.
#[allow(clippy::useless_conversion, reason = "the number has 64 bits on most systems")]
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    let perm = &raw.sem_perm;
    SetInfo {
        key: Key::new(perm.key),
        semid,
        nsems: u32::try_from(raw.sem_nsems).unwrap_or(u32::MAX),
        permissions: Permissions::from_header(
            [perm.uid, perm.gid, perm.cuid, perm.cgid],
            perm.mode,
        ),
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
fn set_mode<M: From<u16>>(field: &mut M, mode: u16) {
    *field = mode.into();
}
