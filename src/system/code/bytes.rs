//! A file, read in the pieces that are asked for, and no more of it than is sane.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use object::{ReadCache, ReadCacheOps, ReadRef};

use crate::system::entry;

/// The largest piece. Tables of symbols and names of the largest libraries have
/// a few megabytes; a file that asks for more is damaged, or made to exhaust us.
const MOST: u64 = 64 << 20;

/// Reads a file by pread(2), and keeps the first errno: the crate that parses
/// does not tell a file that could not be read from one that is damaged.
pub(super) struct Source<'a> {
    file: &'a File,
    length: u64,
    position: u64,
    failed: &'a Cell<Option<Errno>>,
}

impl<'a> Source<'a> {
    pub fn new(file: &'a File, length: u64, failed: &'a Cell<Option<Errno>>) -> Self {
        Self { file, length, position: 0, failed }
    }

    /// A file that has become shorter is damaged, not unreadable.
    fn checked<T>(&self, read: io::Result<T>) -> Result<T, ()> {
        read.map_err(|error| {
            if error.kind() != io::ErrorKind::UnexpectedEof {
                self.failed.set(self.failed.get().or(Some(entry::errno(&error))));
            }
        })
    }
}

impl ReadCacheOps for Source<'_> {
    fn len(&mut self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn seek(&mut self, position: u64) -> Result<u64, ()> {
        self.position = position;
        Ok(position)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ()> {
        self.checked(self.file.read_at(buffer, self.position)).inspect(|&read| {
            self.position += read as u64;
        })
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), ()> {
        self.checked(self.file.read_exact_at(buffer, self.position))?;
        self.position += buffer.len() as u64;
        Ok(())
    }
}

/// The pieces of a file that were read.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub &'a ReadCache<Source<'a>>);

impl<'a> ReadRef<'a> for Bytes<'a> {
    fn len(self) -> Result<u64, ()> {
        self.0.len()
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        if size > MOST { Err(()) } else { self.0.read_bytes_at(offset, size) }
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        self.0.read_bytes_at_until(range, delimiter)
    }
}
