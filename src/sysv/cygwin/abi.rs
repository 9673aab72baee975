//! The interface of semaphores on Cygwin: cygwin/sem.h and cygwin/ipc.h, with the parts that
//! they have for ipcs(8).

#![allow(unsafe_code)]
#![allow(non_camel_case_types, clippy::struct_field_names, reason = "the system's own names")]

use libc::{c_int, c_short, c_ushort, size_t};

use crate::sysv::info::time;
use crate::sysv::{Key, Permissions, Semid, SetInfo};

/// Keys have 64 bits here. Those of this program have 32, as on the other systems.
pub(crate) type key_t = i32;

pub(crate) const IPC_PRIVATE: key_t = 0;
pub(crate) const IPC_CREAT: c_int = 0x0200;
pub(crate) const IPC_EXCL: c_int = 0x0400;
pub(crate) const IPC_NOWAIT: c_int = 0x0800;
pub(crate) const IPC_RMID: c_int = 0x1000;
pub(crate) const IPC_SET: c_int = 0x1001;
pub(crate) const IPC_STAT: c_int = 0x1002;
/// With the semid 0: the limits. With another number: that many entries of the table.
pub(crate) const IPC_INFO: c_int = 0x1003;

pub(crate) const SEM_UNDO: c_int = 0o10000;
pub(crate) const GETNCNT: c_int = 0x3000;
pub(crate) const GETPID: c_int = 0x3001;
pub(crate) const GETVAL: c_int = 0x3002;
pub(crate) const GETALL: c_int = 0x3003;
pub(crate) const GETZCNT: c_int = 0x3004;
pub(crate) const SETVAL: c_int = 0x3005;

/// In a mode: an entry of the table that is in use.
const SEM_ALLOC: u32 = 0o1000;

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct ipc_perm {
    pub uid: u32,
    pub gid: u32,
    pub cuid: u32,
    pub cgid: u32,
    pub mode: u32,
    pub key: i64,
    pub seq: c_ushort,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct timestruc_t {
    pub tv_sec: i64,
    pub tv_nsec: i64,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct semid_ds {
    pub sem_perm: ipc_perm,
    pub sem_nsems: c_ushort,
    pub sem_otim: timestruc_t,
    pub sem_ctim: timestruc_t,
    pub sem_spare4: [i64; 2],
}

#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct sembuf {
    pub sem_num: c_ushort,
    pub sem_op: c_short,
    pub sem_flg: c_short,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct seminfo {
    pub semmni: i32,
    pub semmns: i32,
    pub semmsl: i32,
    pub semopm: i32,
    pub semmnu: i32,
    pub semume: i32,
    pub semvmx: i32,
    pub semaem: i32,
    pub semmap: i32,
    pub semusz: i32,
    pub sem_spare: [i32; 2],
}

mod calls {
    use libc::{c_int, size_t};

    unsafe extern "C" {
        pub(super) fn semget(key: i64, nsems: c_int, semflg: c_int) -> c_int;
        pub(crate) fn semctl(semid: c_int, semnum: c_int, cmd: c_int, ...) -> c_int;
        pub(super) fn semop(semid: c_int, sops: *mut super::sembuf, nsops: size_t) -> c_int;
    }
}

pub(crate) use calls::semctl;

/// # Safety
///
/// None: it takes and returns plain integers.
pub(crate) unsafe fn semget(key: key_t, nsems: c_int, flags: c_int) -> c_int {
    // SAFETY: as above.
    unsafe { calls::semget(key.into(), nsems, flags) }
}

/// # Safety
///
/// `ops` must point to `nops` operations.
pub(crate) unsafe fn semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { calls::semop(semid, ops, nops) }
}

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
        otime: time(raw.sem_otim.tv_sec),
        ctime: time(raw.sem_ctim.tv_sec),
    }
}

/// The lower half of a larger key, as ftok(3) makes them, but never that of a private set.
#[allow(clippy::cast_possible_truncation, reason = "that is what is wanted")]
fn key(raw: i64) -> Key {
    let low = raw as i32;
    Key::new(if low == 0 && raw != 0 { -1 } else { low })
}

/// What `IPC_SET` changes.
pub(crate) fn set_permissions(header: &mut semid_ds, uid: u32, gid: u32, mode: u16) {
    (header.sem_perm.uid, header.sem_perm.gid) = (uid, gid);
    header.sem_perm.mode = mode.into();
}

/// The sets of cygserver's table: `semget()` of winsup/cygserver/sysv_sem.cc.
pub(crate) fn sets(table: &[semid_ds]) -> Vec<SetInfo> {
    let used = |(_, entry): &(_, &semid_ds)| entry.sem_perm.mode & SEM_ALLOC != 0;
    let set =
        |(index, entry): (_, &semid_ds)| info(Semid::at_place(index, entry.sem_perm.seq), entry);
    (0..).zip(table).filter(used).map(set).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::sysv::{Gid, Uid};

    #[test]
    fn only_entries_in_use_are_sets() {
        let perm = ipc_perm { uid: 1, gid: 2, cuid: 3, cgid: 4, mode: 0o1640, key: 31818, seq: 7 };
        let used = semid_ds {
            sem_perm: perm,
            sem_nsems: 16,
            sem_ctim: timestruc_t { tv_sec: 1_764_115_200, tv_nsec: 5 },
            ..semid_ds::default()
        };
        let removed = semid_ds { sem_perm: ipc_perm { mode: 0, ..perm }, ..used };
        let [set] = sets(&[removed, semid_ds::default(), used])[..] else { panic!("one set") };
        assert_eq!((set.semid, set.key, set.nsems), (Semid::new(0x7_0002), Key::new(31818), 16));
        let (uid, gid) = (Uid::new(1), Gid::new(2));
        let (cuid, cgid) = (Uid::new(3), Gid::new(4));
        assert_eq!(set.permissions, Permissions { uid, gid, cuid, cgid, mode: 0o640 });
        assert_eq!((set.otime, set.ctime), (None, Timestamp::from_second(1_764_115_200).ok()));
    }

    #[test]
    fn a_key_of_64_bits_is_never_that_of_a_private_set() {
        for (raw, shown) in [(0, 0), (31818, 31818), (-1, -1), (1 << 32 | 7, 7), (1 << 32, -1)] {
            assert_eq!(key(raw), Key::new(shown));
        }
    }
}
