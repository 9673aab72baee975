//! The processes and threads that a directory of /proc lists.

use std::io;

use nix::dir::Dir;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;

use super::Pid;
use super::record::Listed;
use super::words::number;

/// Every process that /proc shows now. Each has its own inode number there.
pub(crate) fn processes() -> io::Result<Vec<Listed>> {
    let listed = |(number, inode)| Some(Listed { pid: Pid::new(number)?, instance: inode });
    Ok(numbered("/proc")?.into_iter().filter_map(listed).collect())
}

/// The entries of a directory that are numbers, with their inode numbers.
///
/// By nix: std ends the program if a directory cannot be closed.
pub(super) fn numbered(directory: &str) -> io::Result<Vec<(i32, u64)>> {
    let mut directory = Dir::open(directory, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    let mut found = Vec::new();
    for entry in directory.iter() {
        let entry = entry?;
        found.extend(number(entry.file_name().to_bytes()).map(|number| (number, entry.ino())));
    }
    Ok(found)
}
