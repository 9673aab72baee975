//! Processes as Linux's /proc tells them: proc(5).

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ffi::{CStr, CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::sync::OnceLock;
use std::time::Duration;

use super::Facts;
use jiff::{SignedDuration, Timestamp};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::time::{ClockId, clock_gettime};
use nix::unistd;
use procfs::process::{Process, Stat, Status, all_processes};
use rustix::process::{Signal, set_parent_process_death_signal};

/// Whether /proc tells of processes by the pids that this one knows them by. It
/// does not where it is another pid namespace's: in a namespace that was entered
/// without its file systems.
pub(super) fn tells_by_our_pids() -> bool {
    static TELLS: OnceLock<bool> = OnceLock::new();
    *TELLS.get_or_init(|| {
        let own = unistd::getpid().to_string();
        std::fs::read_link("/proc/self").is_ok_and(|pid| pid == *own)
    })
}

pub(super) fn process(pid: i32) -> Option<Process> {
    if tells_by_our_pids() { Process::new(pid).ok() } else { None }
}

fn read(pid: i32, name: &str) -> Option<Vec<u8>> {
    if tells_by_our_pids() { std::fs::read(format!("/proc/{pid}/{name}")).ok() } else { None }
}

fn stat(pid: i32) -> Option<Stat> {
    process(pid)?.stat().ok()
}

/// Whether the process has ended and only waits for its parent to ask how. One
/// whose first thread has ended while others run is not a zombie.
pub(super) fn is_zombie(pid: i32) -> bool {
    stat(pid).is_some_and(|stat| has_ended(&stat))
}

fn has_ended(stat: &Stat) -> bool {
    matches!(stat.state, 'Z' | 'X') && stat.num_threads <= 1
}

/// When the process started, by today's clock: accurate to about ten
/// milliseconds unless the clock was set since.
pub(super) fn started(pid: i32) -> Option<Timestamp> {
    started_of(&stat(pid)?)
}

fn started_of(stat: &Stat) -> Option<Timestamp> {
    let millis = stat.starttime.checked_mul(1000)? / procfs::ticks_per_second();
    booted()?.checked_add(Duration::from_millis(millis)).ok()
}

pub(super) fn command(pid: i32) -> Option<String> {
    let process = process(pid)?;
    match process.cmdline() {
        Ok(words) if !words.is_empty() => Some(words.join(" ")),
        _ => process.stat().ok().map(|stat| stat.comm),
    }
}

/// The words that a process was started with; none if they may not be read.
pub fn words(pid: i32) -> Vec<OsString> {
    let text = read(pid, "cmdline").unwrap_or_default();
    let text = text.strip_suffix(b"\0").unwrap_or(&text);
    let words = text.split(|&byte| byte == 0).filter(|_| !text.is_empty());
    words.map(|word| OsString::from_vec(word.to_vec())).collect()
}

/// A variable of the environment that a process was started with; None where
/// there is none, or it may not be read.
pub fn variable(pid: i32, name: &str) -> Option<String> {
    let environment = read(pid, "environ")?;
    let mut variables = environment.split(|&byte| byte == 0);
    let value = variables
        .find_map(|variable| variable.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    String::from_utf8(value.to_vec()).ok()
}

/// The pid that a process has for itself: another one in a pid namespace of its own.
pub fn own_name(pid: i32) -> Option<i32> {
    names(pid)?.last().copied()
}

/// Whether a process knows the others by the pids that this process does.
pub fn shares_pids(pid: i32) -> bool {
    names(pid).is_some_and(|names| names.len() == 1)
}

/// Its pids in the namespaces that it is in, from this one inwards: `NSpid`.
fn names(pid: i32) -> Option<Vec<i32>> {
    process(pid)?.status().ok()?.nspid
}

/// The effective user id of a process, and its groups; None if it is gone.
pub fn credentials(pid: i32) -> Option<(u32, Vec<u32>)> {
    let status = process(pid)?.status().ok()?;
    Some((status.euid, [&[status.egid], &status.groups[..]].concat()))
}

/// The name that a process goes by; None if it is gone.
pub fn name(pid: i32) -> Option<String> {
    stat(pid).map(|stat| stat.comm)
}

/// Gives this process a name, of at most 15 bytes: prctl(2) `PR_SET_NAME`.
pub fn set_name(name: &CStr) -> io::Result<()> {
    Ok(prctl::set_name(name)?)
}

/// Every process that can be seen.
pub fn all() -> Vec<i32> {
    let processes = all_processes().into_iter().filter(|_| tells_by_our_pids()).flatten();
    processes.filter_map(|process| Some(process.ok()?.pid())).collect()
}

/// The process that makes the kernel's own ones: kthreadd.
const KERNEL: i32 = 2;

/// The bit of this capability: linux/capability.h.
const CAP_IPC_OWNER: u64 = 1 << 15;

/// Every process but this one and the kernel's own; None if some are hidden.
/// One that ends meanwhile is left out.
pub(super) fn survey() -> Option<Vec<Facts>> {
    let mine = unistd::getpid().as_raw();
    stat(1)?;
    let processes = all_processes().ok()?.filter_map(Result::ok);
    let others = processes.filter(|process| process.pid() != mine);
    Some(others.filter_map(|process| facts(&process)).collect())
}

fn facts(process: &Process) -> Option<Facts> {
    let stat = process.stat().ok().filter(|stat| !has_ended(stat))?;
    let status = process.status().ok()?;
    let kernels = sees_every_process() && (stat.pid == KERNEL || stat.ppid == KERNEL);
    (!kernels).then_some(())?;
    let first = status.nspid.as_ref().is_some_and(|pids| pids.last() == Some(&1));
    let threads = if stat.num_threads > 1 { threads(process) } else { Vec::new() };
    let who: Vec<_> = std::iter::once(status).chain(threads).collect();
    Some(Facts {
        pid: stat.pid,
        parent: stat.ppid,
        group: stat.pgrp,
        session: stat.session,
        // What cannot be told is taken for long ago: such a process keeps more.
        started: started_of(&stat).unwrap_or(Timestamp::MIN),
        uids: each_once(who.iter().flat_map(|one| [one.ruid, one.euid, one.suid, one.fuid])),
        gids: each_once(who.iter().flat_map(|one| {
            [one.rgid, one.egid, one.sgid, one.fgid].into_iter().chain(one.groups.iter().copied())
        })),
        privileged: who.iter().any(|one| one.capprm & CAP_IPC_OWNER != 0),
        ipc_namespaces: ipc_namespaces(stat.pid),
        name: stat.comm,
        first,
    })
}

/// Credentials belong to a thread: credentials(7), "Process credentials".
fn threads(process: &Process) -> Vec<Status> {
    let tasks = process.tasks().into_iter().flatten();
    tasks.filter_map(|task| task.ok()?.status().ok()).collect()
}

fn each_once(ids: impl Iterator<Item = u32>) -> Vec<u32> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The IPC namespaces of a process's threads, as namespaces(7) names them; none
/// where they are hidden. Nearly always one: a thread that leaves its process's
/// namespace is rare.
pub fn ipc_namespaces(pid: i32) -> Vec<String> {
    let name = |tid: &i32| std::fs::read_link(format!("/proc/{pid}/task/{tid}/ns/ipc")).ok();
    let threads = super::platform_blocked::threads(pid);
    let mut names: Vec<_> =
        threads.iter().filter_map(|tid| name(tid)?.into_os_string().into_string().ok()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// When the kernel started, by today's clock.
pub(super) fn booted() -> Option<Timestamp> {
    let since_boot = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    let up = SignedDuration::try_from(Duration::from(since_boot)).ok()?;
    Timestamp::now().checked_sub(up).ok()
}

/// Whether this process is in the kernel's first pid namespace, which sees all
/// of them. Its inode number is fixed: include/linux/proc_ns.h.
pub(super) fn sees_every_process() -> bool {
    std::fs::read_link("/proc/self/ns/pid").is_ok_and(|name| name == *"pid:[4026531836]")
}

/// The parent of a process; None for init and where it cannot be seen.
pub(super) fn parent_of(pid: i32) -> Option<i32> {
    stat(pid).map(|stat| stat.ppid).filter(|&parent| parent > 0)
}

/// Has this process killed when its parent ends: prctl(2) `PR_SET_PDEATHSIG`.
pub fn die_with_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

/// Takes back [`die_with_parent`].
pub fn outlive_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(None)?)
}

/// Becomes another program, with one more variable in its environment.
pub fn become_program(
    words: Vec<OsString>,
    name: &str,
    value: String,
) -> Result<Infallible, Errno> {
    let others = std::env::vars_os().filter(|(other, _)| other != name);
    let pairs = others.chain([(name.into(), value.into())]);
    let environment: Vec<_> = pairs
        .map(|(name, value)| c_string([name, "=".into(), value].into_iter().collect()))
        .collect();
    let words: Vec<_> = words.into_iter().map(c_string).collect();
    unistd::execvpe(&words[0], &words, &environment)
}

fn c_string(text: OsString) -> CString {
    CString::new(text.into_vec()).expect("arguments and environment have no NUL inside")
}
