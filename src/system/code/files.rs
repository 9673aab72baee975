//! The files that processes have mapped. Each is read once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::elf::{self, Content};
use super::maps::Mapping;
use crate::system::{Tid, entry};

/// The contents of files, by device and inode. Only for one survey, because a file may be
/// changed in place later.
#[derive(Debug, Default)]
pub(crate) struct Files {
    contents: RefCell<BTreeMap<(u64, u64), Content>>,
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileError {
    /// There is another file at its path, or none.
    Replaced,
    /// A call failed.
    Unreadable(Errno),
}

impl Files {
    /// The content of a file that a thread has mapped. None for a device, whose memory is no
    /// program.
    pub(super) fn content(
        &self,
        tid: Tid,
        mapping: &Mapping,
    ) -> Result<Option<Content>, FileError> {
        if !mapping.is_on_unnamed_device() {
            let (major, minor) = mapping.device;
            let known = self.known((libc::makedev(major, minor), mapping.inode));
            if known.is_some() {
                return Ok(known);
            }
        }
        let (path, metadata) = find(tid, mapping)?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let identity = (metadata.dev(), metadata.ino());
        match self.known(identity) {
            None => self.read(&path, identity).map(Some),
            known => Ok(known),
        }
    }

    fn known(&self, identity: (u64, u64)) -> Option<Content> {
        self.contents.borrow().get(&identity).copied()
    }

    /// Reads a file that is not known yet. If it was replaced by a FIFO, opening it does not
    /// wait.
    fn read(&self, path: &Path, identity: (u64, u64)) -> Result<Content, FileError> {
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let content = content_of(&file, identity)?;
        self.contents.borrow_mut().insert(identity, content);
        Ok(content)
    }
}

fn content_of(file: &File, identity: (u64, u64)) -> Result<Content, FileError> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || (metadata.dev(), metadata.ino()) != identity {
        return Err(FileError::Replaced);
    }
    elf::read(file, metadata.len()).map_err(FileError::Unreadable)
}

/// A path to the mapped file. /proc/PID/map_files leads to the file itself, even if it is
/// deleted, but needs `CAP_CHECKPOINT_RESTORE`. Otherwise it is the path in maps, below the
/// root directory of the thread or below this process's: the kernel writes the path as
/// this process sees it.
fn find(tid: Tid, mapping: &Mapping) -> Result<(PathBuf, Metadata), FileError> {
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

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match entry::errno(&error) {
            Errno::ENOENT | Errno::ENOTDIR | Errno::ESRCH => Self::Replaced,
            errno => Self::Unreadable(errno),
        }
    }
}
