//! Every set there is, also those that may not be read.

use std::io;

use jiff::Timestamp;

use super::{Header, Key, platform};

/// One set, as the kernel lists it for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key; 0 for a private set.
    pub key: Key,
    /// The id.
    pub semid: i32,
    /// Permission bits, `0..=0o777`.
    pub mode: u16,
    /// How many semaphores.
    pub nsems: u32,
    /// The owner's user id.
    pub uid: u32,
    /// The owner's group id.
    pub gid: u32,
    /// The creator's user id.
    pub cuid: u32,
    /// The creator's group id.
    pub cgid: u32,
    /// The last semop(2) that succeeded, in whole seconds; none yet is None.
    pub otime: Option<Timestamp>,
    /// When the set was made or last changed by semctl(2), in whole seconds.
    pub ctime: Option<Timestamp>,
}

/// The listing has all that the header has.
impl From<&Row> for Header {
    fn from(row: &Row) -> Self {
        let Row { key, mode, nsems, uid, gid, cuid, cgid, otime, ctime, .. } = *row;
        Self { key, mode, uid, gid, cuid, cgid, nsems, otime, ctime }
    }
}

/// The sets of this IPC namespace, in the kernel's order. Asks for no
/// permission on any of them.
pub fn all_sets() -> io::Result<Vec<Row>> {
    platform::all_sets()
}
