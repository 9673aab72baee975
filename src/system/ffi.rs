//! The only `unsafe` of this layer. Each function makes one call.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::iter;
use std::mem::MaybeUninit;
use std::ptr;

use libc::c_char;
use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction, signal};
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
    // ended the thread that watches a wait, and opened no Handle, which may have a thread.
    // Every other thread ends within the call that started it.
    unsafe { fork() }
}

unsafe extern "C" {
    /// environ(7)
    static mut environ: *const *const c_char;
}

/// execvp(3) of `words`, which must not be empty. The environment is this process's, with
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
    // SAFETY: no other thread of this program reads or changes it.
    unsafe { environ = variables.as_ptr() };
    // SAFETY: these are C strings that live on, with a null pointer at the end.
    unsafe { libc::execvp(words[0], words.as_ptr()) };
    let errno = Errno::last();
    // SAFETY: as above.
    unsafe { environ = first };
    errno
}

/// sigaction(2): whether this process ignores a signal.
pub(super) fn is_ignored(signal: Signal) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: it changes nothing, and writes one sigaction.
    let read = unsafe { libc::sigaction(signal as i32, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: a sigaction may be zeroed, and was written if the call did not fail.
    read == 0 && unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN
}

/// sigaction(2): runs `handler` for a signal, which must only do what signal-safety(7)
/// allows. Returns the action before.
pub(super) fn handle(signal: Signal, handler: extern "C" fn(i32)) -> Result<SigAction, Errno> {
    let action = SigAction::new(SigHandler::Handler(handler), SaFlags::SA_RESTART, SigSet::all());
    // SAFETY: the callers' handlers only write to a descriptor.
    unsafe { sigaction(signal, &action) }
}

/// sigaction(2): gives a signal the action that it had before.
pub(super) fn set_action(signal: Signal, action: &SigAction) -> Result<(), Errno> {
    // SAFETY: the process had this action before.
    unsafe { sigaction(signal, action) }.map(drop)
}

/// write(2) of one byte, in a signal handler: changes no errno.
pub(super) fn write_byte(descriptor: i32, byte: u8) {
    let before = Errno::last();
    // SAFETY: reads one live byte. A closed descriptor is an error without effect.
    let _ = unsafe { libc::write(descriptor, (&raw const byte).cast(), 1) };
    before.set();
}
