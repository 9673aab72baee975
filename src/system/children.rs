//! Child processes, and how they ended.

use nix::errno::Errno;
use nix::unistd::ForkResult;
use rustix::process::{WaitOptions, WaitStatus, waitpid};

use super::{Pid, ffi};

/// While this lives, the kernel keeps the exit statuses of this process's children until
/// wait(2). It would keep none if the caller ignores SIGCHLD, which survives execve(2).
///
/// Afterwards SIGCHLD has the caller's action again, which COMMAND inherits.
#[derive(Debug)]
#[must_use]
pub(crate) struct ChildStatuses {
    ignored: bool,
}

impl ChildStatuses {
    pub(crate) fn keep() -> Self {
        Self { ignored: ffi::ignore_children(false).unwrap_or(false) }
    }
}

impl Drop for ChildStatuses {
    fn drop(&mut self) {
        if self.ignored {
            let restored = ffi::ignore_children(true);
            debug_assert!(restored.is_ok(), "fails only for other signals");
        }
    }
}

/// fork(2): Some in the parent, None in the child.
pub(crate) fn fork() -> Result<Option<Pid>, Errno> {
    Ok(match ffi::fork_process()? {
        ForkResult::Parent { child } => Pid::new(child.as_raw()),
        ForkResult::Child => None,
    })
}

/// How a child ended; None if it lives: waitpid(2) with WNOHANG.
pub(crate) fn try_wait(child: Pid) -> Result<Option<WaitStatus>, Errno> {
    wait_with(child, WaitOptions::NOHANG)
}

/// Waits until a child has ended, and returns how.
pub(crate) fn wait(child: Pid) -> Result<WaitStatus, Errno> {
    loop {
        if let Some(status) = wait_with(child, WaitOptions::empty())? {
            return Ok(status);
        }
    }
}

/// By rustix: nix cannot report a death by a real-time signal.
fn wait_with(child: Pid, options: WaitOptions) -> Result<Option<WaitStatus>, Errno> {
    let child = rustix::process::Pid::from_raw(child.raw());
    let ended = rustix::io::retry_on_intr(|| waitpid(child, options));
    let ended = ended.map_err(|errno| Errno::from_raw(errno.raw_os_error()))?;
    Ok(ended.map(|(_, status)| status))
}
