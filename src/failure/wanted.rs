//! What a block is to be like beside its key and its size.

use crate::sysv::{Gid, Permissions, Uid};

/// What was asked for; None is whatever it comes to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Permission bits.
    pub mode: Option<u16>,
    /// The owner's user id.
    pub uid: Option<Uid>,
    /// The owner's group id.
    pub gid: Option<Gid>,
    /// The owner as it was written: `USER[:GROUP]`.
    pub owner: Option<String>,
}

impl Wanted {
    /// What a set that is there has otherwise, a sentence each.
    pub(crate) fn differences(&self, is: Permissions) -> Vec<String> {
        let mode = self.mode.filter(|&mode| mode != is.mode);
        let mode =
            mode.map(|mode| format!("its mode is {:04o}, asked for was {mode:04o}", is.mode));
        let user = self.uid.filter(|&uid| uid != is.uid);
        let user =
            user.map(|uid| format!("its owner is user {}, asked for was user {uid}", is.uid));
        let group = self.gid.filter(|&gid| gid != is.gid);
        let group =
            group.map(|gid| format!("its owner is group {}, asked for was group {gid}", is.gid));
        [mode, user, group].into_iter().flatten().collect()
    }

    /// Options of `semlock create`.
    pub(crate) fn options(&self) -> Vec<String> {
        let mode = self.mode.map(|mode| ["--mode".into(), format!("{mode:04o}")]);
        let owner = self.owner.clone().map(|owner| ["--owner".into(), owner]);
        mode.into_iter().chain(owner).flatten().collect()
    }
}
