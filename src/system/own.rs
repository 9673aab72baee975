//! What this process does to itself.

use std::convert::Infallible;
use std::ffi::{CStr, CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd;
use rustix::process::{Signal, set_parent_process_death_signal};

/// Fails where standard output is closed: std would take what is written to it
/// for said.
pub fn need_stdout() -> io::Result<()> {
    Ok(rustix::io::fcntl_getfd(io::stdout()).map(drop)?)
}

/// Gives this process a name, of at most 15 bytes: prctl(2) `PR_SET_NAME`.
pub fn set_name(name: &CStr) -> io::Result<()> {
    Ok(prctl::set_name(name)?)
}

/// Has this process killed when its parent ends: prctl(2) `PR_SET_PDEATHSIG`.
pub fn die_with_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

/// Takes back [`die_with_parent`].
pub fn outlive_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(None)?)
}

/// Becomes another program, with one more variable in its environment.
pub fn become_program(
    words: Vec<OsString>,
    name: &str,
    value: String,
) -> Result<Infallible, Errno> {
    let others = std::env::vars_os().filter(|(other, _)| other != name);
    let pairs = others.chain([(name.into(), value.into())]);
    let environment: Vec<_> = pairs
        .map(|(name, value)| c_string([name, "=".into(), value].into_iter().collect()))
        .collect();
    let words: Vec<_> = words.into_iter().map(c_string).collect();
    unistd::execvpe(&words[0], &words, &environment)
}

fn c_string(text: OsString) -> CString {
    CString::new(text.into_vec()).expect("arguments and environment have no NUL inside")
}
