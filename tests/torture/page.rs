//! The page of the witness, from the side of who starts and kills the clients.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The same numbers as in witness.c.
pub const ENTRIES: usize = 32;
const ENTRY_SIZE: u64 = 32;
const START: u64 = 8;
const TURN: u64 = 16;
const WORD: u64 = 24;

/// The entries of all who may be in. Nobody but the client that has an entry writes to it
/// while that client lives.
pub struct Page(File);

impl Page {
    pub fn create(path: &Path) {
        let size = ENTRIES as u64 * (ENTRY_SIZE + 8);
        File::create(path).and_then(|file| file.set_len(size)).unwrap();
    }

    pub fn open(path: &Path) -> Self {
        Self(OpenOptions::new().read(true).write(true).open(path).unwrap())
    }

    fn read(&self, position: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, position).unwrap();
        u64::from_ne_bytes(bytes)
    }

    fn write(&self, position: u64, value: u64) {
        self.0.write_all_at(&value.to_ne_bytes(), position).unwrap();
    }

    /// How often the clients of this entry were in.
    pub fn turns(&self, entry: usize) -> u64 {
        self.read(entry as u64 * ENTRY_SIZE + TURN)
    }

    /// The process whose end releases the lock of this entry, if it is in.
    pub fn owner(&self, entry: usize) -> Option<i32> {
        let position = entry as u64 * ENTRY_SIZE;
        (self.read(position + WORD) != 0).then(|| self.read(position).try_into().unwrap())
    }

    /// Makes the entry that of a process that started a tick earlier.
    pub fn backdate(&self, entry: usize) {
        let position = entry as u64 * ENTRY_SIZE + START;
        self.write(position, self.read(position) - 1);
    }

    /// Takes away what a client that has ended has left.
    pub fn clear(&self, entry: usize) {
        self.write(entry as u64 * ENTRY_SIZE + WORD, 0);
        self.set_forfeited(entry, false);
    }

    /// Says that the client of this entry is about to lose its lock.
    pub fn forfeit(&self, entry: usize) {
        self.set_forfeited(entry, true);
    }

    fn set_forfeited(&self, entry: usize, forfeited: bool) {
        let position = ENTRIES as u64 * ENTRY_SIZE + entry as u64 * 8;
        self.write(position, forfeited.into());
    }

    pub fn is_forfeited(&self, entry: usize) -> bool {
        self.read(ENTRIES as u64 * ENTRY_SIZE + entry as u64 * 8) != 0
    }
}
