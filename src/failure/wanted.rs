//! What a block is to be like beside its key and its size.

use crate::sysv::Permissions;

/// What was asked for; None is whatever it comes to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Permission bits.
    pub mode: Option<u16>,
    /// The owner's user id.
    pub uid: Option<u32>,
    /// The owner's group id.
    pub gid: Option<u32>,
    /// The owner as it was written: `USER[:GROUP]`.
    pub owner: Option<String>,
}

impl Wanted {
    /// What a set that is there has otherwise, a sentence each.
    pub(crate) fn differences(&self, is: Permissions) -> Vec<String> {
        let differs = |has: u32, wanted: Option<u32>| wanted.filter(|&wanted| wanted != has);
        let mode = differs(is.mode.into(), self.mode.map(u32::from));
        let mode =
            mode.map(|mode| format!("its mode is {:04o}, asked for was {mode:04o}", is.mode));
        let user = differs(is.uid, self.uid);
        let user =
            user.map(|uid| format!("its owner is user {}, asked for was user {uid}", is.uid));
        let group = differs(is.gid, self.gid);
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
