//! A system that offers only what POSIX specifies. Other systems use the parts that they
//! cannot do better.
//!
//! Such a system lists no processes. Every question about one has the answer that it cannot
//! be read, or that nothing is known.

#![allow(dead_code, unused_imports, reason = "each system uses what it lacks itself")]
#![allow(clippy::unnecessary_wraps, reason = "other systems fail")]

pub(in crate::system) mod fields;
mod handle;
mod parent;
mod signals;

use std::ffi::{CStr, OsString};
use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use nix::errno::Errno;

use super::code::{FileError, Mapping};
use super::process::Task;
use super::record::{Listed, Record};
use super::signals::BlockedSignals;
use super::{
    Activity, Clock, Entry, Incomplete, LogoutRemoval, Pid, Processes, SemaphoreWaits, Tid, exists,
};
use crate::sysv::{Gid, Uid};

pub(crate) use handle::{Handle, send};
pub(crate) use parent::{die_with_parent, outlive_parent};
pub(crate) use signals::CaughtSignals;

/// The time between two looks at a process that is polled.
const INTERVAL: Duration = Duration::from_millis(100);

/// The stack of a thread that polls.
const STACK_SIZE: usize = 1 << 16;

/// Starts a thread that polls. No signal to this process is for it.
fn spawn(polling: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let _blocked = BlockedSignals::all()?;
    thread::Builder::new().stack_size(STACK_SIZE).spawn(polling).map(drop)
}

/// What every question about a process is answered with.
const UNKNOWN: Errno = Errno::ENOSYS;

/// All that is known of a process: whether there is one with this pid.
fn unseen<T>(pid: Pid) -> Entry<T> {
    if exists(pid) { Entry::Unreadable(UNKNOWN) } else { Entry::Gone }
}

/// The system's clock, which is not known to have been set.
pub(crate) fn clock() -> io::Result<Clock> {
    Ok(Clock::steady(Timestamp::MIN))
}

pub(crate) fn list() -> io::Result<Vec<Listed>> {
    Err(UNKNOWN.into())
}

pub(crate) fn read(pid: Pid, _: &Clock) -> Entry<Task> {
    unseen(pid)
}

pub(crate) fn record(pid: Pid) -> Entry<Record> {
    unseen(pid)
}

pub(crate) fn name(pid: Pid) -> Entry<Vec<u8>> {
    unseen(pid)
}

pub(crate) fn command_line(pid: Pid) -> Entry<Vec<OsString>> {
    unseen(pid)
}

pub(crate) fn environment(pid: Pid) -> Entry<Vec<u8>> {
    unseen(pid)
}

pub(crate) fn executable(pid: Pid) -> Entry<Vec<u8>> {
    unseen(pid)
}

pub(crate) fn standard_input(pid: Pid) -> Entry<Vec<u8>> {
    unseen(pid)
}

pub(crate) fn run_the_same(_: Pid, _: Pid) -> bool {
    false
}

pub(crate) fn threads(pid: Pid) -> Entry<Vec<Tid>> {
    unseen(pid)
}

pub(crate) fn maps_of(_: Pid, _: Tid) -> Entry<Vec<u8>> {
    Entry::Unreadable(UNKNOWN)
}

pub(crate) fn mapped_file(_: Tid, _: &Mapping) -> Result<(PathBuf, Metadata), FileError> {
    Err(FileError::Unreadable(UNKNOWN))
}

pub(crate) fn device(_: u32, _: u32) -> u64 {
    0
}

/// What hides other users' processes.
pub(crate) const HIDDEN: &str = "the system hides other users' processes";

/// Whether a child that leads its own process group has this pid, and runs or is a zombie.
/// Not every system can look at a child without removing the zombie.
pub(crate) fn is_child(pid: nix::unistd::Pid) -> bool {
    nix::unistd::getpgid(Some(pid)) == Ok(pid)
}

/// Why the list of processes is not complete.
pub(crate) fn obstacle() -> Option<Incomplete> {
    None
}

/// Whether a process outside of a container has a pid inside, too.
pub(crate) const OUTSIDE_HAS_PIDS: bool = false;

pub(crate) fn sees_every_process() -> bool {
    true
}

/// Whether pids here are those of this process: there is only one pid namespace.
pub(crate) fn shows_our_pids() -> io::Result<bool> {
    Ok(true)
}

/// The only pid namespace.
pub(crate) fn pid_namespace(_: Pid) -> Entry<u64> {
    Entry::Is(0)
}

/// The only IPC namespace.
pub(crate) fn ipc_namespace() -> io::Result<u64> {
    Ok(0)
}

pub(crate) fn activity(_: Pid) -> Activity {
    Activity::Hidden
}

pub(crate) fn is_single_threaded(_: Pid) -> bool {
    false
}

pub(crate) fn context_switches(_: Pid) -> Option<u64> {
    None
}

pub(crate) fn context_switches_of_first_thread(_: Pid) -> Option<u64> {
    None
}

/// None can be seen.
pub(crate) fn semaphore_waits(_: &Processes) -> SemaphoreWaits {
    SemaphoreWaits { blocked: Vec::new(), hidden: Some(Incomplete::NotListed(Errno::ENOSYS)) }
}

pub(crate) fn withstands_sigterm(_: Pid) -> bool {
    false
}

/// Nothing tells how long a thread has slept.
#[derive(Debug, Default)]
pub(crate) struct SleepClock(());

impl SleepClock {
    pub(crate) fn asleep_since(&mut self, _: Pid, _: Tid) -> Result<Timestamp, Errno> {
        Err(Errno::ENOSYS)
    }
}

/// The limits of a container are those of its system.
pub(crate) fn setting_of_container(_: &str, _: &str) -> Option<String> {
    None
}

/// Sets stay when their owner logs out.
pub(crate) fn removal_at_logout(_: Uid) -> Option<LogoutRemoval> {
    None
}

pub(crate) fn free_memory() -> Option<u64> {
    None
}

/// Whether a set can be given to this user: the kernel decides.
pub fn has_user(_: Uid) -> bool {
    true
}

/// Whether a set can be given to this group: the kernel decides.
pub(crate) fn has_group(_: Gid) -> bool {
    true
}

/// The file that this process runs.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// A process keeps the name of its program.
pub(crate) fn set_process_name(_: &CStr) -> io::Result<()> {
    Ok(())
}

pub(crate) fn stay_on_one_processor() {}
