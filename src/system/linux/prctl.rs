//! What a process sets for itself by prctl(2).

use std::ffi::CStr;
use std::io;

use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::set_name;

/// Gives this process a name, of at most 15 bytes: prctl(2) `PR_SET_NAME`.
pub(crate) fn set_process_name(name: &CStr) -> io::Result<()> {
    Ok(set_name(name)?)
}

/// Has this process killed when its parent ends: prctl(2) `PR_SET_PDEATHSIG`.
pub(crate) fn die_with_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

/// Undoes [`die_with_parent`].
pub(crate) fn outlive_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(None)?)
}
