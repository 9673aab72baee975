//! What a block's semaphores say at one moment.

use std::collections::BTreeSet;

use super::{Block, Flag, Readers, Slot};
use crate::sysv::Error;

/// The two semaphores of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The slot.
    pub slot: Slot,
    /// How many readers are in.
    pub readers: Readers,
    /// Whether a writer is in, or a lock stays that one has left.
    pub flag: Flag,
    /// How many processes wait for one of the two.
    pub waiting: i32,
    /// The last process that changed or waited for the semaphore that is
    /// raised: the holder of a writer flag, but any one of the readers, be it in
    /// or out. 0 for a process of another pid namespace, and in a [`look`](Block::look)
    /// at many slots for a free one.
    pub pid: i32,
}

/// Which slots to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotFilter {
    /// Those that somebody has or waits for.
    InUse,
    /// Every one.
    All,
}

/// The processes that have slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveLocks {
    /// There are readers, which the kernel does not name.
    Readers,
    /// There are none but these writers, each once.
    Writers(BTreeSet<i32>),
}

impl Counts {
    /// Whether it is locked, or a process waits for it.
    pub fn is_in_use(&self) -> bool {
        self.is_locked() || self.waiting > 0
    }

    /// Whether one of the two is raised.
    pub fn is_locked(&self) -> bool {
        self.flag.is_raised() || self.readers.all() > 0
    }

    /// How many locks, of the readers or the writer, stay without a process.
    pub fn persistent(&self) -> i32 {
        self.readers.persistent + i32::from(self.flag.is_persistent())
    }
}

impl Block {
    /// The slots whose semaphores are not both 0, found in one call.
    ///
    /// Only those can have anybody waiting, except for the moment in which a
    /// waiter wakes.
    pub fn raised_slots(self) -> Result<Vec<Slot>, Error> {
        let values = self.set().values()?;
        let (readers, writers) = values.split_at(usize::from(self.slots()));
        let pairs = self.all_slots().zip(readers.iter().zip(writers));
        Ok(pairs.filter(|&(_, pair)| pair != (&0, &0)).map(|(slot, _)| slot).collect())
    }

    /// Whose these slots are, as far as that takes no look at processes.
    pub fn live_locks(self, slots: impl Iterator<Item = Slot>) -> Result<LiveLocks, Error> {
        let values = self.set().values()?;
        let value = |semnum: u16| values.get(usize::from(semnum)).copied().unwrap_or(0);
        let mut writers = BTreeSet::new();
        for slot in slots {
            if Readers::of(value(self.reader(slot))).live > 0 {
                return Ok(LiveLocks::Readers);
            }
            if Flag::of(value(self.writer(slot))) == Flag::Live {
                writers.insert(self.set().pid(self.writer(slot).into())?);
            }
        }
        Ok(LiveLocks::Writers(writers))
    }

    /// What the semaphores of many slots say. A call for each semaphore is what a
    /// look at a large block costs, so none is made whose answer is known.
    pub fn read_slots(self, listed: SlotFilter) -> Result<Vec<Counts>, Error> {
        let values = self.set().values()?;
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

    /// What the two semaphores of `slot` say now.
    pub fn counts(self, slot: Slot) -> Result<Counts, Error> {
        let [readers, flag] = [self.reader(slot), self.writer(slot)].map(|n| self.value(n));
        let counts = self.without_pid(slot, readers?, flag?)?;
        Ok(Counts { pid: self.last_pid(&counts)?, ..counts })
    }

    /// The value of a semaphore now.
    pub(super) fn value(self, semnum: u16) -> Result<u16, Error> {
        self.set().value(semnum.into()).map(|value| u16::try_from(value).unwrap_or(u16::MAX))
    }

    /// All but the pid, where the values are known.
    fn without_pid(self, slot: Slot, readers: u16, flag: u16) -> Result<Counts, Error> {
        let waiting =
            self.waiting(self.reader(slot), readers)? + self.waiting(self.writer(slot), flag)?;
        let (readers, flag) = (Readers::of(readers), Flag::of(flag));
        Ok(Counts { slot, readers, flag, waiting, pid: 0 })
    }

    fn last_pid(self, counts: &Counts) -> Result<i32, Error> {
        let raised = if counts.flag.is_raised() { Self::writer } else { Self::reader };
        self.set().pid(raised(self, counts.slot).into())
    }

    /// Nobody waits until a semaphore is zero that is.
    fn waiting(self, semnum: u16, value: u16) -> Result<i32, Error> {
        let for_zero = if value == 0 { 0 } else { self.set().zcnt(semnum.into())? };
        Ok(for_zero + self.set().ncnt(semnum.into())?)
    }
}
