//! What a process sets for itself by prctl(2).

use std::ffi::CStr;
use std::io;

use nix::sys::prctl;
use nix::sys::signal::Signal;

/// Gives this process a name, of at most 15 bytes: prctl(2) `PR_SET_NAME`.
pub(crate) fn set_process_name(name: &CStr) -> io::Result<()> {
    Ok(prctl::set_name(name)?)
}

/// Has this process killed when its parent ends: prctl(2) `PR_SET_PDEATHSIG`.
pub(crate) fn die_with_parent() -> io::Result<()> {
    Ok(prctl::set_pdeathsig(Signal::SIGKILL)?)
}

/// Undoes [`die_with_parent`].
pub(crate) fn outlive_parent() -> io::Result<()> {
    Ok(prctl::set_pdeathsig(None)?)
}
