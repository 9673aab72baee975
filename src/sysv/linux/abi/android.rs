//! The interface of semaphores on Android, of which the libc crate has nothing: sys/sem.h of
//! the C library, which exports the calls from API level 26 on, and the kernel's headers
//! linux/sem.h and linux/ipc.h.

#![allow(non_camel_case_types, reason = "the system's own names")]

use libc::{c_int, c_short, c_ushort};

pub(crate) use libc::key_t;

pub(crate) const IPC_PRIVATE: key_t = 0;
pub(crate) const IPC_CREAT: c_int = 0o1000;
pub(crate) const IPC_EXCL: c_int = 0o2000;
pub(crate) const IPC_NOWAIT: c_int = 0o4000;
pub(crate) const IPC_RMID: c_int = 0;
pub(crate) const IPC_SET: c_int = 1;
pub(crate) const SEM_UNDO: c_int = 0x1000;
pub(crate) const GETPID: c_int = 11;
pub(crate) const GETVAL: c_int = 12;
pub(crate) const GETALL: c_int = 13;
pub(crate) const GETNCNT: c_int = 14;
pub(crate) const GETZCNT: c_int = 15;
pub(crate) const SETVAL: c_int = 16;
pub(crate) const SEM_INFO: c_int = 19;

#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct sembuf {
    pub sem_num: c_ushort,
    pub sem_op: c_short,
    pub sem_flg: c_short,
}

unsafe extern "C" {
    pub(crate) fn semget(key: key_t, nsems: c_int, semflg: c_int) -> c_int;
    pub(crate) fn semctl(semid: c_int, semnum: c_int, cmd: c_int, ...) -> c_int;
}
