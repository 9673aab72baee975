//! What is Linux's own about System V semaphores.

use std::{fs, io};

use jiff::Timestamp;
use libc::semid_ds;

use super::{Header, Key};

/// The NSems that Apache::Session::Lock::Semaphore takes on this system when
/// the application states none.
pub const DEFAULT_NSEMS: u16 = 32;

/// SEMOPM, the most operations that one semop(2) takes: the third number of
/// `/proc/sys/kernel/sem`, proc(5). Belongs to the IPC namespace.
pub fn max_operations() -> io::Result<usize> {
    let text = fs::read_to_string("/proc/sys/kernel/sem")?;
    let semopm = text.split_whitespace().nth(2).and_then(|word| word.parse().ok());
    semopm.ok_or_else(|| io::Error::other("/proc/sys/kernel/sem has no third number"))
}

/// This process's IPC namespace as namespaces(7) names it, such as
/// `ipc:[4026531839]`; None where it cannot be told.
pub fn ipc_namespace() -> Option<String> {
    let link = fs::read_link("/proc/thread-self/ns/ipc").ok()?;
    link.into_os_string().into_string().ok()
}

pub(super) fn header(raw: &semid_ds) -> Header {
    Header {
        key: Key::new(raw.sem_perm.__key),
        mode: raw.sem_perm.mode & 0o777,
        uid: raw.sem_perm.uid,
        gid: raw.sem_perm.gid,
        cuid: raw.sem_perm.cuid,
        cgid: raw.sem_perm.cgid,
        nsems: u32::try_from(raw.sem_nsems).unwrap_or(u32::MAX),
        otime: time(raw.sem_otime),
        ctime: time(raw.sem_ctime),
    }
}

fn time(seconds: libc::time_t) -> Option<Timestamp> {
    if seconds == 0 { None } else { Timestamp::from_second(seconds).ok() }
}
