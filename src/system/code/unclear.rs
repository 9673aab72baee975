//! Why it cannot be determined whether a process can call semop(2).

use std::fmt;

use nix::errno::Errno;

use super::elf::Content;
use super::file_names;
use super::files::FileError;
use crate::system::Text;

/// The reason. Displayed as the predicate of a sentence: "is a Go program".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// It is not linked to any library, so no symbol tells what it calls.
    Static,
    /// Go programs call the kernel themselves.
    Go,
    /// It has no C library mapped. Either it has just started, and its libraries are not
    /// mapped yet, or it calls the kernel itself.
    NoLibrary,
    /// It runs another program.
    Emulator,
    /// It can call functions by name, through this file.
    ForeignFunctions(Text),
    /// It executes code from this file, which is not an ELF file.
    NotElf(Text),
    /// This ELF file cannot be parsed.
    Damaged(Text),
    /// The mapped file is no longer at this path.
    Replaced(Text),
    /// This file cannot be read.
    Unreadable(Text, Errno),
}

impl Unclear {
    /// Why a file whose symbols do not call semop(2) may call it all the same.
    pub(super) fn of(content: Content, path: &[u8]) -> Option<Self> {
        match content {
            Content::Other => Some(Self::NotElf(Text::new(path))),
            Content::Damaged => Some(Self::Damaged(Text::new(path))),
            Content::Elf(_) if file_names::is_emulator(path) => Some(Self::Emulator),
            Content::Elf(elf) if elf.is_go => Some(Self::Go),
            Content::Elf(elf) if elf.is_static => Some(Self::Static),
            Content::Elf(elf) => {
                let ffi = elf.symbols.ffi && !file_names::calls_what_it_describes(path);
                let runtime =
                    elf.symbols.is_foreign_runtime() || file_names::is_foreign_runtime(path);
                (ffi || runtime).then(|| Self::ForeignFunctions(Text::new(path)))
            }
        }
    }

    /// Why nothing is known about a file.
    pub(super) fn error(error: FileError, path: &[u8]) -> Self {
        match error {
            FileError::Replaced => Self::Replaced(Text::new(path)),
            FileError::Unreadable(errno) => Self::Unreadable(Text::new(path), errno),
        }
    }
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static => f.write_str("is a statically linked program"),
            Self::Go => f.write_str("is a Go program"),
            Self::NoLibrary => {
                f.write_str("has no C library: it is starting, or works without one")
            }
            Self::Emulator => f.write_str("is an emulator, which runs another program"),
            Self::ForeignFunctions(file) => write!(f, "can call any function with {file}"),
            Self::NotElf(file) => write!(f, "runs code of {file}, which is not an ELF file"),
            Self::Damaged(file) => write!(f, "has mapped {file}, which is a damaged ELF file"),
            Self::Replaced(file) => {
                write!(
                    f,
                    "has mapped a file that was replaced or deleted and cannot be read: {file}"
                )
            }
            Self::Unreadable(file, errno) => {
                write!(f, "has mapped {file}, which cannot be read: {errno}")
            }
        }
    }
}
