//! A file that is read in pieces, within limits.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use object::ReadRef;
use typed_arena::Arena;

use crate::system::entry;

/// How much of a file is read, in bytes. The symbol tables of the largest libraries have some
/// tens of megabytes. A file that asks for more, in one piece or in thousands, is damaged, or
/// was made to use up the memory.
const MAX_READ: u64 = 128 << 20;

/// The longest name of a section.
const MAX_NAME: u64 = 256;

/// A file that is read by pread(2), and the pieces read so far. It keeps the first errno,
/// because the `object` crate does not distinguish an unreadable file from a damaged one.
///
/// That crate has a cache of its own, but it panics if the system has no random numbers.
pub(super) struct Source<'a> {
    file: &'a File,
    length: u64,
    pieces: Arena<Vec<u8>>,
    /// How much may still be read; None once the file has asked for more.
    left: Cell<Option<u64>>,
    failed: Cell<Option<Errno>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a File, length: u64) -> Self {
        let left = Cell::new(Some(MAX_READ));
        Self { file, length, pieces: Arena::new(), left, failed: Cell::new(None) }
    }

    /// The first error.
    pub(super) fn failed(&self) -> Option<Errno> {
        self.failed.get()
    }

    /// Whether the file has asked for more than [`MAX_READ`].
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.get().is_none()
    }

    fn piece(&self, offset: u64, size: u64) -> Result<&[u8], ()> {
        offset.checked_add(size).filter(|&end| end <= self.length).ok_or(())?;
        self.left.set(self.left.get().and_then(|left| left.checked_sub(size)));
        self.left.get().ok_or(())?;
        let mut piece = vec![0; usize::try_from(size).map_err(drop)?];
        self.file.read_exact_at(&mut piece, offset).map_err(|error| self.note(&error))?;
        Ok(self.pieces.alloc(piece))
    }

    /// A file that is shorter than expected is damaged, not unreadable.
    fn note(&self, error: &io::Error) {
        if error.kind() != io::ErrorKind::UnexpectedEof {
            self.failed.set(self.failed.get().or(Some(entry::errno(error))));
        }
    }
}

/// A source as the `object` crate reads it.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub &'a Source<'a>);

impl<'a> ReadRef<'a> for Bytes<'a> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.0.length)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        self.0.piece(offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        let size = range.end.checked_sub(range.start).ok_or(())?.min(MAX_NAME);
        let piece = self.0.piece(range.start, size)?;
        let end = piece.iter().position(|&byte| byte == delimiter).ok_or(())?;
        Ok(&piece[..end])
    }
}
