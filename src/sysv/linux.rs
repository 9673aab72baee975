//! What is Linux's own about System V semaphores.

use std::fs::{self, File};
use std::io::{self, Read};

use jiff::Timestamp;
use libc::semid_ds;
use nix::errno::Errno;

use super::{Key, Limits, Permissions, SetInfo, ffi};

/// The NSems that Apache::Session::Lock::Semaphore takes on this system when
/// the application states none.
pub const DEFAULT_NSEMS: u16 = 32;

/// The limits, in the order of the kernel's own line: proc(5).
pub(super) fn limits() -> io::Result<Limits> {
    // In one read: a second one of a sysctl gives nothing, and read_to_string's
    // first is too short for large numbers.
    let mut line = [0; 128];
    let length = File::open("/proc/sys/kernel/sem")?.read(&mut line)?;
    let text = String::from_utf8_lossy(&line[..length]);
    let numbers: Vec<u32> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
    match numbers[..] {
        [semmsl, semmns, semopm, semmni] => Ok(Limits { semmsl, semmns, semopm, semmni }),
        _ => Err(io::Error::other("/proc/sys/kernel/sem is not four numbers")),
    }
}

/// Every set, by its index in the kernel's table; from the kernel's list where
/// that does not work.
///
/// Both show sets that may not be read. To ask for each takes a third of the
/// time that the kernel needs to write the list.
pub(super) fn all_sets() -> io::Result<Vec<SetInfo>> {
    let asked = super::filter::check().and_then(|()| ffi::highest_index());
    let rows: Vec<_> = asked.map_or(Vec::new(), |highest| {
        (0..=highest)
            .filter_map(|index| ffi::stat_any(index).ok())
            .map(|(semid, raw)| info(semid, &raw))
            .collect()
    });
    // An old kernel does not know the call, and an empty table is listed fast.
    if rows.is_empty() { listed() } else { Ok(rows) }
}

/// The sets that `/proc/sysvipc/sem` lists: proc(5).
fn listed() -> io::Result<Vec<SetInfo>> {
    let text = fs::read_to_string("/proc/sysvipc/sem")?;
    let rows = text.lines().skip(1).map(row).collect::<Option<_>>();
    rows.ok_or_else(|| io::Error::other("/proc/sysvipc/sem has a line that is none"))
}

fn row(line: &str) -> Option<SetInfo> {
    let mut words = line.split_whitespace();
    let mut number = || words.next()?.parse::<i64>().ok();
    let (key, semid) = (number()?, number()?);
    let mode = u16::from_str_radix(&number()?.to_string(), 8).ok()?;
    let mut id = || number().and_then(|id| u32::try_from(id).ok());
    let (key, semid) = (Key::new(i32::try_from(key).ok()?), i32::try_from(semid).ok()?);
    let nsems = id()?;
    let (uid, gid, cuid, cgid) = (id()?, id()?, id()?, id()?);
    let permissions = Permissions { uid, gid, cuid, cgid, mode: mode & 0o777 };
    let (otime, ctime) = (time(number()?), time(number()?));
    Some(SetInfo { key, semid, nsems, permissions, otime, ctime })
}

/// This process's IPC namespace as namespaces(7) names it, such as
/// `ipc:[4026531839]`; None where it cannot be told.
pub fn ipc_namespace() -> Option<String> {
    let link = fs::read_link("/proc/thread-self/ns/ipc").ok()?;
    link.into_os_string().into_string().ok()
}

/// What `IPC_STAT` and its like say of the set with this id.
pub(super) fn info(semid: i32, raw: &semid_ds) -> SetInfo {
    let perm = &raw.sem_perm;
    SetInfo {
        key: Key::new(perm.__key),
        semid,
        nsems: u32::try_from(raw.sem_nsems).unwrap_or(u32::MAX),
        permissions: Permissions {
            uid: perm.uid,
            gid: perm.gid,
            cuid: perm.cuid,
            cgid: perm.cgid,
            mode: perm.mode & 0o777,
        },
        otime: time(raw.sem_otime),
        ctime: time(raw.sem_ctime),
    }
}

/// The bits of `CAP_IPC_OWNER` and `CAP_SYS_ADMIN`: capabilities(7).
const IPC_OWNER: u64 = 1 << 15;
const SYS_ADMIN: u64 = 1 << 21;

/// Whether this process has `CAP_IPC_OWNER` and `CAP_SYS_ADMIN` over the sets of
/// this IPC namespace: proc_pid_status(5). None where that cannot be read.
pub(super) fn own_capabilities() -> Option<(bool, bool)> {
    let namespace = File::open("/proc/thread-self/ns/ipc").ok()?;
    if matches!(ffi::owning_users(&namespace), Err(Errno::EPERM)) {
        return Some((false, false));
    }
    let status = fs::read("/proc/thread-self/status").ok()?;
    let line =
        status.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"CapEff:"))?;
    let bits = u64::from_str_radix(str::from_utf8(line).ok()?.trim(), 16).ok()?;
    Some((bits & IPC_OWNER != 0, bits & SYS_ADMIN != 0))
}

fn time(seconds: i64) -> Option<Timestamp> {
    if seconds == 0 { None } else { Timestamp::from_second(seconds).ok() }
}
