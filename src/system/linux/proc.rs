//! The files of Linux's /proc, as bytes: proc(5).
//!
//! Nothing here decides what an unreadable file means: every function returns an
//! [`Entry`], which has a variant for it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::str::FromStr;

use crate::system::procfs::{have_the_same, numbered};
use crate::system::words::{number, read_file, strings, words};
use crate::system::{Entry, Pid, Tid};
use crate::sysv::{Gid, Uid};

pub(super) use crate::system::procfs::{read, read_link};

/// The threads of a process, by their ids.
pub(crate) fn threads(pid: Pid) -> Entry<Vec<Tid>> {
    let threads = numbered(&format!("/proc/{pid}/task"));
    Entry::of(threads)
        .map(|threads| threads.into_iter().filter_map(|(tid, _)| Tid::new(tid)).collect())
}

/// The name of a thread's file, below the directory of its process. That of the first thread
/// is looked up faster as the process's own.
pub(super) fn of_thread(pid: Pid, tid: Tid, name: &str) -> String {
    if tid == Tid::first_of(pid) { name.to_owned() } else { format!("task/{tid}/{name}") }
}

/// The first bytes of a file of a process.
pub(super) fn read_start<const N: usize>(pid: Pid, name: &str) -> Entry<[u8; N]> {
    let mut bytes = [0; N];
    let file = File::open(format!("/proc/{pid}/{name}"));
    Entry::of(file.and_then(|mut file| file.read_exact(&mut bytes))).map(|()| bytes)
}

/// A file of a process that the kernel returns in one piece: a read that does not fill the
/// buffer has all of it.
fn read_record(pid: Pid, name: &str) -> Entry<Vec<u8>> {
    let read = || {
        let mut file = File::open(format!("/proc/{pid}/{name}"))?;
        let mut bytes = vec![0; 4096];
        let length = file.read(&mut bytes)?;
        bytes.truncate(length);
        if length == bytes.capacity() {
            file.take(u64::MAX).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    Entry::of(read())
}

/// The inode number by which a link such as `ipc:[4026531839]` names a namespace:
/// namespaces(7).
pub(super) fn namespace(pid: Pid, name: &str) -> Entry<u64> {
    read_link(pid, name).and_then(|link| Entry::promised(inode(&link)))
}

fn inode(link: &[u8]) -> Option<u64> {
    let digits = link.split(|&byte| byte == b'[').nth(1)?.strip_suffix(b"]")?;
    number(digits)
}

/// The fields of /proc/PID/stat that are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub name: Vec<u8>,
    pub state: u8,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    /// Its controlling terminal; 0 for none.
    pub terminal: i32,
    /// `PF_` bits: include/linux/sched.h.
    pub flags: u64,
    pub threads: i32,
    /// When it started, in clock ticks after the system.
    pub started: u64,
    /// The address of the start of its stack; 0 if it is hidden from this process.
    pub stack: u64,
    /// The CPU that it ran on last.
    pub cpu: Option<usize>,
}

pub(super) fn stat(pid: Pid) -> Entry<Stat> {
    read_record(pid, "stat").and_then(|bytes| Entry::promised(parse_stat(&bytes)))
}

/// The CPU that a thread ran on last.
pub(super) fn cpu(pid: Pid, tid: Tid) -> Entry<usize> {
    let stat = read_record(pid, &format!("task/{tid}/stat"));
    stat.and_then(|bytes| Entry::promised(parse_stat(&bytes).and_then(|stat| stat.cpu)))
}

/// The name may contain anything, even parentheses and spaces: it ends at the last `)`. The
/// fields are numbered as in proc(5).
fn parse_stat(bytes: &[u8]) -> Option<Stat> {
    let open = bytes.iter().position(|&byte| byte == b'(')?;
    let close = bytes.iter().rposition(|&byte| byte == b')')?;
    let fields: Vec<&[u8]> = words(bytes.get(close + 1..)?).collect();
    let field = |number: usize| fields.get(number - 3).copied();
    Some(Stat {
        name: bytes.get(open + 1..close)?.to_vec(),
        state: *field(3)?.first()?,
        parent: number(field(4)?)?,
        group: number(field(5)?)?,
        session: number(field(6)?)?,
        terminal: number(field(7)?)?,
        flags: number(field(9)?)?,
        threads: number(field(20)?)?,
        started: number(field(22)?)?,
        stack: number(field(28)?)?,
        cpu: field(39).and_then(number),
    })
}

/// The lines of /proc/PID/status that are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// Real, effective, saved and file system user ids.
    pub uids: Vec<Uid>,
    /// Real, effective, saved and file system group ids.
    pub gids: Vec<Gid>,
    /// The supplementary groups.
    pub groups: Vec<Gid>,
    /// Permitted capabilities; None if the system does not show them.
    pub capabilities: Option<u64>,
    /// Its pids, from this pid namespace to its own; empty if the system does not show them.
    pub pids: Vec<i32>,
}

/// The status of a thread, `task/TID/status` below /proc/PID, or of the process.
pub(super) fn status(pid: Pid, name: &str) -> Entry<Status> {
    read_record(pid, name).and_then(|bytes| Entry::promised(parse_status(&bytes)))
}

fn parse_status(bytes: &[u8]) -> Option<Status> {
    let mut status =
        Status { uids: vec![], gids: vec![], groups: vec![], capabilities: None, pids: vec![] };
    for line in bytes.split(|&byte| byte == b'\n') {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let value = &line[colon + 1..];
        match &line[..colon] {
            b"Uid" => status.uids = numbers(value)?,
            b"Gid" => status.gids = numbers(value)?,
            b"Groups" => status.groups = numbers(value)?,
            b"CapPrm" => {
                let text = std::str::from_utf8(value).ok().map(str::trim);
                status.capabilities = Some(u64::from_str_radix(text?, 16).ok()?);
            }
            b"NSpid" => status.pids = numbers(value)?,
            _ => {}
        }
    }
    (!status.uids.is_empty() && !status.gids.is_empty()).then_some(status)
}

fn numbers<T: FromStr>(text: &[u8]) -> Option<Vec<T>> {
    words(text).map(number).collect()
}

/// Whether /proc shows processes by the pids of this pid namespace. It does not if this
/// namespace was entered without its /proc.
pub(crate) fn shows_our_pids() -> io::Result<bool> {
    let link = std::fs::read_link("/proc/self")?;
    Ok(number(link.as_os_str().as_bytes()) == Some(Pid::own().raw()))
}

/// Whether /proc hides other users' processes: proc(5), `hidepid`. Any value but 0 hides
/// them from a process that may not trace them.
pub(super) fn hides_processes() -> io::Result<bool> {
    Ok(hides(&read_file("/proc/self/mountinfo")?))
}

/// Whether the option is among those of the mount of /proc: proc(5), mountinfo.
fn hides(mounts: &[u8]) -> bool {
    // The last mount hides those before it.
    let mut lines = mounts.rsplit(|&byte| byte == b'\n');
    let line = lines.find(|line| words(line).nth(4) == Some(b"/proc"));
    let options = line.and_then(|line| words(line).last()).unwrap_or_default();
    let mut options = options.split(|&byte| byte == b',');
    let option = options.find_map(|option| option.strip_prefix(b"hidepid="));
    option.is_some_and(|value| value != b"0" && value != b"off")
}

/// The environment that a process was started with.
pub(crate) fn environment(pid: Pid) -> Entry<Vec<u8>> {
    read(pid, "environ")
}

/// The path of the file that a process runs.
pub(crate) fn executable(pid: Pid) -> Entry<Vec<u8>> {
    read_link(pid, "exe")
}

/// What a process has as its standard input, as a path.
pub(crate) fn standard_input(pid: Pid) -> Entry<Vec<u8>> {
    read_link(pid, "fd/0")
}

/// The name of a process.
pub(crate) fn name(pid: Pid) -> Entry<Vec<u8>> {
    read(pid, "comm").map(|mut name| {
        name.pop_if(|last| *last == b'\n');
        name
    })
}

/// Whether two processes run the same file. False if that cannot be read.
pub(crate) fn run_the_same(one: Pid, other: Pid) -> bool {
    have_the_same("exe", one, other)
}

/// The command line of a process; empty if it has ended or is a kernel thread.
pub(crate) fn command_line(pid: Pid) -> Entry<Vec<std::ffi::OsString>> {
    read(pid, "cmdline").map(|text| strings(&text))
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../../fuzz/proc.rs"]
mod fuzz;

#[cfg(test)]
mod tests;
