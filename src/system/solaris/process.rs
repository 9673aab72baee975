//! Reads processes: proc(5).

use std::ffi::OsString;

use nix::errno::Errno;

use super::psinfo::{self, Psinfo};
use crate::system::process::Task;
use crate::system::procfs::{self, have_the_same, read_link};
use crate::system::record::Record;
use crate::system::words::strings;
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
    procfs::read(pid, "psinfo").and_then(|bytes| Entry::promised(psinfo::psinfo(&bytes)))
}

/// The ids of a process. Another user's saved ids and groups may not be read: then it counts
/// as one that may do everything.
fn credentials(pid: Pid, info: &Psinfo) -> Entry<Credentials> {
    match procfs::read(pid, "cred") {
        Entry::Is(bytes) => Entry::promised(psinfo::credentials(&bytes)),
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

/// The link to the file that a process runs.
const EXECUTABLE: &str = "path/a.out";

/// The path of the file that a process runs.
pub(crate) fn executable(pid: Pid) -> Entry<Vec<u8>> {
    read_link(pid, EXECUTABLE)
}

/// Whether two processes run the same file. False if that cannot be read.
pub(crate) fn run_the_same(one: Pid, other: Pid) -> bool {
    have_the_same(EXECUTABLE, one, other)
}

/// The command line: /proc/PID/argv on illumos, /proc/PID/cmdline on later Solaris. That of
/// `psinfo` is cut short, and does not tell where a word ends.
pub(crate) fn command_line(pid: Pid) -> Entry<Vec<OsString>> {
    let text = match procfs::read(pid, "argv") {
        Entry::Gone => procfs::read(pid, "cmdline"),
        read => read,
    };
    existing(pid, text).map(|text| strings(&text))
}

/// The environment that a process was started with, where the system shows it.
pub(crate) fn environment(pid: Pid) -> Entry<Vec<u8>> {
    existing(pid, procfs::read(pid, "environ"))
}

/// A file that a system may not have does not mean that the process is gone.
fn existing<T>(pid: Pid, read: Entry<T>) -> Entry<T> {
    match read {
        Entry::Gone if crate::system::exists(pid) => Entry::Unreadable(Errno::ENOTSUP),
        read => read,
    }
}
