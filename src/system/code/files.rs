//! The files that processes have mapped, each looked at once.

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

/// What files were found to be, each looked at once per device and inode.
///
/// One of these is for one survey: a file may be changed in place later.
#[derive(Debug, Default)]
pub(crate) struct Files {
    contents: RefCell<BTreeMap<(u64, u64), Content>>,
}

/// Why a file could not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileError {
    /// No path leads to it: another file is there, or none.
    Replaced,
    /// It could not be read.
    Unreadable(Errno),
}

impl Files {
    /// What the file is that the task has mapped there; None if it is a device,
    /// whose memory holds no program any more than memory without a file does.
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
            None => self.look(&path, identity).map(Some),
            known => Ok(known),
        }
    }

    fn known(&self, identity: (u64, u64)) -> Option<Content> {
        self.contents.borrow().get(&identity).copied()
    }

    /// A regular file is opened at once. Should there be another kind in its place
    /// by now, the open does not wait for anybody.
    fn look(&self, path: &Path, identity: (u64, u64)) -> Result<Content, FileError> {
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

/// A path to the mapped file: /proc/PID/map_files has the file itself, even a
/// deleted one, and is open to those who may restore processes. Else the path in
/// maps, below the root of the task or, as the kernel writes it as seen from here,
/// below ours.
fn find(tid: Tid, mapping: &Mapping) -> Result<(PathBuf, Metadata), FileError> {
    let itself = Path::new("/proc").join(format!("{tid}/map_files"));
    let itself = itself.join(OsStr::from_bytes(mapping.range));
    if let Ok(metadata) = fs::metadata(&itself) {
        return Ok((itself, metadata));
    }
    let path = mapping.path();
    let below = [format!("/proc/{tid}/root").as_bytes(), &path].concat();
    let below = PathBuf::from(OsStr::from_bytes(&below));
    at(below, mapping.inode).or_else(|error| {
        at(PathBuf::from(OsStr::from_bytes(&path)), mapping.inode).map_err(|_| error)
    })
}

/// The file there, if it has this inode. The device is not compared: overlayfs
/// and btrfs name another one in maps than stat(2) does.
fn at(path: PathBuf, inode: u64) -> Result<(PathBuf, Metadata), FileError> {
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
