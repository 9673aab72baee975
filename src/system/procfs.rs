//! A /proc with a directory for each process: Linux, illumos, Solaris and Cygwin.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::directory::open_directory;
use super::record::Listed;
use super::words::{is_same_file, number, read_at_most};
use super::{Entry, Pid};

/// Every process that /proc shows now. Each has its own inode number there.
pub(crate) fn processes() -> io::Result<Vec<Listed>> {
    let listed = |(number, inode)| Some(Listed { pid: Pid::new(number)?, instance: inode });
    Ok(numbered("/proc")?.into_iter().filter_map(listed).collect())
}

/// The entries of a directory that are numbers, with their inode numbers.
pub(super) fn numbered(directory: &str) -> io::Result<Vec<(i32, u64)>> {
    let mut directory = open_directory(directory)?;
    let mut found = Vec::new();
    for entry in directory.iter() {
        let entry = entry?;
        found.extend(number(entry.file_name().to_bytes()).map(|number| (number, entry.ino())));
    }
    Ok(found)
}

fn path(pid: Pid, name: &str) -> PathBuf {
    format!("/proc/{pid}/{name}").into()
}

/// The longest arguments that execve(2) accepts, with the environment, in bytes. By prctl(2),
/// any process can make these files as long as its address space.
const MAX_ARGUMENTS: u64 = 6 << 20;

/// A file of a process, `name` below /proc/PID, as far as execve(2) could have written it.
pub(super) fn read(pid: Pid, name: &str) -> Entry<Vec<u8>> {
    Entry::of(read_at_most(MAX_ARGUMENTS, path(pid, name)))
}

/// The target of a symbolic link of a process.
pub(super) fn read_link(pid: Pid, name: &str) -> Entry<Vec<u8>> {
    Entry::of(fs::read_link(path(pid, name)).map(|target| target.into_os_string().into_vec()))
}

/// Whether the links `name` of two processes lead to the same file. False if that cannot be
/// read.
pub(super) fn have_the_same(name: &str, one: Pid, other: Pid) -> bool {
    is_same_file(&path(one, name), &path(other, name))
}

#[cfg(all(test, family = "linux"))]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::MetadataExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn every_process_is_listed_with_the_inode_of_its_directory() {
        let all = processes().unwrap();
        let own = all.iter().find(|listed| listed.pid == Pid::own()).unwrap();
        let directory = fs::metadata(format!("/proc/{}", Pid::own())).unwrap();
        assert_eq!(own.instance, directory.ino());
        assert!(numbered("/no/such/directory").is_err());
    }

    #[test]
    fn the_files_of_a_process_are_its_own() {
        let own = Pid::own();
        assert_eq!(read(own, "comm"), Entry::Is(fs::read("/proc/self/comm").unwrap()));
        let program = std::env::current_exe().unwrap();
        assert_eq!(read_link(own, "exe"), Entry::Is(program.as_os_str().as_bytes().to_vec()));
        assert_eq!(read(own, "no_such_file"), Entry::Gone);
        let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let other = Pid::new(cat.id().cast_signed()).unwrap();
        assert!(have_the_same("exe", own, own) && !have_the_same("exe", own, other));
        drop(cat.stdin.take());
        cat.wait().unwrap();
    }
}
