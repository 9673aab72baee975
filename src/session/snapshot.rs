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
    /// or out. 0 for a process of another pid namespace.
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
    fn free(slot: Slot) -> Self {
        Self {
            slot,
            readers: 0,
            writer: false,
            persistent: 0,
            live_readers: 0,
            live_writer: false,
            waiting: 0,
            pid: 0,
        }
    }

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

    /// What the semaphores of many slots say. Those that are 0 are asked no more
    /// than can be: a call for each semaphore is what a look at a large block costs.
    pub fn look(self, listed: Listed) -> Result<Vec<Counts>, Error> {
        let values = self.set().values()?;
        let mut seen = Vec::new();
        for slot in self.all_slots() {
            let [reader, writer] = [self.reader(slot), self.writer(slot)].map(usize::from);
            let counts = if (values[reader], values[writer]) == (0, 0) {
                self.counts_of_free(slot, listed)?
            } else {
                self.counts(slot)?
            };
            if listed == Listed::All || counts.used() {
                seen.push(counts);
            }
        }
        Ok(seen)
    }

    /// Nobody waits for a semaphore to be zero that is zero.
    fn counts_of_free(self, slot: Slot, listed: Listed) -> Result<Counts, Error> {
        let (set, reader, writer) = (self.set(), self.reader(slot), self.writer(slot));
        let waiting = set.ncnt(reader)? + set.ncnt(writer)?;
        let pid = if waiting > 0 || listed == Listed::All { set.pid(reader)? } else { 0 };
        Ok(Counts { waiting, pid, ..Counts::free(slot) })
    }

    /// What the two semaphores of `slot` say now.
    pub fn counts(self, slot: Slot) -> Result<Counts, Error> {
        let (set, reader, writer) = (self.set(), self.reader(slot), self.writer(slot));
        let flag = set.value(writer)?;
        let raised = flag > 0;
        let (live_readers, persistent_readers) = split(set.value(reader)?, Mode::Read);
        let (live_writers, persistent_writers) = split(flag, Mode::Write);
        Ok(Counts {
            slot,
            readers: live_readers + persistent_readers,
            writer: raised,
            persistent: persistent_readers + persistent_writers,
            live_readers,
            live_writer: live_writers > 0,
            waiting: set.ncnt(reader)?
                + set.zcnt(reader)?
                + set.ncnt(writer)?
                + set.zcnt(writer)?,
            pid: set.pid(if raised { writer } else { reader })?,
        })
    }
}

/// What a semaphore's value says: locks that a process holds, and persistent ones.
fn split(value: i32, mode: Mode) -> (i32, i32) {
    let one = i32::from(mode.persistent());
    (value % one, value / one)
}
