//! Reads processes: proc(5).

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;

use nix::errno::Errno;

use super::psinfo::{self, Psinfo};
use crate::system::process::Task;
use crate::system::record::Record;
use crate::system::words::read_file;
use crate::system::{Clock, Entry, Pid, Process};
use crate::sysv::Credentials;

pub(crate) fn read(pid: Pid, _: &Clock) -> Entry<Task> {
    psinfo(pid).and_then(|info| {
        if info.of_kernel {
            return Entry::Is(Task::KernelThread);
        }
        credentials(pid, &info).map(|credentials| {
            let process = Process::of(pid, info.record, info.started, credentials);
            Task::Process(Box::new(process))
        })
    })
}

pub(crate) fn record(pid: Pid) -> Entry<Record> {
    psinfo(pid).map(|info| info.record)
}

/// The name of the file that it runs: its first 15 bytes.
pub(crate) fn name(pid: Pid) -> Entry<Vec<u8>> {
    psinfo(pid).map(|info| info.record.name)
}

fn psinfo(pid: Pid) -> Entry<Psinfo> {
    file(pid, "psinfo")
        .and_then(|bytes| psinfo::psinfo(&bytes).map_or(Entry::Unreadable(Errno::EIO), Entry::Is))
}

/// The ids of a process. Another user's saved ids and groups may not be read: then it counts
/// as one that may do everything.
fn credentials(pid: Pid, info: &Psinfo) -> Entry<Credentials> {
    match file(pid, "cred") {
        Entry::Is(bytes) => {
            psinfo::credentials(&bytes).map_or(Entry::Unreadable(Errno::EIO), Entry::Is)
        }
        Entry::Gone if info.record.ended => Entry::Is(Credentials::default()),
        Entry::Gone => Entry::Gone,
        Entry::Unreadable(_) => Entry::Is(Credentials {
            uids: info.uids.into(),
            gids: info.gids.into(),
            groups: Vec::new(),
            ipc_owner: true,
            sys_admin: true,
        }),
    }
}

/// The path of the file that a process runs.
pub(crate) fn executable(pid: Pid) -> Entry<Vec<u8>> {
    let link = fs::read_link(format!("/proc/{pid}/path/a.out"));
    Entry::of(link.map(|path| path.as_os_str().as_bytes().to_vec()))
}

/// Whether two processes run the same file. False if that cannot be read.
pub(crate) fn run_the_same(one: Pid, other: Pid) -> bool {
    let file = |pid: Pid| {
        fs::metadata(format!("/proc/{pid}/path/a.out")).map(|file| (file.dev(), file.ino()))
    };
    matches!((file(one), file(other)), (Ok(one), Ok(other)) if one == other)
}

/// The command line: /proc/PID/argv on illumos, /proc/PID/cmdline on later Solaris. That of
/// `psinfo` is cut short, and does not tell where a word ends.
pub(crate) fn command_line(pid: Pid) -> Entry<Vec<OsString>> {
    let text = match file(pid, "argv") {
        Entry::Gone => file(pid, "cmdline"),
        read => read,
    };
    existing(pid, text).map(|text| {
        let text = text.strip_suffix(b"\0").unwrap_or(&text);
        let words = text.split(|&byte| byte == 0).filter(|_| !text.is_empty());
        words.map(|word| OsString::from_vec(word.to_vec())).collect()
    })
}

/// The environment that a process was started with, where the system shows it.
pub(crate) fn environment(pid: Pid) -> Entry<Vec<u8>> {
    existing(pid, file(pid, "environ"))
}

/// A file that a system may not have does not mean that the process is gone.
fn existing<T>(pid: Pid, read: Entry<T>) -> Entry<T> {
    match read {
        Entry::Gone if crate::system::exists(pid) => Entry::Unreadable(Errno::ENOTSUP),
        read => read,
    }
}

fn file(pid: Pid, name: &str) -> Entry<Vec<u8>> {
    Entry::of(read_file(&format!("/proc/{pid}/{name}")))
}
