//! A block: a semaphore set that the protocol is used on.

use std::fmt;

use super::{Flag, NoSlot, Slot, slot_of};
use crate::sysv::{self, Key, Set, SetInfo};

/// The key that the Perl module uses when the application states none.
pub const DEFAULT_KEY: Key = Key::new(31818);

/// The mode that lets the block's owner open it through the Perl module, which
/// asks semget(2) for read, write and execute; 0600 would be refused to it.
pub const DEFAULT_MODE: u16 = 0o700;

/// A set with an even number of semaphores, the lower half counting readers,
/// the upper half flagging writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub(super) set: Set,
    pub(super) nsems: u16,
}

/// Why there is no block to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// A call failed.
    Sysv(sysv::Error),
    /// The number of semaphores cannot be halved: no client of the protocol made this set.
    NotABlock {
        /// The set; None if it was to be made.
        set: Option<Set>,
        /// What the set has.
        nsems: u32,
    },
    /// A semaphore in the place of a writer's flag has a value that no client
    /// of the protocol gives it.
    Foreign {
        /// The set.
        set: Set,
        /// The semaphore.
        semnum: u16,
        /// Its value.
        value: u16,
    },
    /// The client states another NSems than the set has. The halves would lie
    /// elsewhere, so it would exclude nobody.
    OtherSize {
        /// The set.
        set: Set,
        /// What the client states.
        stated: u16,
        /// What the set has.
        nsems: u16,
    },
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sysv(error) => error.fmt(f),
            Self::NotABlock { nsems: 1, .. } => {
                f.write_str("it has 1 semaphore, which is no session block")
            }
            Self::NotABlock { nsems, .. } => {
                write!(f, "it has {nsems} semaphores, which is no session block")
            }
            Self::Foreign { semnum, value, .. } => {
                write!(f, "its semaphore {semnum} is {value}, which is no session block")
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
    /// The block at `key`; semget(2).
    pub fn open(key: Key) -> Result<Self, BlockError> {
        Self::of(Set::open(key)?)
    }

    /// The block that `set` is; fails for a set that cannot be one.
    pub fn of(set: Set) -> Result<Self, BlockError> {
        Self::with_info(set, &set.info()?)?.refuse_foreign()
    }

    /// The same, where the header has been read already.
    pub fn with_info(set: Set, info: &SetInfo) -> Result<Self, BlockError> {
        match u16::try_from(info.nsems) {
            Ok(nsems) if nsems >= 2 && nsems.is_multiple_of(2) => {
                Ok(Self { set: set.with_info(info), nsems })
            }
            _ => Err(BlockError::NotABlock { set: Some(set), nsems: info.nsems }),
        }
    }

    /// Makes the block at `key`; fails with EEXIST if there is a set already.
    /// `nsems` must be even and not 0.
    pub fn create(key: Key, nsems: u16, mode: u16) -> Result<Self, BlockError> {
        if nsems == 0 || !nsems.is_multiple_of(2) {
            return Err(BlockError::NotABlock { set: None, nsems: nsems.into() });
        }
        Ok(Self { set: Set::create(key, nsems, mode)?, nsems })
    }

    /// Refuses a set that another program counts in.
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

    /// Refuses the block unless it has as many semaphores as the client states.
    pub fn require(self, stated: Option<u16>) -> Result<Self, BlockError> {
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

    /// NSems: how many semaphores, two for a slot.
    pub fn nsems(self) -> u16 {
        self.nsems
    }

    /// How many slots.
    pub fn slots(self) -> u16 {
        self.nsems / 2
    }

    /// Every slot, in ascending order.
    pub fn all_slots(self) -> impl Iterator<Item = Slot> {
        (0..self.slots()).map(Slot::new)
    }

    /// The slot that a session id falls on.
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

/// Whether a set can be a block: it has a key, by which clients find it, an even
/// number of semaphores, and a mode that lets its owner open it through the Perl
/// module. Another program's set may look the same.
pub fn may_be_block(info: &SetInfo) -> bool {
    let halves = info.nsems >= 2 && info.nsems.is_multiple_of(2);
    halves && !info.is_private() && info.permissions.mode & DEFAULT_MODE == DEFAULT_MODE
}
