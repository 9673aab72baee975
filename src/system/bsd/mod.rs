//! FreeBSD, DragonFly, NetBSD and OpenBSD: what sysctl(3) says about processes, and kqueue(2).

pub(crate) mod abi;
mod handle;
mod kinfo;
mod strings;

#[cfg_attr(target_os = "freebsd", path = "freebsd.rs")]
#[cfg_attr(target_os = "dragonfly", path = "dragonfly.rs")]
#[cfg_attr(target_os = "netbsd", path = "netbsd.rs")]
#[cfg_attr(target_os = "openbsd", path = "openbsd.rs")]
mod kernel;

use std::ffi::OsString;
use std::io;

use libc::{CTL_KERN, KERN_BOOTTIME, time_t};
use nix::errno::Errno;
use nix::unistd::geteuid;

use super::process::Task;
use super::record::{Listed, Record};
use super::words::strings;
use super::{Activity, Clock, Entry, Incomplete, Pid};
use crate::sysv::{read_raw, sysctl};
use kinfo::Kinfo;

pub use super::portable::has_user;
pub(crate) use super::portable::*;
pub(crate) use handle::Handle;
#[cfg(not(target_os = "openbsd"))]
pub(crate) use kernel::HIDDEN;
pub(crate) use kernel::sees_every_process;

/// Whether a process outside of a container has a pid inside, too: a jail only hides it.
pub(crate) const OUTSIDE_HAS_PIDS: bool = true;

/// The clock, which has been set if the kernel's start by it is later than a set's times.
pub(crate) fn clock() -> io::Result<Clock> {
    let booted = read_raw::<time_t>(&sysctl(&[CTL_KERN, KERN_BOOTTIME])?).ok_or(Errno::EIO)?;
    Ok(Clock::steady(kinfo::time(booted, 0)))
}

/// Why processes may be missing from the list.
pub(crate) fn obstacle() -> Option<Incomplete> {
    (!geteuid().is_root() && kernel::hides_processes()).then_some(Incomplete::Hidden)
}

/// Every process, zombies included.
pub(crate) fn list() -> io::Result<Vec<Listed>> {
    let all = kinfo::records(&sysctl(&kernel::ALL)?, kernel::SIZE, kernel::parse)?;
    Ok(all.iter().filter_map(Kinfo::listed).collect())
}

fn kinfo(pid: Pid) -> Entry<Kinfo> {
    of(sysctl(&kernel::one(pid.raw()))).and_then(|answer| {
        kinfo::records(&answer, kernel::SIZE, kernel::parse)
            .map_or(Entry::Unreadable(Errno::EIO), |found| kinfo::only(found, pid))
    })
}

pub(crate) fn read(pid: Pid, _: &Clock) -> Entry<Task> {
    kinfo(pid).and_then(|info| {
        of(kernel::all_groups(&info)).map(|groups| Kinfo { groups, ..info }.task())
    })
}

pub(crate) fn record(pid: Pid) -> Entry<Record> {
    kinfo(pid).map(|info| info.record)
}

pub(crate) fn name(pid: Pid) -> Entry<Vec<u8>> {
    record(pid).map(|record| record.name)
}

pub(crate) fn command_line(pid: Pid) -> Entry<Vec<OsString>> {
    of(kernel::arguments(pid.raw())).map(|answer| strings(&answer))
}

pub(crate) fn environment(pid: Pid) -> Entry<Vec<u8>> {
    of(kernel::environment(pid.raw()))
}

pub(crate) fn executable(pid: Pid) -> Entry<Vec<u8>> {
    of(kernel::executable(pid.raw())).map(|path| kinfo::text(&path))
}

/// Whether two processes run the same file; on OpenBSD, whether their files have the same
/// name. False if that cannot be read.
pub(crate) fn run_the_same(one: Pid, other: Pid) -> bool {
    executable(one).equals(executable(other))
}

pub(crate) fn activity(pid: Pid) -> Activity {
    kinfo(pid).ok().map_or(Activity::Hidden, |info| info.activity())
}

pub(crate) fn is_single_threaded(pid: Pid) -> bool {
    kinfo(pid).ok().is_some_and(|info| info.threads == Some(1))
}

/// Only ESRCH means that there is no such process: FreeBSD says ENOENT if it has forgotten
/// the path of a program.
fn of<T>(read: Result<T, Errno>) -> Entry<T> {
    match read {
        Ok(value) => Entry::Is(value),
        Err(Errno::ESRCH) => Entry::Gone,
        Err(errno) => Entry::Unreadable(errno),
    }
}
