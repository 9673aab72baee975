//! Reads processes.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::errno::Errno;
use nix::unistd::getsid;

use super::arguments::{self, Arguments};
use super::ffi;
use super::kinfo::{self, Kinfo};
use crate::system::portable::fields::Fields;
use crate::system::process::Task;
use crate::system::record::{Listed, Record};
use crate::system::words::is_same_file;
use crate::system::{Clock, Entry, Pid, Process};

/// The clock, which has been set if the kernel's start by it is later than a set's times.
pub(crate) fn clock() -> io::Result<Clock> {
    let answer = ffi::sysctl(&[libc::CTL_KERN, libc::KERN_BOOTTIME])?;
    let booted = Fields::of(&answer, 12).and_then(kinfo::timeval);
    Ok(Clock::steady(booted.ok_or(Errno::EIO)?))
}

/// Every process, zombies included, but not the kernel's own.
pub(crate) fn list() -> io::Result<Vec<Listed>> {
    let processes = ffi::sysctl(&[libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_ALL])?;
    let all: Option<Vec<_>> = processes.chunks(kinfo::SIZE).map(kinfo::parse).collect();
    let listed = |info: Kinfo| {
        let instance = u64::try_from(info.started.as_microsecond()).unwrap_or(0);
        Some(Listed { pid: Pid::new(info.pid)?, instance })
    };
    Ok(all.ok_or(Errno::EIO)?.into_iter().filter_map(listed).collect())
}

pub(crate) fn read(pid: Pid, _: &Clock) -> Entry<Task> {
    kinfo(pid).map(|info| {
        let (started, credentials) = (info.started, info.credentials.clone());
        let process = Process::of(pid, record_of(pid, info), started, credentials);
        Task::Process(Box::new(process))
    })
}

pub(crate) fn record(pid: Pid) -> Entry<Record> {
    kinfo(pid).map(|info| record_of(pid, info))
}

/// Its first 16 bytes.
pub(crate) fn name(pid: Pid) -> Entry<Vec<u8>> {
    kinfo(pid).map(|info| info.name)
}

fn kinfo(pid: Pid) -> Entry<Kinfo> {
    let name = [libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_PID, pid.raw()];
    match ffi::sysctl(&name) {
        Ok(bytes) if bytes.is_empty() => Entry::Gone,
        Ok(bytes) => Entry::promised(kinfo::parse(&bytes)),
        Err(errno) => Entry::of(Err(errno.into())),
    }
}

fn record_of(pid: Pid, info: Kinfo) -> Record {
    Record {
        name: info.name,
        ended: info.ended,
        parent: info.parent,
        group: info.group,
        // It is not in the struct.
        session: getsid(Some(pid.into())).map_or(0, nix::unistd::Pid::as_raw),
        has_terminal: info.has_terminal,
        stack: 0,
    }
}

/// The path of the file that a process runs: proc_pidpath() of libproc.h.
pub(crate) fn executable(pid: Pid) -> Entry<Vec<u8>> {
    Entry::of(ffi::path(pid).map_err(io::Error::from))
}

/// Whether two processes run the same file. False if that cannot be read.
pub(crate) fn run_the_same(one: Pid, other: Pid) -> bool {
    let (one, other) = (executable(one), executable(other));
    let path = |bytes| Path::new(OsStr::from_bytes(bytes));
    matches!((&one, &other), (Entry::Is(one), Entry::Is(other)) if is_same_file(path(one), path(other)))
}

pub(crate) fn command_line(pid: Pid) -> Entry<Vec<OsString>> {
    arguments(pid).map(|arguments| arguments.words)
}

pub(crate) fn environment(pid: Pid) -> Entry<Vec<u8>> {
    arguments(pid).map(|arguments| arguments.environment)
}

/// The kernel says EINVAL for a process that has ended, and for one of another user.
fn arguments(pid: Pid) -> Entry<Arguments> {
    match ffi::arguments(pid) {
        Ok(bytes) => Entry::promised(arguments::parse(&bytes)),
        Err(Errno::EINVAL) if !crate::system::exists(pid) => Entry::Gone,
        Err(Errno::EINVAL) => Entry::Unreadable(Errno::EPERM),
        Err(errno) => Entry::of(Err(errno.into())),
    }
}
