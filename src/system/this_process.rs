//! What this process does to itself.

use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::unistd::gethostname;

use super::{Text, ffi};

/// Fails if standard output is closed: std would silently drop what is written to it.
pub(crate) fn require_stdout() -> io::Result<()> {
    Ok(fcntl(io::stdout(), FcntlArg::F_GETFD).map(drop)?)
}

/// The name of this host: gethostname(2).
pub(crate) fn host_name() -> Text {
    Text::new(gethostname().unwrap_or_default().into_vec())
}

/// Whether this descriptor is open: fcntl(2) `F_GETFD`.
pub(crate) fn is_open(descriptor: i32) -> bool {
    ffi::is_open(descriptor)
}

/// Runs another program in this process, with one more variable in its environment.
/// Returns only if that failed.
pub(crate) fn become_program(words: &[OsString], name: &str, value: &str) -> Errno {
    let words: Vec<_> = words.iter().map(|word| c_string(word.as_bytes())).collect();
    let is_other = |variable: &[u8]| {
        variable.strip_prefix(name.as_bytes()).is_none_or(|rest| !rest.starts_with(b"="))
    };
    ffi::exec(&words, is_other, &c_string(format!("{name}={value}")))
}

fn c_string(bytes: impl Into<Vec<u8>>) -> CString {
    CString::new(bytes).expect("arguments and environment have no NUL inside")
}
