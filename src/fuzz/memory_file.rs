//! A file in memory.

use std::fs::File;
use std::io::Write;

use nix::sys::memfd::{MFdFlags, memfd_create};

/// A file that is nowhere on a disk.
pub(crate) struct MemoryFile(pub File);

impl MemoryFile {
    /// A file with these contents.
    pub(crate) fn new(data: &[u8]) -> Self {
        let descriptor = memfd_create(c"fuzz", MFdFlags::MFD_CLOEXEC).expect("memfd_create");
        let mut file = File::from(descriptor);
        file.write_all(data).expect("a write to memory");
        Self(file)
    }
}
