//! The commands that create or replace a block.

use nix::unistd::{getegid, geteuid};

use super::Fix;
use super::capacity::Demand;
use super::limits;
use super::shell::ShellCommand;
use crate::session::DEFAULT_MODE;
use crate::sysv::{DEFAULT_NSEMS, Key, Permissions, SetInfo};

/// The mode and the owner that were requested for a block; None where any will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestedPermissions {
    pub mode: Option<u16>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    /// The owner as it was written: `USER[:GROUP]`.
    pub owner: Option<String>,
}

impl RequestedPermissions {
    /// How an existing set differs, a sentence each.
    pub(crate) fn differences(&self, actual: Permissions) -> Vec<String> {
        let differs = |has: u32, requested: Option<u32>| requested.filter(|&it| it != has);
        let mode = differs(actual.mode.into(), self.mode.map(u32::from))
            .map(|mode| format!("its mode is {:04o}, but {mode:04o} was requested", actual.mode));
        let id = |what: &str, has: u32, requested: Option<u32>| {
            let requested = differs(has, requested)?;
            Some(format!("its owner is {what} {has}, but {what} {requested} was requested"))
        };
        let user = id("user", actual.uid, self.uid);
        let group = id("group", actual.gid, self.gid);
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
        let is_own = (old.uid, old.gid) == (geteuid().as_raw(), getegid().as_raw());
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

    const ACTUAL: Permissions = Permissions { uid: 1, gid: 2, cuid: 1, cgid: 2, mode: 0o700 };

    #[test]
    fn only_what_was_requested_can_differ() {
        let requested = |mode, uid, gid| RequestedPermissions { mode, uid, gid, owner: None };
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
            assert_eq!(requested.differences(ACTUAL), expected);
        }
    }

    #[test]
    fn a_set_is_created_again_with_its_mode_and_owner() {
        let old = Permissions { uid: 4_100_000, gid: 4_100_001, mode: 0o770, ..ACTUAL };
        assert_eq!(
            NewSet::like(Key::new(5), old).create(8).to_string(),
            "semlock create --key 5 --nsems 8 --mode 0770 --owner 4100000:4100001"
        );
    }
}
