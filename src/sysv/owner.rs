//! Whose a set is.

use super::{Call, Error, Gid, Key, NONE, Set, Uid, ffi, unless_refused};

impl Set {
    /// Creates the set at `key` as [`create`](Self::create) does, for a user and a
    /// group. Where it cannot be given to them, there is no set.
    pub fn create_for(key: Key, nsems: u16, mode: u16, uid: Uid, gid: Gid) -> Result<Self, Error> {
        let set = Self::create(key, nsems, mode)?;
        if is_own(uid, gid) {
            return Ok(set);
        }
        set.give(uid, gid, mode).map(|()| set).inspect_err(|_| {
            let _ = set.remove();
        })
    }

    /// Fails where a filter keeps this process from creating a set for them.
    pub fn check_can_give_to(uid: Uid, gid: Gid) -> Result<(), Error> {
        if is_own(uid, gid) {
            return Ok(());
        }
        Self::from_id(NONE).give(uid, gid, 0).or_else(unless_refused)
    }

    /// Gives the set to a user and a group, with this mode.
    pub fn give(self, uid: Uid, gid: Gid, mode: u16) -> Result<(), Error> {
        ffi::give(self.semid.raw(), uid.raw(), gid.raw(), mode)
            .map_err(self.failed(Call::Semctl("IPC_SET")))
    }
}

/// Whether the sets that this process creates are theirs.
fn is_own(uid: Uid, gid: Gid) -> bool {
    (uid, gid) == (Uid::own(), Gid::own())
}
