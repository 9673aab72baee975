//! The slots of a block at one moment.

use std::collections::BTreeSet;

use super::{Block, Flag, Readers, Slot};
use crate::sysv::{Error, Pid};

/// What the two semaphores of a slot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The slot.
    pub slot: Slot,
    /// How many read locks there are.
    pub readers: Readers,
    /// Whether there is a write lock.
    pub flag: Flag,
    /// How many processes wait for one of the two.
    pub waiting: i32,
    /// `sempid` of the raised semaphore: the holder of the write lock, or else the last
    /// process that took or released a read lock. None if it is of another pid
    /// namespace.
    pub pid: Option<Pid>,
}

/// Which slots to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotFilter {
    /// Those that are locked or waited for.
    InUse,
    /// Every slot.
    All,
}

/// The processes that hold locks on some slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LiveLocks {
    /// There are read locks, whose holders the kernel does not name.
    Readers,
    /// There are only write locks, held by these processes.
    Writers(BTreeSet<Pid>),
}

impl Counts {
    /// Whether the slot is locked or waited for.
    pub(crate) fn is_in_use(&self) -> bool {
        self.is_locked() || self.waiting > 0
    }

    /// Whether the slot is locked.
    pub fn is_locked(&self) -> bool {
        self.flag.is_raised() || self.readers.all() > 0
    }

    /// How many persistent locks there are.
    pub fn persistent(&self) -> i32 {
        self.readers.persistent + i32::from(self.flag.is_persistent())
    }
}

impl Block {
    /// The slots whose semaphores are not both 0, read in one call. A client that takes
    /// a lock waits only for those, except at the moment when it wakes.
    pub fn raised_slots(self) -> Result<Vec<Slot>, Error> {
        let values = self.set().values()?;
        let (readers, writers) = values.split_at(usize::from(self.slots()));
        let pairs = self.all_slots().zip(readers.iter().zip(writers));
        Ok(pairs.filter(|&(_, pair)| pair != (&0, &0)).map(|(slot, _)| slot).collect())
    }

    /// Which processes hold locks on these slots, as far as the semaphores tell.
    pub(crate) fn live_locks(self, slots: impl Iterator<Item = Slot>) -> Result<LiveLocks, Error> {
        let values = self.set().values()?;
        let value = |semnum: u16| values.get(usize::from(semnum)).copied().unwrap_or(0);
        let mut writers = BTreeSet::new();
        for slot in slots {
            if Readers::of(value(self.reader(slot))).live > 0 {
                return Ok(LiveLocks::Readers);
            }
            if Flag::of(value(self.writer(slot))) == Flag::Live {
                writers.extend(self.set().pid(self.writer(slot).into())?);
            }
        }
        Ok(LiveLocks::Writers(writers))
    }

    /// Reads many slots. On a large block, the calls for single semaphores take the time,
    /// so calls with a known answer are left out. A free slot has no pid.
    pub(crate) fn read_slots(self, listed: SlotFilter) -> Result<Vec<Counts>, Error> {
        self.slots_with(&self.set().values()?, listed)
    }

    /// The same, unless a slot is in use. A raised semaphore says so without further calls.
    pub(crate) fn read_unused(self, listed: SlotFilter) -> Result<Option<Vec<Counts>>, Error> {
        let values = self.set().values()?;
        if values.iter().any(|&value| value != 0) {
            return Ok(None);
        }
        let counts = self.slots_with(&values, listed)?;
        Ok((!counts.iter().any(Counts::is_in_use)).then_some(counts))
    }

    /// The slots of semaphores with these values.
    fn slots_with(self, values: &[u16], listed: SlotFilter) -> Result<Vec<Counts>, Error> {
        let (readers, writers) = values.split_at(self.slots().into());
        let mut seen = Vec::new();
        for (slot, (&readers, &flag)) in self.all_slots().zip(readers.iter().zip(writers)) {
            let mut counts = self.without_pid(slot, readers, flag)?;
            if counts.is_in_use() {
                counts.pid = self.last_pid(&counts)?;
            }
            if counts.is_in_use() || listed == SlotFilter::All {
                seen.push(counts);
            }
        }
        Ok(seen)
    }

    /// Reads one slot.
    pub fn counts(self, slot: Slot) -> Result<Counts, Error> {
        let [readers, flag] = [self.reader(slot), self.writer(slot)].map(|n| self.value(n));
        let counts = self.without_pid(slot, readers?, flag?)?;
        Ok(Counts { pid: self.last_pid(&counts)?, ..counts })
    }

    pub(super) fn value(self, semnum: u16) -> Result<u16, Error> {
        self.set().value(semnum.into()).map(|value| u16::try_from(value).unwrap_or(u16::MAX))
    }

    /// A slot with these values, without the pid.
    fn without_pid(self, slot: Slot, readers: u16, flag: u16) -> Result<Counts, Error> {
        let waiting =
            self.waiting(self.reader(slot), readers)? + self.waiting(self.writer(slot), flag)?;
        let (readers, flag) = (Readers::of(readers), Flag::of(flag));
        Ok(Counts { slot, readers, flag, waiting, pid: None })
    }

    fn last_pid(self, counts: &Counts) -> Result<Option<Pid>, Error> {
        let raised = if counts.flag.is_raised() { Self::writer } else { Self::reader };
        self.set().pid(raised(self, counts.slot).into())
    }

    /// Nobody waits for zero if the value is 0.
    fn waiting(self, semnum: u16, value: u16) -> Result<i32, Error> {
        let for_zero = if value == 0 { 0 } else { self.set().zcnt(semnum.into())? };
        Ok(for_zero + self.set().ncnt(semnum.into())?)
    }
}
