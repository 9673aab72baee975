//! The process that keeps a lock for its owner.
//!
//! A shell cannot hold a semaphore lock itself: SEM_UNDO belongs to the process
//! that took it. So a small process does: `semlock hold`, told by an [`Order`]
//! on its command line, where ps(1) shows it. It takes the lock itself, keeps
//! nothing else of what it inherited, follows its owner by a [`Handle`], and
//! ends with it. Until the lock is handed over it ends with the process that
//! started it, too.

mod found;
mod held;
mod order;

use std::ffi::CStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

pub use found::{Claimed, Holder, Holders, commands};
pub use held::{HELD, Held, OwnLock, own_lock};
pub use order::{Order, Which};

use crate::system::{self, Handle, Pid};
use crate::sysv;

const GOT: &str = "got";

/// The name by which a holder that has its lock is told from one that waits.
const HOLDS: &CStr = c"semlock-holds";

/// What became of a holder.
#[derive(Debug)]
pub enum Started {
    /// It has the lock, and keeps it until its owner ends.
    Holding,
    /// It ended without the lock, with this exit status, and has said why; None
    /// if it was killed.
    Ended(Option<i32>),
    /// The owner has ended meanwhile.
    OwnerGone,
}

/// Starts the holder that `order` describes and waits until it has the lock.
///
/// The holder's stderr is this process's until then.
pub fn start(order: &Order) -> io::Result<Started> {
    system::fill_standard_descriptors()?;
    let owner = owner(order.owner)?;
    let mut holder = Command::new(std::env::current_exe()?)
        .arg0("semlock")
        .args(order.words())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = holder.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let answer = answer(&mut holder, &owner)?;
    if owner.has_ended()? {
        return Ok(Started::OwnerGone);
    }
    if answer != GOT {
        return Ok(Started::Ended(holder.wait()?.code()));
    }
    // The owner is alive, so its pid has not changed hands since the holder
    // looked it up.
    writeln!(stdin, "{GOT}")?;
    Ok(Started::Holding)
}

/// The process that a lock is kept for.
fn owner(pid: i32) -> io::Result<Handle> {
    Handle::open(Pid::new(pid).ok_or(nix::errno::Errno::ESRCH)?)
}

/// What the holder says; nothing if it or the owner ends first.
fn answer(holder: &mut Child, owner: &Handle) -> io::Result<String> {
    let stdout = holder.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut ends = [PollFd::new(&stdout, PollFlags::IN), owner.end()];
    while let Err(error) = poll(&mut ends, None) {
        if error != rustix::io::Errno::INTR {
            return Err(error.into());
        }
    }
    if ends[0].revents().is_empty() {
        return Ok(String::new());
    }
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    Ok(line.trim_end().into())
}

/// A holder before it has the lock.
#[derive(Debug)]
pub struct Keeper {
    owner: Handle,
}

impl Keeper {
    /// Detaches this process from all that it has inherited but its standard
    /// descriptors, and ties its life to the process that started it.
    pub fn new(owner: i32) -> io::Result<Self> {
        system::die_with_parent()?;
        if nobody_is_there()? {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        sysv::close_inherited()?;
        system::fill_standard_descriptors()?;
        nix::unistd::setsid()?;
        std::env::set_current_dir("/")?;
        Ok(Self { owner: self::owner(owner)? })
    }

    /// Tells the process that started this one that the lock is got, and keeps
    /// it until the owner ends. If nobody is there to be told, returns at once.
    pub fn keep(self) -> io::Result<()> {
        system::set_name(HOLDS)?;
        system::outlive_parent()?;
        writeln!(io::stdout(), "{GOT}")?;
        let mut answer = String::new();
        io::stdin().read_to_string(&mut answer)?;
        if answer.trim_end() != GOT {
            return Ok(());
        }
        close_standard_descriptors()?;
        self.owner.wait()
    }
}

/// Whether the process that started this one ended before it could be followed.
fn nobody_is_there() -> io::Result<bool> {
    let stdin = io::stdin();
    let mut other_end = [PollFd::new(&stdin, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    Ok(poll(&mut other_end, Some(&now))? > 0)
}

/// Leaves /dev/null in the place of the three.
fn close_standard_descriptors() -> io::Result<()> {
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(null.as_fd())?;
    rustix::stdio::dup2_stdout(null.as_fd())?;
    rustix::stdio::dup2_stderr(null.as_fd())?;
    Ok(())
}

/// The inode number of this process's IPC namespace; empty if it cannot be told.
pub fn namespace() -> String {
    let name = sysv::ipc_namespace().unwrap_or_default();
    name.chars().filter(char::is_ascii_digit).collect()
}
