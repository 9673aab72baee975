//! The interface of semaphores on Android, of which the libc crate has nothing: sys/sem.h of
//! the C library, which exports the calls from API level 26 on, and the kernel's headers
//! linux/sem.h, asm/sembuf.h and asm/ipcbuf.h.

#![allow(non_camel_case_types, reason = "the system's own names")]

use libc::{c_int, c_long, c_short, c_ulong, c_ushort};

pub(crate) use libc::key_t;

pub(crate) const IPC_PRIVATE: key_t = 0;
pub(crate) const IPC_CREAT: c_int = 0o1000;
pub(crate) const IPC_EXCL: c_int = 0o2000;
pub(crate) const IPC_NOWAIT: c_int = 0o4000;
pub(crate) const IPC_RMID: c_int = 0;
pub(crate) const IPC_SET: c_int = 1;
pub(crate) const IPC_STAT: c_int = 2;

pub(crate) const SEM_UNDO: c_int = 0x1000;
pub(crate) const GETPID: c_int = 11;
pub(crate) const GETVAL: c_int = 12;
pub(crate) const GETALL: c_int = 13;
pub(crate) const GETNCNT: c_int = 14;
pub(crate) const GETZCNT: c_int = 15;
pub(crate) const SETVAL: c_int = 16;
pub(crate) const SEM_INFO: c_int = 19;
pub(crate) const SEM_STAT_ANY: c_int = 20;

/// `struct ipc64_perm`. Its mode has four bytes, the upper two of them unused: Android is
/// little-endian.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct ipc_perm {
    pub __key: key_t,
    pub uid: u32,
    pub gid: u32,
    pub cuid: u32,
    pub cgid: u32,
    pub mode: c_ushort,
    __pad1: c_ushort,
    __seq: c_ushort,
    __pad2: c_ushort,
    __unused: [c_ulong; 2],
}

/// `struct semid64_ds` of arm64.
#[cfg(target_arch = "aarch64")]
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct semid_ds {
    pub sem_perm: ipc_perm,
    pub sem_otime: c_long,
    pub sem_ctime: c_long,
    pub sem_nsems: c_ulong,
    __unused: [c_ulong; 2],
}

/// `struct semid64_ds` of x86.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct semid_ds {
    pub sem_perm: ipc_perm,
    pub sem_otime: c_long,
    __unused1: c_ulong,
    pub sem_ctime: c_long,
    __unused2: c_ulong,
    pub sem_nsems: c_ulong,
    __unused: [c_ulong; 2],
}

#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct sembuf {
    pub sem_num: c_ushort,
    pub sem_op: c_short,
    pub sem_flg: c_short,
}

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

    assert!(size_of::<ipc_perm>() == 48);
    assert!(offset_of!(ipc_perm, mode) == 20);
    assert!(offset_of!(semid_ds, sem_otime) == 48);
    assert!(size_of::<sembuf>() == 6);
    assert!(size_of::<seminfo>() == 40);
};

#[cfg(target_arch = "aarch64")]
const _: () = assert!(size_of::<semid_ds>() == 88);
#[cfg(target_arch = "x86_64")]
const _: () = assert!(size_of::<semid_ds>() == 104);

unsafe extern "C" {
    pub(crate) fn semget(key: key_t, nsems: c_int, semflg: c_int) -> c_int;
    pub(crate) fn semctl(semid: c_int, semnum: c_int, cmd: c_int, ...) -> c_int;
}
