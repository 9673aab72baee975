//! The commands that create or replace a block.

use super::capacity::Demand;
use super::fix::Fix;
use super::limits;
use super::shell::ShellCommand;
use crate::session::DEFAULT_MODE;
use crate::sysv::{DEFAULT_NSEMS, Gid, Key, Permissions, SetInfo, Uid};

/// The mode and the owner that were requested for a block; None where any will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestedPermissions {
    pub mode: Option<u16>,
    pub uid: Option<Uid>,
    pub gid: Option<Gid>,
    /// The owner as it was written: `USER[:GROUP]`.
    pub owner: Option<String>,
}

impl RequestedPermissions {
    /// How an existing set differs, a sentence each.
    pub(crate) fn differences(&self, actual: Permissions) -> Vec<String> {
        let mode = self
            .mode
            .filter(|&mode| mode != actual.mode)
            .map(|mode| format!("its mode is {:04o}, but {mode:04o} was requested", actual.mode));
        let owner = |what, is, requested| {
            format!("its owner is {what} {is}, but {what} {requested} was requested")
        };
        let user = self.uid.filter(|&uid| uid != actual.uid);
        let user = user.map(|uid| owner("user", actual.uid.to_string(), uid.to_string()));
        let group = self.gid.filter(|&gid| gid != actual.gid);
        let group = group.map(|gid| owner("group", actual.gid.to_string(), gid.to_string()));
        [mode, user, group].into_iter().flatten().collect()
    }

    /// The options of `semlock create`.
    fn options(&self) -> Vec<String> {
        let mode = self.mode.map(|mode| ["--mode".into(), format!("{mode:04o}")]);
        let owner = self.owner.clone().map(|owner| ["--owner".into(), owner]);
        mode.into_iter().chain(owner).flatten().collect()
    }
}

/// A set to be created.
#[derive(Clone, Debug)]
pub(super) struct NewSet {
    pub key: Key,
    pub requested: RequestedPermissions,
}

impl NewSet {
    /// One like the set that was at `key`.
    pub(super) fn like(key: Key, old: Permissions) -> Self {
        let is_own = (old.uid, old.gid) == (Uid::own(), Gid::own());
        let owner = (!is_own).then(|| format!("{}:{}", old.uid, old.gid));
        let mode = Some(old.mode).filter(|&mode| mode != DEFAULT_MODE);
        Self { key, requested: RequestedPermissions { mode, owner, ..Default::default() } }
    }

    pub(super) fn create(&self, nsems: u32) -> ShellCommand {
        create(self.key, Some(nsems)).args(self.requested.options())
    }

    pub(super) fn replace(&self, nsems: u32) -> ShellCommand {
        replace_command(self.key, Some(nsems), &self.requested)
    }
}

/// The command that creates a block as it was.
pub(crate) fn create_again(old: &SetInfo) -> ShellCommand {
    NewSet::like(old.key, old.permissions).create(old.nsems)
}

/// The command that replaces the block at `key`; what is not requested stays as it is.
pub(crate) fn replace_command(
    key: Key,
    nsems: Option<u32>,
    requested: &RequestedPermissions,
) -> ShellCommand {
    let replace = ShellCommand::semlock("create").arg("--replace").option("--key", key);
    replace.args(size(nsems)).args(requested.options())
}

/// Creates the missing block at `key`, of the size that the client states.
pub(crate) fn create_fixes(key: Key, stated: Option<u16>) -> Vec<Fix> {
    let demand = Demand::set(stated.unwrap_or(DEFAULT_NSEMS).into());
    limits::raised_for(demand, Vec::new(), create(key, stated.map(Into::into)).into())
}

fn create(key: Key, nsems: Option<u32>) -> ShellCommand {
    ShellCommand::semlock("create").option("--key", key).args(size(nsems))
}

fn size(nsems: Option<u32>) -> Vec<String> {
    nsems.map_or_else(Vec::new, |nsems| vec!["--nsems".into(), nsems.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(uid: u32, gid: u32, mode: u16) -> Permissions {
        let (uid, gid) = (Uid::new(uid), Gid::new(gid));
        Permissions { uid, gid, cuid: uid, cgid: gid, mode }
    }

    #[test]
    fn only_what_was_requested_can_differ() {
        let requested = |mode, uid: Option<u32>, gid: Option<u32>| {
            let (uid, gid) = (uid.map(Uid::new), gid.map(Gid::new));
            RequestedPermissions { mode, uid, gid, owner: None }
        };
        for (requested, expected) in [
            (requested(None, None, None), &[][..]),
            (requested(Some(0o700), Some(1), Some(2)), &[]),
            (requested(Some(0o600), None, None), &["its mode is 0700, but 0600 was requested"]),
            (
                requested(None, Some(3), Some(4)),
                &[
                    "its owner is user 1, but user 3 was requested",
                    "its owner is group 2, but group 4 was requested",
                ],
            ),
        ] {
            assert_eq!(requested.differences(permissions(1, 2, 0o700)), expected);
        }
    }

    #[test]
    fn a_set_is_created_again_with_its_mode_and_owner() {
        let old = permissions(4_100_000, 4_100_001, 0o770);
        assert_eq!(
            NewSet::like(Key::new(5), old).create(8).to_string(),
            "semlock create --key 5 --nsems 8 --mode 0770 --owner 4100000:4100001"
        );
    }
}
