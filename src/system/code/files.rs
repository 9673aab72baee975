//! The files that processes have mapped. Each is read once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;

use super::elf::{self, Content};
use super::maps::Mapping;
use crate::system::{Tid, entry, platform};

/// The contents of files, by device and inode. Only for one survey, because a file may be
/// changed in place later.
#[derive(Debug, Default)]
pub(crate) struct Files {
    contents: RefCell<BTreeMap<(u64, u64), Content>>,
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::system) enum FileError {
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
            let known = self.known((platform::device(major, minor), mapping.inode));
            if known.is_some() {
                return Ok(known);
            }
        }
        let (path, metadata) = platform::mapped_file(tid, mapping)?;
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

pub(super) fn content_of(file: &File, identity: (u64, u64)) -> Result<Content, FileError> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || (metadata.dev(), metadata.ino()) != identity {
        return Err(FileError::Replaced);
    }
    elf::read(file, metadata.len()).map_err(FileError::Unreadable)
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match entry::errno(&error) {
            Errno::ENOENT | Errno::ENOTDIR | Errno::ESRCH => Self::Replaced,
            errno => Self::Unreadable(errno),
        }
    }
}
