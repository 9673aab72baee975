//! Whether this system has semaphores, and lets this process use them.
//!
//! Each call is made once on a set that cannot exist. ENOSYS, from a system without
//! semaphores, and EPERM, from a filter, are errors here. Any other errno, such as EINVAL,
//! shows that the kernel has the call.

use nix::errno::Errno;

use super::{Call, Error, Gid, Key, Op, Semid, Set, Uid, Wait, owner, platform};

/// No set has this id.
const NO_SET: Semid = Semid::new(-1);

/// Fails unless this process may create, lock and remove a set.
pub(crate) fn check_can_create() -> Result<(), Error> {
    check_can_lock()?;
    Set::from_id(NO_SET).remove().or_else(unless_refused)
}

/// Fails unless this process may lock a set. semtimedop(2) is not tried, because even a wait
/// with a limit works without it.
fn check_can_lock() -> Result<(), Error> {
    Set::open(Key::new(1)).map(drop).or_else(unless_refused)?;
    check_can_read()?;
    Set::from_id(NO_SET).operate(&[Op::zero(0)], Wait::Not).map(drop).or_else(unless_refused)
}

/// Fails unless this process may read a set.
pub(crate) fn check_can_read() -> Result<(), Error> {
    let none = Set::from_id(NO_SET);
    platform::check().map_err(none.failed(Call::Semctl("GETVAL")))?;
    none.value(0).map(drop).or_else(unless_refused)
}

impl Set {
    /// Fails if a filter keeps this process from creating a set for this owner.
    pub(crate) fn check_can_give_to(uid: Uid, gid: Gid) -> Result<(), Error> {
        if owner::is_own(uid, gid) {
            return Ok(());
        }
        Self::from_id(NO_SET).give(uid, gid, 0).or_else(unless_refused)
    }
}

fn unless_refused(error: Error) -> Result<(), Error> {
    match error.errno {
        Errno::ENOSYS | Errno::EPERM => Err(error),
        _ => Ok(()),
    }
}
