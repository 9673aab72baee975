//! A block: a semaphore set that the protocol is used on.

use std::fmt;

use super::{Flag, NoSlot, Slot, slot_of};
use crate::sysv::{self, Key, Set, SetInfo};

/// The key that the Perl module uses when the application states none.
pub const DEFAULT_KEY: Key = Key::new(31818);

/// The mode of a new block. The Perl module asks semget(2) for read, write and execute,
/// so even the owner could not open a block of mode 0600 through it.
pub const DEFAULT_MODE: u16 = 0o700;

/// A set with an even number of semaphores. The lower half counts readers, the upper half
/// has the writer flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub(super) set: Set,
    pub(super) nsems: u16,
}

/// Why a set cannot be used as a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// A call failed.
    Sysv(sysv::Error),
    /// The number of semaphores cannot be halved: no client of the protocol created this set.
    NotABlock {
        /// The set; None if it was to be created.
        set: Option<Set>,
        /// How many semaphores it has.
        nsems: u32,
    },
    /// A semaphore in the place of a writer flag has a value that no client of the protocol
    /// gives it.
    Foreign {
        /// The set.
        set: Set,
        /// The semaphore.
        semnum: u16,
        /// Its value.
        value: u16,
    },
    /// The client states another NSems than the set has. Its halves would be elsewhere, so
    /// it would exclude nobody.
    OtherSize {
        /// The set.
        set: Set,
        /// The NSems that the client states.
        stated: u16,
        /// How many semaphores the set has.
        nsems: u16,
    },
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sysv(error) => error.fmt(f),
            Self::NotABlock { nsems: 1, .. } => {
                f.write_str("it has 1 semaphore, so it is not a block")
            }
            Self::NotABlock { nsems, .. } => {
                write!(f, "it has {nsems} semaphores, so it is not a block")
            }
            Self::Foreign { semnum, value, .. } => {
                write!(f, "its semaphore {semnum} is {value}, so it is not a block")
            }
            Self::OtherSize { stated, nsems, .. } => {
                write!(f, "it has {nsems} semaphores, not {stated}")
            }
        }
    }
}

impl std::error::Error for BlockError {}

impl From<sysv::Error> for BlockError {
    fn from(error: sysv::Error) -> Self {
        Self::Sysv(error)
    }
}

impl Block {
    /// Opens the block at `key`, as [`of`](Self::of) does.
    pub fn open(key: Key) -> Result<Self, BlockError> {
        Self::of(Set::open(key)?)
    }

    /// The block that a set is. Fails if the set cannot be one, or cannot be read.
    pub fn of(set: Set) -> Result<Self, BlockError> {
        Self::with_info(set, &set.info()?)?.refuse_foreign()
    }

    /// The same with a header that has been read, and without a look at the values.
    pub(crate) fn with_info(set: Set, info: &SetInfo) -> Result<Self, BlockError> {
        match u16::try_from(info.nsems) {
            Ok(nsems) if nsems >= 2 && nsems.is_multiple_of(2) => {
                Ok(Self { set: set.with_info(info), nsems })
            }
            _ => Err(BlockError::NotABlock { set: Some(set), nsems: info.nsems }),
        }
    }

    /// Creates the block at `key`. `nsems` must be even and not 0. Fails with EEXIST if
    /// there is a set already.
    pub fn create(key: Key, nsems: u16, mode: u16) -> Result<Self, BlockError> {
        if nsems == 0 || !nsems.is_multiple_of(2) {
            return Err(BlockError::NotABlock { set: None, nsems: nsems.into() });
        }
        Ok(Self { set: Set::create(key, nsems, mode)?, nsems })
    }

    /// Refuses a set whose values are not those of locks: another program uses it.
    fn refuse_foreign(self) -> Result<Self, BlockError> {
        let values = self.set.values()?;
        let writers = (self.slots()..).zip(values.into_iter().skip(self.slots().into()));
        let mut flags = writers.map(|(semnum, value)| (semnum, Flag::of(value)));
        let foreign = flags.find_map(|(semnum, flag)| match flag {
            Flag::Foreign(value) => Some((semnum, value)),
            _ => None,
        });
        match foreign {
            Some((semnum, value)) => Err(BlockError::Foreign { set: self.set, semnum, value }),
            None => Ok(self),
        }
    }

    /// Refuses the block if the client states another NSems than it has.
    pub(crate) fn require(self, stated: Option<u16>) -> Result<Self, BlockError> {
        match stated {
            Some(stated) if stated != self.nsems => {
                Err(BlockError::OtherSize { set: self.set, stated, nsems: self.nsems })
            }
            _ => Ok(self),
        }
    }

    /// The set.
    pub fn set(self) -> Set {
        self.set
    }

    /// NSems: the number of semaphores, two for each slot.
    pub fn nsems(self) -> u16 {
        self.nsems
    }

    /// The number of slots.
    pub fn slots(self) -> u16 {
        self.nsems / 2
    }

    /// Every slot, in ascending order.
    pub fn all_slots(self) -> impl Iterator<Item = Slot> {
        (0..self.slots()).map(Slot::new)
    }

    /// The slot of a session id.
    pub fn slot_of(self, id: &[u8]) -> Result<Slot, NoSlot> {
        slot_of(id, self.nsems)
    }

    /// The semaphore that counts a slot's readers.
    pub fn reader(self, slot: Slot) -> u16 {
        slot.index()
    }

    /// The semaphore that flags a slot's writer.
    pub fn writer(self, slot: Slot) -> u16 {
        slot.index() + self.slots()
    }
}

/// Whether a set can be a block by its header: it has a key, an even number of semaphores,
/// and a mode that lets its owner open it through the Perl module. Another program's set
/// may look the same.
pub(crate) fn may_be_block(info: &SetInfo) -> bool {
    let halves = info.nsems >= 2 && info.nsems.is_multiple_of(2);
    halves && !info.is_private() && info.permissions.mode & DEFAULT_MODE == DEFAULT_MODE
}
