//! What the records of all four kernels say about a process.

use std::io;

use jiff::Timestamp;
use libc::c_char;
use nix::errno::Errno;

use crate::system::process::Task;
use crate::system::record::{Listed, Record};
use crate::system::{Activity, Entry, Pid, Process};
use crate::sysv::{Credentials, Gid, Uid};

/// A record, in the same form for every kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kinfo {
    pub pid: i32,
    pub record: Record,
    pub is_kernel: bool,
    pub started: Timestamp,
    /// Real, effective and saved.
    pub uids: [u32; 3],
    /// Real, effective and saved.
    pub gids: [u32; 3],
    pub groups: Vec<u32>,
    /// What its thread waits for, in the kernel's words; empty if it runs.
    pub waits_for: Vec<u8>,
    /// None if the kernel does not tell.
    pub threads: Option<u64>,
}

/// The records of an answer, each of `size` bytes, which `read` understands. Fails if one is
/// cut off or not understood.
pub(super) fn records(
    answer: &[u8],
    size: usize,
    read: impl Fn(&[u8]) -> Option<Kinfo>,
) -> io::Result<Vec<Kinfo>> {
    let records = answer.chunks(size).map(|record| read(record).filter(|_| record.len() == size));
    let all: Option<Vec<_>> = records.collect();
    all.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a process is not understood"))
}

/// The only record of an answer about this process. There is none if it has ended.
pub(super) fn only(found: Vec<Kinfo>, pid: Pid) -> Entry<Kinfo> {
    match <[Kinfo; 1]>::try_from(found) {
        Ok([info]) if info.pid == pid.raw() => Entry::Is(info),
        Err(found) if found.is_empty() => Entry::Gone,
        Ok(_) | Err(_) => Entry::Unreadable(Errno::EIO),
    }
}

/// The groups of a process, where a record has all of them.
#[allow(clippy::unnecessary_wraps, reason = "FreeBSD's call may fail")]
pub(super) fn recorded_groups(info: &Kinfo) -> Result<Vec<u32>, Errno> {
    Ok(info.groups.clone())
}

/// A C string, without its end.
pub(super) fn text(bytes: &[u8]) -> Vec<u8> {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default().to_vec()
}

/// A C string in a field of a record.
pub(super) fn c_text(field: &[c_char]) -> Vec<u8> {
    text(&field.iter().map(|byte| byte.to_ne_bytes()[0]).collect::<Vec<_>>())
}

/// A setting that is on or off. None if the system does not have it.
pub(super) fn flag(answer: Result<Vec<u8>, Errno>) -> Option<bool> {
    let bytes = answer.ok()?;
    (!bytes.is_empty()).then(|| bytes.iter().any(|&byte| byte != 0))
}

/// A time in seconds and microseconds. Long ago if it is none.
pub(super) fn time(seconds: impl TryInto<i64>, micros: impl TryInto<i32>) -> Timestamp {
    let (seconds, micros) = (seconds.try_into(), micros.try_into());
    let time = seconds
        .ok()
        .zip(micros.ok())
        .and_then(|(seconds, micros)| Timestamp::new(seconds, micros.checked_mul(1000)?).ok());
    time.unwrap_or(Timestamp::MIN)
}

impl Kinfo {
    /// Its entry in the list. The kernel's own processes may have no pid.
    pub(super) fn listed(&self) -> Option<Listed> {
        let instance = self.started.as_microsecond().cast_unsigned();
        Some(Listed { pid: Pid::new(self.pid)?, instance })
    }

    pub(super) fn task(self) -> Task {
        if self.is_kernel {
            return Task::KernelThread;
        }
        let (gids, groups) = (self.gids.map(Gid::new), self.groups.into_iter().map(Gid::new));
        let ids = Credentials::of_ids(self.uids.map(Uid::new), gids, groups);
        Pid::new(self.pid).map_or(Task::KernelThread, |pid| {
            Task::Process(Box::new(Process::of(pid, self.record, self.started, ids)))
        })
    }

    /// What it is doing. The four kernels wait in semop(2) under the same name.
    pub(super) fn activity(&self) -> Activity {
        if self.waits_for == b"semwait" { Activity::Semop } else { Activity::Hidden }
    }
}
