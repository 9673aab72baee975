//! A set and its semaphores at one moment.

use super::{Error, Pid, Semid, Set, SetInfo};

/// A set and its semaphores, as near as separate calls come to one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetState {
    /// The set.
    pub info: SetInfo,
    /// Its semaphores, in their order.
    pub semaphores: Vec<Semaphore>,
}

/// One semaphore: semctl(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Semaphore {
    /// Its value.
    pub semval: u16,
    /// How many processes wait for a higher value.
    pub semncnt: u32,
    /// How many processes wait for zero.
    pub semzcnt: u32,
    /// The last process that completed an operation on it; None if there was none, or it
    /// is of another pid namespace.
    pub sempid: Option<Pid>,
}

/// The values of more semaphores are read with `GETALL`: two calls and a copy.
const MAX_SINGLE_READS: u32 = 4;

impl SetState {
    /// Reads a set, its header included, now. Fails with EACCES without read
    /// permission, with EINVAL or EIDRM if there is no such set.
    pub(crate) fn read(semid: Semid) -> Result<Self, Error> {
        Self::of(Set::from_id(semid).info()?)
    }

    /// Reads the semaphores of a set whose header was read a moment ago.
    pub(crate) fn of(info: SetInfo) -> Result<Self, Error> {
        let set = Set::from_id(info.semid);
        let semaphores: Result<_, _> = if info.nsems > MAX_SINGLE_READS {
            let values = (0..).zip(set.values()?);
            values.map(|(semnum, semval)| set.semaphore(semnum, semval)).collect()
        } else {
            (0..info.nsems).map(|semnum| set.semaphore(semnum, set.value_of(semnum)?)).collect()
        };
        Ok(Self { info, semaphores: semaphores? })
    }

    /// How many processes wait for one of its semaphores.
    pub(crate) fn waiting(&self) -> u32 {
        let each = |one: &Semaphore| one.semncnt.saturating_add(one.semzcnt);
        self.semaphores.iter().map(each).fold(0, u32::saturating_add)
    }

    /// Whether a semaphore has another value than 0.
    pub(crate) fn is_raised(&self) -> bool {
        self.semaphores.iter().any(|semaphore| semaphore.semval > 0)
    }

    /// Whether no operation was ever done on it, and no value set.
    pub(crate) fn is_untouched(&self) -> bool {
        let is_new = |semaphore: &Semaphore| semaphore.semval == 0 && semaphore.sempid.is_none();
        self.info.otime.is_none() && self.semaphores.iter().all(is_new)
    }

    /// Whether a process of another pid namespace may use it: one of its semaphores names
    /// no process of this one.
    pub(crate) fn may_be_used_elsewhere(&self) -> bool {
        self.semaphores.iter().any(|semaphore| semaphore.sempid.is_none())
    }
}

impl Set {
    fn value_of(self, semnum: u32) -> Result<u16, Error> {
        Ok(u16::try_from(self.value(semnum)?).unwrap_or(u16::MAX))
    }

    fn semaphore(self, semnum: u32, semval: u16) -> Result<Semaphore, Error> {
        let count = |number: i32| u32::try_from(number).unwrap_or(0);
        Ok(Semaphore {
            semval,
            semncnt: count(self.ncnt(semnum)?),
            // Nobody waits for zero if the value is 0.
            semzcnt: if semval == 0 { 0 } else { count(self.zcnt(semnum)?) },
            sempid: self.pid(semnum)?,
        })
    }
}
