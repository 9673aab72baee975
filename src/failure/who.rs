//! Who may run a fix.

use super::fix::Fix;
use crate::system::accounts::AccountNames;
use crate::sysv::{Access, Credentials, SetInfo, Uid};
use crate::words::named;

/// What a fix does with a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It reads the set and takes or clears locks in it.
    Lock,
    /// It removes the set, after checking that nobody uses it.
    Remove,
}

impl Action {
    /// Whether this user may.
    pub(crate) fn is_permitted(self, set: &SetInfo) -> bool {
        self.is_permitted_to(&Credentials::own(), set)
    }

    fn is_permitted_to(self, who: &Credentials, set: &SetInfo) -> bool {
        let needed: &[_] = match self {
            Self::Lock => &[Access::Read, Access::Alter],
            Self::Remove => &[Access::Read, Access::Alter, Access::Own],
        };
        needed.iter().all(|&access| set.permissions.allow(who, access))
    }

    /// Its owner, its creator and root, as far as they may.
    pub(super) fn permitted_users(self, set: &SetInfo) -> Vec<Uid> {
        let mut users = owners(set);
        users.retain(|&uid| self.is_permitted_to(&Credentials::of_user(uid), set));
        users
    }
}

/// Those to whom the set belongs, whatever its mode.
pub(super) fn owners(set: &SetInfo) -> Vec<Uid> {
    vec![set.permissions.uid, set.permissions.cuid, Uid::ROOT]
}

/// `fix`, which does this with the set; where this user may not, with the users who may.
pub(crate) fn by_permitted(action: Action, set: &SetInfo, fix: Fix) -> Fix {
    if action.is_permitted(set) { fix } else { labelled(&action.permitted_users(set), fix) }
}

/// `fix`, which removes these sets. Where this user may not, it is root's: only root sees
/// everything that decides whether they may go.
pub(crate) fn as_root_unless_removable<'a>(
    sets: impl IntoIterator<Item = &'a SetInfo>,
    fix: Fix,
) -> Fix {
    let may_remove = sets.into_iter().all(|set| Action::Remove.is_permitted(set));
    if may_remove { fix } else { as_root(fix) }
}

/// `fix` for root, unless this user is root.
pub(crate) fn as_root(fix: Fix) -> Fix {
    labelled(&[Uid::ROOT], fix)
}

fn labelled(users: &[Uid], fix: Fix) -> Fix {
    match others(users) {
        Some(others) => fix.by(others),
        None => fix,
    }
}

/// `fix` for the users other than this one; None if there are none.
pub(super) fn by_others(users: &[Uid], fix: Fix) -> Option<Fix> {
    others(users).map(|others| fix.by(others))
}

/// "as www-data (33) or as root (0)": each user once, and not this one.
fn others(uids: &[Uid]) -> Option<String> {
    let own = Uid::own();
    let names = AccountNames::of(uids, &[]);
    let mut users: Vec<String> = Vec::new();
    for &uid in uids.iter().filter(|&&uid| uid != own) {
        let user = format!("as {}", named(names.user(uid), uid));
        if !users.contains(&user) {
            users.push(user);
        }
    }
    (!users.is_empty()).then(|| users.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Gid, Key, Permissions, Semid};

    #[test]
    fn the_mode_decides_which_users_may() {
        let (owner, creator) = (Uid::new(4_100_000), Uid::new(4_100_001));
        let set = |mode| SetInfo {
            key: Key::PRIVATE,
            semid: Semid::new(0),
            nsems: 2,
            permissions: Permissions {
                uid: owner,
                gid: Gid::new(0),
                cuid: creator,
                cgid: Gid::new(0),
                mode,
            },
            otime: None,
            ctime: None,
        };
        let all = &[owner, creator, Uid::ROOT][..];
        for (mode, expected) in
            [(0o600, all), (0o700, all), (0o400, &[Uid::ROOT]), (0o066, &[Uid::ROOT])]
        {
            for action in [Action::Lock, Action::Remove] {
                assert_eq!(action.permitted_users(&set(mode)), expected, "{mode:o} {action:?}");
            }
        }
    }

    #[test]
    fn a_fix_names_each_user_once_who_may_run_it_in_place_of_this_one() {
        let (own, other) = (Uid::own(), Uid::new(4_100_000));
        let labelled = |users: &[Uid]| super::labelled(users, "x".into()).to_string();
        assert_eq!(labelled(&[own]), "x");
        assert_eq!(labelled(&[]), "x");
        assert_eq!(labelled(&[other, own, other]), "as 4100000: x");
        assert_eq!(labelled(&[other, Uid::new(4_100_001)]), "as 4100000 or as 4100001: x");
        assert_eq!(by_others(&[own], "x".into()), None);
        assert!(by_others(&[other], "x".into()).is_some());
        assert_eq!(as_root("x".into()).to_string() == "x", own == Uid::ROOT);
    }
}
