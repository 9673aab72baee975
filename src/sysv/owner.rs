//! Creating a set for another owner.

use super::{Call, Error, Gid, Key, Set, Uid, ffi};

impl Set {
    /// Creates the set at `key` as [`create`](Self::create) does, and gives it to this
    /// owner. If that fails, the set is removed again.
    pub(crate) fn create_for(
        key: Key,
        nsems: u16,
        mode: u16,
        uid: Uid,
        gid: Gid,
    ) -> Result<Self, Error> {
        let set = Self::create(key, nsems, mode)?;
        if is_own(uid, gid) {
            return Ok(set);
        }
        set.give(uid, gid, mode).map(|()| set).inspect_err(|_| {
            let _ = set.remove();
        })
    }

    /// Gives the set to a user and a group, with this mode: semctl(2) `IPC_SET`. Fails
    /// with EPERM for a set of another user, with EINVAL or EIDRM if the set is gone.
    pub fn give(self, uid: Uid, gid: Gid, mode: u16) -> Result<(), Error> {
        ffi::give(self.semid().raw(), uid.raw(), gid.raw(), mode)
            .map_err(self.failed(Call::Semctl("IPC_SET")))
    }
}

/// Whether this is the owner of the sets that this process creates.
pub(super) fn is_own(uid: Uid, gid: Gid) -> bool {
    (uid, gid) == (Uid::own(), Gid::own())
}
