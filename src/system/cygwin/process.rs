//! Reads processes.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;

use jiff::Timestamp;
use nix::errno::Errno;

use super::stat;
use crate::system::process::Task;
use crate::system::procfs::{self, have_the_same, read_link};
use crate::system::record::Record;
use crate::system::words::{number, strings};
use crate::system::{Clock, Entry, Pid, Process};
use crate::sysv::{Credentials, Gid, Uid};

pub(crate) fn read(pid: Pid, _: &Clock) -> Entry<Task> {
    record(pid).and_then(|record| {
        started(pid).and_then(|started| {
            credentials(pid).map(|credentials| {
                Task::Process(Box::new(Process::of(pid, record, started, credentials)))
            })
        })
    })
}

pub(crate) fn record(pid: Pid) -> Entry<Record> {
    procfs::read(pid, "stat").and_then(|line| Entry::promised(stat::parse(&line)))
}

pub(crate) fn name(pid: Pid) -> Entry<Vec<u8>> {
    record(pid).map(|record| record.name)
}

/// When it started, as the time of its directory: in whole seconds, rounded down.
fn started(pid: Pid) -> Entry<Timestamp> {
    Entry::of(fs::metadata(format!("/proc/{pid}")))
        .and_then(|directory| Entry::promised(Timestamp::from_second(directory.mtime()).ok()))
}

/// The effective ids. The others and the groups are not shown: a process counts as one that
/// may do everything.
fn credentials(pid: Pid) -> Entry<Credentials> {
    id(pid, "uid").and_then(|uid| {
        id(pid, "gid").map(|gid| Credentials {
            uids: vec![Uid::new(uid)],
            gids: vec![Gid::new(gid)],
            groups: Vec::new(),
            ipc_owner: true,
            sys_admin: true,
        })
    })
}

/// A file with one number. Ids of Windows accounts are above 2^31.
fn id(pid: Pid, name: &str) -> Entry<u32> {
    procfs::read(pid, name).and_then(|text| {
        let number = text.strip_suffix(b"\n").and_then(number::<i64>);
        Entry::promised(number.and_then(|number| u32::try_from(number & 0xffff_ffff).ok()))
    })
}

/// The path of the file that a process runs.
pub(crate) fn executable(pid: Pid) -> Entry<Vec<u8>> {
    read_link(pid, "exe")
}

/// What a process has as its standard input, as a path.
pub(crate) fn standard_input(pid: Pid) -> Entry<Vec<u8>> {
    read_link(pid, "fd/0")
}

/// Whether two processes run the same file. False if that cannot be read.
pub(crate) fn run_the_same(one: Pid, other: Pid) -> bool {
    have_the_same("exe", one, other)
}

pub(crate) fn command_line(pid: Pid) -> Entry<Vec<OsString>> {
    procfs::read(pid, "cmdline").map(|text| strings(&text))
}

/// The environment that a process was started with, where this version shows it.
pub(crate) fn environment(pid: Pid) -> Entry<Vec<u8>> {
    match procfs::read(pid, "environ") {
        Entry::Gone if crate::system::exists(pid) => Entry::Unreadable(Errno::ENOTSUP),
        read => read,
    }
}
