//! What a thread has mapped, and the files themselves: proc(5), `/proc/PID/maps`.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::proc;
use crate::system::code::{FileError, Mapping};
use crate::system::{Entry, Pid, Tid};

/// The mappings of a thread; gone if it has none. Read twice if need be: execve(2) replaces
/// the memory while it is read.
pub(crate) fn maps_of(pid: Pid, tid: Tid) -> Entry<Vec<u8>> {
    for _ in 0..2 {
        let file = format!("/proc/{pid}/{}", proc::of_thread(pid, tid, "maps"));
        match Entry::of(File::open(file).and_then(read_completely)) {
            Entry::Is(Some(maps)) => return Entry::Is(maps),
            Entry::Is(None) => {}
            Entry::Gone => return Entry::Gone,
            Entry::Unreadable(errno) => return Entry::Unreadable(errno),
        }
    }
    Entry::Gone
}

/// A complete list of mappings. None if the memory was released while it was read, which
/// cuts the list.
fn read_completely(mut file: File) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(USUAL_SIZE);
    (&mut file).take(u64::MAX).read_to_end(&mut bytes)?;
    file.rewind()?;
    let is_there = file.read(&mut [0])? > 0;
    Ok(is_there.then_some(bytes))
}

/// Room for the mappings of most processes, in bytes.
const USUAL_SIZE: usize = 1 << 14;

/// A path to the mapped file. /proc/PID/map_files leads to the file itself, even if it is
/// deleted, but needs `CAP_CHECKPOINT_RESTORE`. Otherwise it is the path in maps, below the
/// root directory of the thread or below this process's: the kernel writes the path as
/// this process sees it.
pub(crate) fn mapped_file(tid: Tid, mapping: &Mapping) -> Result<(PathBuf, Metadata), FileError> {
    let itself = Path::new("/proc").join(format!("{tid}/map_files"));
    let itself = itself.join(OsStr::from_bytes(mapping.range));
    if let Ok(metadata) = fs::metadata(&itself) {
        return Ok((itself, metadata));
    }
    let path = mapping.path();
    let below = [format!("/proc/{tid}/root").as_bytes(), &path].concat();
    let below = PathBuf::from(OsStr::from_bytes(&below));
    with_inode(below, mapping.inode).or_else(|error| {
        with_inode(PathBuf::from(OsStr::from_bytes(&path)), mapping.inode).map_err(|_| error)
    })
}

/// The file at this path, if it has this inode. The device is not compared: on overlayfs
/// and btrfs, maps and stat(2) show different ones.
fn with_inode(path: PathBuf, inode: u64) -> Result<(PathBuf, Metadata), FileError> {
    let metadata = fs::metadata(&path)?;
    if metadata.ino() == inode { Ok((path, metadata)) } else { Err(FileError::Replaced) }
}

/// A device as stat(2) names it.
pub(crate) fn device(major: u32, minor: u32) -> u64 {
    libc::makedev(major, minor)
}
