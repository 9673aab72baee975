//! The `unsafe` of this layer: calls after which a process goes on otherwise
//! than before. Each function here makes one call.

#![allow(unsafe_code)]

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{ForkResult, fork};

/// sigaction(2) of SIGCHLD: from now on it is ignored, or has its default
/// action. Returns whether it was ignored.
pub(super) fn ignore_children(ignore: bool) -> Result<bool, Errno> {
    let action = if ignore { SigHandler::SigIgn } else { SigHandler::SigDfl };
    // SAFETY: neither action runs code of this process.
    let before = unsafe { signal(Signal::SIGCHLD, action) }?;
    Ok(matches!(before, SigHandler::SigIgn))
}

/// fork(2).
pub(super) fn split() -> Result<ForkResult, Errno> {
    // SAFETY: there is one thread only, so that no lock is taken in the child: the
    // callers have ended what watches a wait, and any other thread that this program
    // starts ends within the call that started it.
    unsafe { fork() }
}
