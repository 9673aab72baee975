//! Who is behind a pid or a user id.
//!
//! Knows processes and accounts, and of semaphores only that a pid may be
//! stale.

pub mod accounts;
mod blocked;
mod container;
mod handle;
mod logind;
mod memory;
mod survey;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(target_os = "linux")]
#[path = "linux_blocked.rs"]
mod platform_blocked;

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

pub use handle::Handle;
use jiff::{SignedDuration, Timestamp};
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, getpid, getppid, getsid};
pub use platform::{
    all, become_program, credentials, die_with_parent, ipc_namespaces, name, outlive_parent,
    own_name, set_name, shares_pids, variable, words,
};

pub use blocked::{Blocked, Doing, Look, blocked, doing, is_single, runs};
pub use container::{Container, container};
pub use logind::{RemoveIpc, removes_sets_of};
pub use memory::free_memory;
pub use survey::{Facts, Survey};

/// Whether a process that a pid once named is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It is, or a process that cannot be told from it.
    Alive,
    /// It has ended; the pid is free, a zombie's, or another process's.
    Gone,
    /// The pid is 0: a process of another pid namespace, or none.
    Unknown,
}

/// How exact the kernel's times are: `sem_otime` is in whole seconds, and a
/// start time is computed to about a second.
const MARGIN: SignedDuration = SignedDuration::from_secs(3);

/// What has become of the process that had `pid` at the moment `then` or before.
///
/// A process that started after `then` is another one with the same pid. With
/// `then` unknown, or told by another clock, any process that has the pid counts.
pub fn life(pid: i32, then: Option<Timestamp>) -> Life {
    if pid <= 0 {
        return Life::Unknown;
    }
    if kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH) || platform::is_zombie(pid) {
        return Life::Gone;
    }
    match (platform::started(pid), then) {
        (Some(started), Some(then)) => life_of(started, then),
        _ => Life::Alive,
    }
}

/// The same of a pid whose process started at `started`.
pub fn life_of(started: Timestamp, then: Timestamp) -> Life {
    let later = started.duration_since(then) > MARGIN;
    if later && !clock_was_set_since(then) { Life::Gone } else { Life::Alive }
}

/// Whether the clock was certainly set forward since it said `then`: that is
/// before this kernel started, by what the clock says now. Start times of
/// processes, which the kernel counts from its own, are moved by as much.
///
/// A smaller step, and that of a machine that was paused, goes unnoticed.
pub fn clock_was_set_since(then: Timestamp) -> bool {
    platform::booted().is_some_and(|booted| then < booted)
}

/// When a process started, to about a second; None if it is gone.
pub fn started(pid: i32) -> Option<Timestamp> {
    Timestamp::from_second(platform::started(pid)?.as_second()).ok()
}

/// The command line of a process, or its name where that is all there is; fit
/// to be shown, with control characters replaced. None if it may not be read
/// or the process is gone.
pub fn command(pid: i32) -> Option<String> {
    let text = platform::command(pid)?;
    Some(text.chars().map(|c| if c.is_control() { '?' } else { c }).collect())
}

/// A process for people: its pid, and its command line where that may be read.
pub fn called(pid: i32) -> String {
    match command(pid) {
        _ if pid == 0 => "a process of another pid namespace".into(),
        Some(command) => format!("process {pid} ({command})"),
        None => format!("process {pid}"),
    }
}

/// This process's parent, its parent and so on, nearest first.
pub fn ancestors() -> Vec<i32> {
    ancestors_of(getpid().as_raw())
}

/// A process's parent, its parent and so on, nearest first.
pub fn ancestors_of(pid: i32) -> Vec<i32> {
    let parent = |&pid: &i32| platform::parent_of(pid);
    std::iter::successors(parent(&pid), parent).collect()
}

/// Fails where standard output is closed: std would take what is written to it
/// for said.
pub fn need_stdout() -> io::Result<()> {
    Ok(rustix::io::fcntl_getfd(io::stdout()).map(drop)?)
}

/// Puts /dev/null in the place of standard descriptors that are closed, which a
/// pipe to a child would otherwise get.
pub fn fill_standard_descriptors() -> io::Result<()> {
    loop {
        let null = null_device()?;
        if null.as_raw_fd() > 2 {
            return Ok(());
        }
        std::mem::forget(null);
    }
}

/// /dev/null, to be read and written. The error names it: the path is no user's.
pub fn null_device() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/null").map_err(|error| match error.kind() {
        // Not the errno of the caller's own object.
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
            io::Error::other(format!("/dev/null: {error}"))
        }
        _ => error,
    })
}

/// The process that called this one; None if it has ended.
///
/// A process whose parent ends gets another one, init or the like, which is
/// known by its session: a shell and what it calls have the same.
pub fn caller() -> Option<i32> {
    let parent = getppid();
    let same_session = getsid(Some(parent)).ok()? == getsid(None).ok()?;
    same_session.then_some(parent.as_raw())
}
