//! Who may read, alter and remove a set, by the kernel's rule.

use std::collections::BTreeSet;

use rustix::process::getgroups;

use super::{Gid, Uid, platform};

/// Owner, creator and mode of a set, which decide who may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permissions {
    /// The owner's user id.
    pub uid: Uid,
    /// The owner's group id.
    pub gid: Gid,
    /// The creator's user id.
    pub cuid: Uid,
    /// The creator's group id.
    pub cgid: Gid,
    /// Permission bits, `0..=0o777`.
    pub mode: u16,
}

/// A kind of access to a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// `IPC_STAT`, `GETVAL` and the like; a semop(2) that only waits for zero.
    Read,
    /// A semop(2) that changes a value; `SETVAL`, `SETALL`.
    Alter,
    /// `IPC_SET`, `IPC_RMID`.
    Own,
}

/// One of the three digits of a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// The owner and the creator.
    Owner,
    /// Others in the owner's or the creator's group.
    Group,
    /// Everybody else.
    Others,
}

/// The ids and capabilities that decide what a process may do. A process with several
/// user or group ids (real, effective, saved) can make each of them the effective one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// The user ids that are, or can become, the effective one.
    pub uids: Vec<Uid>,
    /// The group ids that are, or can become, the effective one.
    pub gids: Vec<Gid>,
    /// The supplementary groups, which the process cannot leave.
    pub groups: Vec<Gid>,
    /// `CAP_IPC_OWNER`: it may read and alter every set.
    pub ipc_owner: bool,
    /// `CAP_SYS_ADMIN`: it may do what an owner may with every set.
    pub sys_admin: bool,
}

/// Each id once.
fn distinct<I: Ord>(ids: impl IntoIterator<Item = I>) -> Vec<I> {
    let ids: BTreeSet<_> = ids.into_iter().collect();
    ids.into_iter().collect()
}

impl Credentials {
    /// These ids, and both rights if root is among them: all there is to know on a system
    /// without capabilities.
    pub(crate) fn of_ids(
        uids: impl IntoIterator<Item = Uid>,
        gids: impl IntoIterator<Item = Gid>,
        groups: impl IntoIterator<Item = Gid>,
    ) -> Self {
        let uids = distinct(uids);
        let is_root = uids.contains(&Uid::ROOT);
        let (gids, groups) = (distinct(gids), distinct(groups));
        Self { uids, gids, groups, ipc_owner: is_root, sys_admin: is_root }
    }

    /// This process's effective ids and its groups. If its capabilities cannot be read,
    /// root counts as having both.
    pub(crate) fn own() -> Self {
        let uid = Uid::own();
        let (ipc_owner, sys_admin) =
            platform::own_capabilities().unwrap_or((uid == Uid::ROOT, uid == Uid::ROOT));
        let groups = getgroups().unwrap_or_default();
        Self {
            uids: vec![uid],
            gids: vec![Gid::own()],
            groups: groups.into_iter().map(|gid| Gid::new(gid.as_raw())).collect(),
            ipc_owner,
            sys_admin,
        }
    }

    /// What every process of a user has: the user id, and root's capabilities.
    pub(crate) fn of_user(uid: Uid) -> Self {
        let is_root = uid == Uid::ROOT;
        Self { uids: vec![uid], ipc_owner: is_root, sys_admin: is_root, ..Self::default() }
    }
}

impl Permissions {
    /// From the fields of a header: owner, group, creator, creator's group. Kernels use
    /// further bits of the mode.
    pub(super) fn from_header([uid, gid, cuid, cgid]: [u32; 4], mode: impl Into<u32>) -> Self {
        let mode = u16::try_from(mode.into() & 0o777).expect("nine bits fit into sixteen");
        let (uid, cuid) = (Uid::new(uid), Uid::new(cuid));
        Self { uid, gid: Gid::new(gid), cuid, cgid: Gid::new(cgid), mode }
    }

    /// Whether the kernel allows a process with these credentials this access.
    ///
    /// For one effective user and group id, the first class that applies decides: an owner
    /// without a bit is refused even if the group has it. A process with several ids is
    /// allowed what any choice of them allows.
    /// Source: `ipcperms()` and `ipcctl_obtain_check()` of Linux' ipc/util.c;
    /// POSIX, "XSI Interprocess Communication".
    pub(crate) fn allow(&self, who: &Credentials, access: Access) -> bool {
        let any_has = |bit| self.classes(who).any(|class| self.digit(class) & bit != 0);
        match access {
            Access::Read => who.ipc_owner || any_has(4),
            Access::Alter => who.ipc_owner || any_has(2),
            Access::Own => who.sys_admin || self.classes(who).any(|class| class == Class::Owner),
        }
    }

    /// The classes that may decide, one for each choice of ids: a process with one user id
    /// and one group id has one class.
    pub(crate) fn classes(&self, who: &Credentials) -> impl Iterator<Item = Class> {
        let owns = |&uid: &Uid| uid == self.uid || uid == self.cuid;
        let belongs = |&gid: &Gid| gid == self.gid || gid == self.cgid;
        let not_owner = !who.uids.iter().all(owns);
        let always_member = who.groups.iter().any(belongs);
        let never_chosen = who.gids.is_empty();
        let can_be = [
            (Class::Owner, who.uids.iter().any(owns)),
            (Class::Group, not_owner && (always_member || who.gids.iter().any(belongs))),
            (
                Class::Others,
                not_owner && !always_member && (never_chosen || !who.gids.iter().all(belongs)),
            ),
        ];
        can_be.into_iter().filter(|(_, can_be)| *can_be).map(|(class, _)| class)
    }

    /// The digit of the mode that is for a class: 4 to read, 2 to alter.
    pub(crate) fn digit(&self, class: Class) -> u16 {
        let shift = match class {
            Class::Owner => 6,
            Class::Group => 3,
            Class::Others => 0,
        };
        self.mode >> shift & 7
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(family = "linux")]
    use crate::system::own_root;

    const OWNER: u32 = 33;
    const CREATOR: u32 = 1521;
    const STRANGER: u32 = 1000;

    fn may(mode: u16, who: &Credentials) -> String {
        let set = Permissions::from_header([OWNER, OWNER, CREATOR, CREATOR], mode);
        let all = [(Access::Read, 'r'), (Access::Alter, 'a'), (Access::Own, 'o')];
        all.iter().map(|&(access, sign)| if set.allow(who, access) { sign } else { '-' }).collect()
    }

    fn who(uids: &[u32], gids: &[u32], groups: &[u32]) -> Credentials {
        let [gids, groups] = [gids, groups].map(|ids| ids.iter().copied().map(Gid::new).collect());
        let uids = uids.iter().copied().map(Uid::new).collect();
        Credentials { uids, gids, groups, ..Credentials::default() }
    }

    #[test]
    fn the_first_class_that_applies_decides() {
        let owner = who(&[OWNER], &[OWNER], &[]);
        let creator = who(&[CREATOR], &[STRANGER], &[]);
        let member = who(&[STRANGER], &[OWNER], &[]);
        let creators_member = who(&[STRANGER], &[CREATOR], &[]);
        let by_supplement = who(&[STRANGER], &[STRANGER], &[7, OWNER]);
        let stranger = who(&[STRANGER], &[STRANGER], &[7]);
        for (name, mode, who, expected) in [
            ("the owner", 0o700, &owner, "rao"),
            ("the owner, to read", 0o400, &owner, "r-o"),
            ("the owner, to alter", 0o200, &owner, "-ao"),
            ("the owner of mode 0000", 0o000, &owner, "--o"),
            ("the owner, where only the group has bits", 0o070, &owner, "--o"),
            ("the owner, where only others have bits", 0o007, &owner, "--o"),
            ("the creator", 0o600, &creator, "rao"),
            ("the creator, where only others have bits", 0o007, &creator, "--o"),
            ("the group", 0o060, &member, "ra-"),
            ("the group, to read", 0o040, &member, "r--"),
            ("the group, where the owner has bits", 0o600, &member, "---"),
            ("the group, where others have bits", 0o606, &member, "---"),
            ("the creator's group", 0o020, &creators_member, "-a-"),
            ("a supplementary group", 0o060, &by_supplement, "ra-"),
            ("a supplementary group, where others have bits", 0o606, &by_supplement, "---"),
            ("others", 0o006, &stranger, "ra-"),
            ("others, to read", 0o004, &stranger, "r--"),
            ("others, where the rest has bits", 0o770, &stranger, "---"),
            ("execute alone", 0o111, &owner, "--o"),
        ] {
            assert_eq!(may(mode, who), expected, "{name}");
        }
    }

    #[test]
    fn a_process_with_several_ids_can_choose_among_them() {
        let owner_or_other = who(&[STRANGER, OWNER], &[STRANGER], &[]);
        let member_or_other = who(&[STRANGER], &[OWNER, STRANGER], &[]);
        for (name, mode, who, expected) in [
            ("as the owner", 0o600, &owner_or_other, "rao"),
            ("as another", 0o006, &owner_or_other, "rao"),
            ("as each for one bit", 0o402, &owner_or_other, "rao"),
            ("neither", 0o070, &owner_or_other, "--o"),
            ("by its group", 0o060, &member_or_other, "ra-"),
            ("without its group", 0o006, &member_or_other, "ra-"),
            ("groups unknown", 0o006, &who(&[STRANGER], &[], &[]), "ra-"),
            ("no ids at all", 0o777, &Credentials::default(), "---"),
        ] {
            assert_eq!(may(mode, who), expected, "{name}");
        }
    }

    #[test]
    fn each_capability_overrides_its_own_part() {
        let stranger = who(&[STRANGER], &[STRANGER], &[]);
        let ipc_owner = Credentials { ipc_owner: true, ..stranger.clone() };
        let sys_admin = Credentials { sys_admin: true, ..stranger };
        assert_eq!(may(0, &ipc_owner), "ra-");
        assert_eq!(may(0, &sys_admin), "--o");
        assert_eq!(may(0, &Credentials::of_user(Uid::ROOT)), "rao");
        assert_eq!(may(0o600, &who(&[0], &[0], &[])), "---", "root without capabilities");
    }

    #[cfg(family = "linux")]
    #[test]
    fn root_counts_as_having_the_capabilities_that_cannot_be_read() {
        let own = Credentials::own;
        assert_eq!(own().uids, [Uid::own()]);
        let unread = own_root::with_files(&[("etc/hostname", "")], own);
        assert_eq!([unread.ipc_owner, unread.sys_admin], [Uid::own() == Uid::ROOT; 2]);
    }

    #[test]
    fn this_process_has_one_class() {
        let set = Permissions::from_header([1, 2, 3, 4], 0o600_u16);
        assert_eq!(set.classes(&Credentials::own()).count(), 1);
    }
}
