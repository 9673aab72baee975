//! How much of the limits is used, and by whom.

use crate::system::accounts::AccountNames;
use crate::sysv::remedy::Setting;
use crate::sysv::{Limits, REMEDIES, Resource, SetInfo, Usage};
use crate::words::{counted, named};

/// How many owners are named where usage is shown by owner.
pub(crate) const MAX_OWNERS: usize = 5;

/// The settings with their numbers.
pub(super) fn setting(limits: Limits) -> String {
    let setting = |one: &Setting| Some(format!("{} = {}", one.name, one.numbers(limits)?));
    let settings: Vec<_> = REMEDIES.settings.iter().filter_map(setting).collect();
    settings.join(", ")
}

pub(super) fn in_use(used: Usage, limits: Limits) -> String {
    format!(
        "{} of {} sets (SEMMNI) and {} of {} semaphores (SEMMNS) exist",
        used.sets, limits.semmni, used.semaphores, limits.semmns
    )
}

/// The owners of most sets if `by_sets`, otherwise of most semaphores; None without sets.
pub(super) fn owners(sets: &[SetInfo], by_sets: bool) -> Option<String> {
    let resource = if by_sets { Resource::Sets } else { Resource::Semaphores };
    let mut owners = Usage::by_owner(sets, resource);
    let others = owners.len().saturating_sub(MAX_OWNERS);
    owners.truncate(MAX_OWNERS);
    let uids: Vec<_> = owners.iter().map(|&(uid, _)| uid).collect();
    let names = AccountNames::of(&uids, &[]);
    let mut words: Vec<_> =
        owners.into_iter().map(|(uid, usage)| owner(&named(names.user(uid), uid), usage)).collect();
    if others > 0 {
        words.push(counted(u32::try_from(others).unwrap_or(u32::MAX), "other owner"));
    }
    (!words.is_empty()).then(|| format!("by owner: {}", words.join(", ")))
}

fn owner(name: &str, Usage { sets, semaphores }: Usage) -> String {
    format!("{name} {} with {}", counted(sets, "set"), counted(semaphores, "semaphore"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Gid, Key, Permissions, Semid, Uid};

    #[test]
    fn the_five_owners_that_use_most_are_named() {
        let set = |uid: u32| SetInfo {
            key: Key::PRIVATE,
            semid: Semid::new(0),
            nsems: 8 - uid % 8,
            permissions: Permissions {
                uid: Uid::new(uid),
                gid: Gid::new(0),
                cuid: Uid::ROOT,
                cgid: Gid::new(0),
                mode: 0o600,
            },
            otime: None,
            ctime: None,
        };
        // Ids that are unlikely to have a name.
        let sets: Vec<_> = (4_100_000..4_100_008).chain([4_100_000]).map(set).collect();
        let line = owners(&sets, false).unwrap();
        let first = "by owner: 4100000 2 sets with 16 semaphores, 4100001 1 set with 7 semaphores";
        assert!(line.starts_with(first), "{line}");
        assert!(line.ends_with("4100004 1 set with 4 semaphores, 3 other owners"), "{line}");
        let many = [1, 2].map(|_| SetInfo { nsems: 1, ..set(4_200_000) });
        let line = owners(&[&[set(4_100_000)], &many[..]].concat(), true).unwrap();
        assert!(line.starts_with("by owner: 4200000 2 sets with 2 semaphores, "), "{line}");
        assert_eq!(owners(&[], true), None);
    }
}
