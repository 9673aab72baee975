//! The only `unsafe` of this layer. Each function makes one call.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::iter;

use libc::c_char;
use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{ForkResult, fork};

/// sigaction(2) for SIGCHLD: ignores it from now on, or restores the default. Returns whether
/// it was ignored.
pub(super) fn ignore_children(ignore: bool) -> Result<bool, Errno> {
    let action = if ignore { SigHandler::SigIgn } else { SigHandler::SigDfl };
    // SAFETY: neither action runs code of this process.
    let before = unsafe { signal(Signal::SIGCHLD, action) }?;
    Ok(matches!(before, SigHandler::SigIgn))
}

/// fcntl(2) `F_GETFD`.
pub(super) fn is_open(descriptor: i32) -> bool {
    // SAFETY: it changes nothing, and takes any number.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// fork(2).
pub(super) fn fork_process() -> Result<ForkResult, Errno> {
    // SAFETY: there is only one thread, so no lock is held in the child. The callers have
    // ended the thread that watches a wait, and every other thread ends within the call
    // that started it.
    unsafe { fork() }
}

unsafe extern "C" {
    /// environ(7)
    static environ: *const *const c_char;
}

/// execvpe(3) of `words`, which must not be empty. The environment is this process's, with
/// only the variables that `is_other` accepts, and with `added`.
/// Copies only pointers, because a large environment would take time.
pub(super) fn exec(words: &[CString], is_other: impl Fn(&[u8]) -> bool, added: &CStr) -> Errno {
    // SAFETY: no thread of this program changes it.
    let first = unsafe { environ };
    let others = (0..).map_while(|at| {
        // SAFETY: it is null as a whole, or ends with a null pointer.
        let variable = unsafe { first.as_ref().map(|_| *first.add(at)) };
        variable.filter(|variable| !variable.is_null())
    });
    let others = others.filter(|&variable| {
        // SAFETY: each is a C string.
        is_other(unsafe { CStr::from_ptr(variable) }.to_bytes())
    });
    let end = || iter::once(std::ptr::null());
    let variables: Vec<_> = others.chain([added.as_ptr()]).chain(end()).collect();
    let words: Vec<_> = words.iter().map(|word| word.as_ptr()).chain(end()).collect();
    // SAFETY: both are C strings that live on, with a null pointer at the end.
    unsafe { libc::execvpe(words[0], words.as_ptr(), variables.as_ptr()) };
    Errno::last()
}
