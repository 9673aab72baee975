//! The user and group ids of this user namespace: user_namespaces(7).

use std::fs;

use crate::sysv::{Gid, Uid};

/// Whether a set can be given to this user. True if that cannot be read: then the kernel
/// decides.
pub fn has_user(uid: Uid) -> bool {
    has("/proc/self/uid_map", uid.raw())
}

/// Whether a set can be given to this group.
pub(crate) fn has_group(gid: Gid) -> bool {
    has("/proc/self/gid_map", gid.raw())
}

fn has(file: &str, id: u32) -> bool {
    fs::read_to_string(file).map_or(true, |map| is_mapped(&map, id))
}

/// Each line is the first id inside, the first id outside, and their number.
fn is_mapped(map: &str, id: u32) -> bool {
    map.lines().any(|line| {
        let mut numbers = line.split_whitespace().map(str::parse);
        let (Some(Ok(first)), Some(Ok(number))) = (numbers.next(), numbers.nth(1)) else {
            return false;
        };
        id.checked_sub(first).is_some_and(|distance: u32| distance < number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::own_root;

    #[test]
    fn a_user_and_a_group_are_looked_up_in_the_maps_of_this_process() {
        let (uid, gid) = (Uid::own(), Gid::own());
        assert!(has_user(uid) && has_group(gid));
        assert!(!has_user(Uid::new(u32::MAX)) && !has_group(Gid::new(u32::MAX)), "no id at all");
        let maps = [("proc/self/uid_map", "7 100007 1\n"), ("proc/self/gid_map", "8 100008 1\n")];
        let found = own_root::with_files(&maps, || {
            [7, 8].map(|id| (has_user(Uid::new(id)), has_group(Gid::new(id))))
        });
        assert_eq!(found, [(true, false), (false, true)]);
        assert!(own_root::with_files(&maps[1..], || has_user(Uid::new(8))), "the kernel decides");
    }

    #[test]
    fn an_id_is_mapped_by_the_range_that_it_is_in() {
        let map = "         0       1000          1\n         1     100000      65536\n";
        assert!([0, 1, 65536].iter().all(|&id| is_mapped(map, id)));
        assert!(![65537, u32::MAX].iter().any(|&id| is_mapped(map, id)));
        assert!(is_mapped("         0          0 4294967295\n", u32::MAX - 1));
    }
}
