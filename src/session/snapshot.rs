//! What a block's semaphores say at one moment.

use super::{Block, Mode, Slot};
use crate::sysv::Error;

/// The two semaphores of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The slot.
    pub slot: Slot,
    /// How many readers are in, those with a persistent lock included.
    pub readers: i32,
    /// Whether the writer flag is raised.
    pub writer: bool,
    /// How many locks, of the readers or the writer, stay without a process.
    pub persistent: i32,
    /// How many of the readers a process has, or has left behind.
    pub live_readers: i32,
    /// Whether a process has raised the writer flag.
    pub live_writer: bool,
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
pub enum Listed {
    /// Those that somebody has or waits for.
    Used,
    /// Every one.
    All,
}

impl Counts {
    /// Whether somebody has the slot or waits for it.
    pub fn used(&self) -> bool {
        self.writer || self.readers > 0 || self.waiting > 0
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

    /// What the semaphores of many slots say. A call for each semaphore is what a
    /// look at a large block costs, so none is made whose answer is known.
    pub fn look(self, listed: Listed) -> Result<Vec<Counts>, Error> {
        let values = self.set().values()?;
        let (readers, writers) = values.split_at(self.slots().into());
        let mut seen = Vec::new();
        for (slot, (&readers, &flag)) in self.all_slots().zip(readers.iter().zip(writers)) {
            let mut counts = self.without_pid(slot, readers.into(), flag.into())?;
            if counts.used() {
                counts.pid = self.last_pid(&counts)?;
            }
            if counts.used() || listed == Listed::All {
                seen.push(counts);
            }
        }
        Ok(seen)
    }

    /// What the two semaphores of `slot` say now.
    pub fn counts(self, slot: Slot) -> Result<Counts, Error> {
        let [readers, flag] =
            [self.reader(slot), self.writer(slot)].map(|n| self.set().value(n.into()));
        let counts = self.without_pid(slot, readers?, flag?)?;
        Ok(Counts { pid: self.last_pid(&counts)?, ..counts })
    }

    /// All but the pid, where the values are known.
    fn without_pid(self, slot: Slot, readers: i32, flag: i32) -> Result<Counts, Error> {
        let (live_readers, persistent_readers) = split(readers, Mode::Read);
        let (live_writers, persistent_writers) = split(flag, Mode::Write);
        Ok(Counts {
            slot,
            readers: live_readers + persistent_readers,
            writer: flag > 0,
            persistent: persistent_readers + persistent_writers,
            live_readers,
            live_writer: live_writers > 0,
            waiting: self.waiting(self.reader(slot), readers)?
                + self.waiting(self.writer(slot), flag)?,
            pid: 0,
        })
    }

    fn last_pid(self, counts: &Counts) -> Result<i32, Error> {
        let raised = if counts.writer { Self::writer } else { Self::reader };
        self.set().pid(raised(self, counts.slot).into())
    }

    /// Nobody waits until a semaphore is zero that is.
    fn waiting(self, semnum: u16, value: i32) -> Result<i32, Error> {
        let for_zero = if value == 0 { 0 } else { self.set().zcnt(semnum.into())? };
        Ok(for_zero + self.set().ncnt(semnum.into())?)
    }
}

/// What a semaphore's value says: locks that a process holds, and persistent ones.
fn split(value: i32, mode: Mode) -> (i32, i32) {
    let one = i32::from(mode.persistent());
    (value % one, value / one)
}
