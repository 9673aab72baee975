//! Whose a set is.

use nix::unistd::{getegid, geteuid};

use super::{Call, Error, Key, NONE, Set, ffi, unless_refused};

impl Set {
    /// Creates the set at `key` as [`create`](Self::create) does, for a user and a
    /// group. Where it cannot be given to them, there is no set.
    pub fn create_for(key: Key, nsems: u16, mode: u16, uid: u32, gid: u32) -> Result<Self, Error> {
        let set = Self::create(key, nsems, mode)?;
        if is_own(uid, gid) {
            return Ok(set);
        }
        let given = ffi::give(set.semid(), uid, gid, mode);
        given.map(|()| set).map_err(|errno| {
            let _ = set.remove();
            set.failed(Call::Semctl("IPC_SET"))(errno)
        })
    }

    /// Fails where a filter keeps this process from creating a set for them.
    pub fn check_creating_for(uid: u32, gid: u32) -> Result<(), Error> {
        if is_own(uid, gid) {
            return Ok(());
        }
        let none = Self::from_id(NONE);
        let given = ffi::give(none.semid(), uid, gid, 0);
        given.map_err(none.failed(Call::Semctl("IPC_SET"))).or_else(unless_refused)
    }

    /// Gives the set to another owner; `None` leaves that half as it is.
    pub fn chown(self, uid: Option<u32>, gid: Option<u32>) -> Result<(), Error> {
        let mut raw = self.raw_header()?;
        raw.sem_perm.uid = uid.unwrap_or(raw.sem_perm.uid);
        raw.sem_perm.gid = gid.unwrap_or(raw.sem_perm.gid);
        ffi::set(self.semid, &mut raw).map_err(self.failed(Call::Semctl("IPC_SET")))
    }
}

/// Whether the sets that this process creates are theirs.
fn is_own(uid: u32, gid: u32) -> bool {
    (uid, gid) == (geteuid().as_raw(), getegid().as_raw())
}
