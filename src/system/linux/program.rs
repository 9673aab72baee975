//! The file of the program that this process runs.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use nix::unistd::{AccessFlags, access};

use super::ffi;

/// The file that this process runs, by /proc; without /proc, by the path that it was started
/// by, which the kernel leaves on its stack. Fails if there is no program any more.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe().or_else(|error| program_started().ok_or(error))
}

/// A relative path holds while this process has not changed its directory.
fn program_started() -> Option<PathBuf> {
    let path = OsStr::from_bytes(ffi::started_path()?.to_bytes());
    let path = std::path::absolute(path).ok()?;
    access(&path, AccessFlags::X_OK).is_ok().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_knows_the_same_file_as_proc() {
        let started = program_started().unwrap().canonicalize().unwrap();
        assert_eq!(started, std::env::current_exe().unwrap().canonicalize().unwrap());
    }
}
