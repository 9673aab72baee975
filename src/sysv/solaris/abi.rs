//! The interface of semaphores on illumos and Solaris: sys/sem.h, sys/ipc.h and, for
//! ipcs(1), sys/ipc_impl.h.

#![allow(unsafe_code)]
#![allow(non_camel_case_types, clippy::struct_field_names, reason = "the system's own names")]

use libc::{c_int, c_short, c_ushort, size_t};

use crate::sysv::info::time;
use crate::sysv::{Key, Permissions, Semid, SetInfo};

pub(crate) type key_t = c_int;

pub(crate) const IPC_PRIVATE: key_t = 0;
pub(crate) const IPC_CREAT: c_int = 0o1000;
pub(crate) const IPC_EXCL: c_int = 0o2000;
pub(crate) const IPC_NOWAIT: c_int = 0o4000;
pub(crate) const IPC_RMID: c_int = 10;
pub(crate) const IPC_SET: c_int = 11;
pub(crate) const IPC_STAT: c_int = 12;
/// Writes a [`semid_ds64`], whatever the mode of the set.
pub(crate) const IPC_STAT64: c_int = 14;

pub(crate) const SEM_UNDO: c_int = 0o10000;
pub(crate) const GETNCNT: c_int = 3;
pub(crate) const GETPID: c_int = 4;
pub(crate) const GETVAL: c_int = 5;
pub(crate) const GETALL: c_int = 6;
pub(crate) const GETZCNT: c_int = 7;
pub(crate) const SETVAL: c_int = 8;

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct ipc_perm {
    pub uid: u32,
    pub gid: u32,
    pub cuid: u32,
    pub cgid: u32,
    pub mode: u32,
    pub seq: u32,
    pub key: key_t,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct semid_ds {
    pub sem_perm: ipc_perm,
    pub sem_base: usize,
    pub sem_nsems: c_ushort,
    pub sem_otime: i64,
    pub sem_ctime: i64,
    pub sem_binary: c_int,
    pub sem_pad3: [i64; 3],
}

#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct sembuf {
    pub sem_num: c_ushort,
    pub sem_op: c_short,
    pub sem_flg: c_short,
}

/// The permissions of a [`semid_ds64`].
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct ipc_perm64 {
    pub uid: u32,
    pub gid: u32,
    pub cuid: u32,
    pub cgid: u32,
    pub mode: u32,
    pub key: key_t,
    pub projid: c_int,
    pub zoneid: c_int,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct semid_ds64 {
    pub perm: ipc_perm64,
    pub nsems: c_ushort,
    pub pad: [c_ushort; 3],
    pub otime: u64,
    pub ctime: u64,
}

unsafe extern "C" {
    pub(crate) fn semget(key: key_t, nsems: c_int, semflg: c_int) -> c_int;
    pub(crate) fn semctl(semid: c_int, semnum: c_int, cmd: c_int, ...) -> c_int;
    pub(crate) fn semop(semid: c_int, sops: *mut sembuf, nsops: size_t) -> c_int;
}

/// The header of the set with this id.
pub(crate) fn info(semid: Semid, raw: &semid_ds) -> SetInfo {
    let perm = &raw.sem_perm;
    SetInfo {
        key: Key::new(perm.key),
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

/// The same header, as ipcs(1) reads it. None for a set of another zone.
pub(crate) fn listed(semid: Semid, raw: &semid_ds64, zone: c_int) -> Option<SetInfo> {
    let perm = &raw.perm;
    let time = |seconds| time(i64::try_from(seconds).unwrap_or(i64::MAX));
    (perm.zoneid == zone).then(|| SetInfo {
        key: Key::new(perm.key),
        semid,
        nsems: raw.nsems.into(),
        permissions: Permissions::from_header(
            [perm.uid, perm.gid, perm.cuid, perm.cgid],
            perm.mode,
        ),
        otime: time(raw.otime),
        ctime: time(raw.ctime),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_headers_of_a_set_say_the_same() {
        const ALLOCATED: u32 = 0o100_000;
        let semid = Semid::new(0x100_0003);
        let perm = ipc_perm {
            uid: 1,
            gid: 2,
            cuid: 3,
            cgid: 4,
            mode: ALLOCATED | 0o640,
            seq: 1,
            key: 31818,
        };
        let (sem_nsems, sem_ctime) = (16, 1_764_115_200);
        let one = semid_ds { sem_perm: perm, sem_nsems, sem_ctime, ..semid_ds::default() };
        let ipc_perm { uid, gid, cuid, cgid, mode, key, .. } = perm;
        let perm = ipc_perm64 { uid, gid, cuid, cgid, mode, key, projid: 5, zoneid: 6 };
        let other = semid_ds64 { perm, nsems: 16, ctime: 1_764_115_200, ..semid_ds64::default() };
        assert_eq!(listed(semid, &other, 6), Some(info(semid, &one)));
        assert_eq!(info(semid, &one).permissions.mode, 0o640);
        assert_eq!(listed(semid, &other, 0), None, "a set of another zone");
    }
}
