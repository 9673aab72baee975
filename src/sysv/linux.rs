//! What is Linux's own about System V semaphores.

use std::fs::{self, File};
use std::io::{self, Read};

use jiff::Timestamp;
use libc::semid_ds;

use super::{Header, Key, Limits, Row, ffi};

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
pub(super) fn all_sets() -> io::Result<Vec<Row>> {
    let asked = super::filter::check().and_then(|()| ffi::highest_index());
    let rows: Vec<_> = asked.map_or(Vec::new(), |highest| {
        (0..=highest).filter_map(|index| ffi::stat_any(index).ok()).map(stated).collect()
    });
    // An old kernel does not know the call, and an empty table is listed fast.
    if rows.is_empty() { listed() } else { Ok(rows) }
}

fn stated((semid, raw): (i32, semid_ds)) -> Row {
    let Header { key, mode, uid, gid, cuid, cgid, nsems, otime, ctime } = header(&raw);
    Row { key, semid, mode, nsems, uid, gid, cuid, cgid, otime, ctime }
}

/// The sets that `/proc/sysvipc/sem` lists: proc(5).
fn listed() -> io::Result<Vec<Row>> {
    let text = fs::read_to_string("/proc/sysvipc/sem")?;
    let rows = text.lines().skip(1).map(row).collect::<Option<_>>();
    rows.ok_or_else(|| io::Error::other("/proc/sysvipc/sem has a line that is none"))
}

fn row(line: &str) -> Option<Row> {
    let mut words = line.split_whitespace();
    let mut number = || words.next()?.parse::<i64>().ok();
    let (key, semid) = (number()?, number()?);
    let mode = u16::from_str_radix(&number()?.to_string(), 8).ok()?;
    let mut id = || number().and_then(|id| u32::try_from(id).ok());
    Some(Row {
        key: Key::new(i32::try_from(key).ok()?),
        semid: i32::try_from(semid).ok()?,
        mode: mode & 0o777,
        nsems: id()?,
        uid: id()?,
        gid: id()?,
        cuid: id()?,
        cgid: id()?,
        otime: time(number()?),
        ctime: time(number()?),
    })
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

fn time(seconds: i64) -> Option<Timestamp> {
    if seconds == 0 { None } else { Timestamp::from_second(seconds).ok() }
}
