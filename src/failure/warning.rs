//! Warnings: what will go wrong later with a block that was created as requested.

use super::shell::ShellCommand;
use crate::session::{effective_slots, spreads};
use crate::system;
use crate::sysv::{self, Uid};

/// A line each.
pub(crate) type Warnings = Vec<String>;

/// What to expect of a block of `nsems` semaphores with this mode and owner.
pub(crate) fn before_creating(nsems: u16, mode: u16, uid: Uid) -> Warnings {
    let mut warnings = Warnings::from_iter(crowded(nsems));
    warnings.extend(keeps_the_module_out(mode, uid));
    warnings.extend(system::removal_at_logout(uid).map(|removal| {
        let prevention = ShellCommand::new(removal.prevention);
        format!("{}; {prevention} prevents it", removal.what)
    }));
    warnings
}

/// Who cannot open a block of this mode through the module, which asks semget(2) for read,
/// write and execute: the owner, and those who can alter the set and so are meant to lock
/// in it. Root always can.
pub(super) fn keeps_the_module_out(mode: u16, owner: Uid) -> Option<String> {
    let [user, group, others] = [6, 3, 0].map(|shift| mode >> shift & 7);
    let is_for_others = user == 0 && owner == Uid::ROOT && [group, others].contains(&7);
    let is_refused = |digit| digit & 2 != 0 && digit != 7;
    let refused = [
        ("its owner", user != 7 && !is_for_others),
        ("its group", is_refused(group)),
        ("others", is_refused(others)),
    ];
    let refused: Vec<_> = refused.iter().filter(|class| class.1).map(|class| class.0).collect();
    (!refused.is_empty()).then(|| {
        let classes = refused.join(" and ");
        format!("mode {mode:04o} keeps the Perl module out for {classes}: the module asks for read, write and execute (7)")
    })
}

fn crowded(nsems: u16) -> Option<String> {
    let (crowd, better) = shared_slots(nsems)?;
    let better = better.map_or_else(String::new, |better| {
        format!("; NSems {better} spreads them over {} slots", better / 2)
    });
    Some(format!("in a block of {nsems} semaphores, {crowd}{better}"))
}

/// How session ids crowd together in a block of this size, if they do, and a better size.
pub(crate) fn shared_slots(nsems: u16) -> Option<(String, Option<u16>)> {
    let (slots, used) = (nsems / 2, effective_slots(nsems));
    let crowd = match (slots, used) {
        (1, _) => "all sessions share one slot, so a lock on one locks them all".to_owned(),
        (_, 1) => {
            "all session ids of 13 or more characters share one slot, so a lock on one locks them all"
                .to_owned()
        }
        _ if used < slots => {
            format!("session ids of 13 or more characters use only {used} of {slots} slots")
        }
        _ => return None,
    };
    Some((crowd, better(slots).map(|better| 2 * better)))
}

/// The next number of slots that spreads ids evenly: a larger one if SEMMSL allows it.
fn better(slots: u16) -> Option<u16> {
    let most = sysv::limits().map_or(u32::MAX, |limits| limits.semmsl) / 2;
    let most = u16::try_from(most).unwrap_or(u16::MAX).min(u16::MAX / 2);
    let spreads = |&slots: &u16| spreads(slots);
    (slots + 1..=most).find(spreads).or_else(|| (2..slots).rev().find(spreads))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_needs_every_permission_of_those_who_are_meant_to_lock() {
        let kept_out = |mode, owner| {
            let warning = keeps_the_module_out(mode, owner)?;
            let (_, classes) = warning.split_once(" for ")?;
            Some(classes.split(':').next()?.to_owned())
        };
        let user = Uid::new(4_100_000);
        for (mode, owner, expected) in [
            (0o700, user, None),
            (0o777, user, None),
            (0o740, user, None),
            (0o600, user, Some("its owner")),
            (0o760, user, Some("its group")),
            (0o666, user, Some("its owner and its group and others")),
            (0o070, user, Some("its owner")),
            (0o070, Uid::ROOT, None),
        ] {
            assert_eq!(kept_out(mode, owner).as_deref(), expected, "{mode:o}");
        }
    }

    #[test]
    fn sessions_crowd_together_in_a_block_of_some_sizes() {
        let crowd = |nsems| shared_slots(nsems).map(|(crowd, _)| crowd);
        let one = "all sessions share one slot, so a lock on one locks them all";
        assert_eq!(crowd(2).as_deref(), Some(one));
        let long = "all session ids of 13 or more characters share one slot, so a lock on one locks them all";
        assert_eq!(crowd(32).as_deref(), Some(long));
        let some = "session ids of 13 or more characters use only 3 of 6 slots";
        assert_eq!(crowd(12).as_deref(), Some(some));
        assert_eq!(crowd(34), None);
        let (_, better) = shared_slots(32).unwrap();
        assert_eq!(better, Some(34));
        let warnings = before_creating(32, 0o600, Uid::new(4_100_000));
        assert_eq!(
            warnings[0],
            format!("in a block of 32 semaphores, {long}; NSems 34 spreads them over 17 slots")
        );
        assert!(warnings[1].starts_with("mode 0600 keeps the Perl module out for its owner: "));
        assert_eq!(before_creating(34, 0o700, Uid::ROOT), [""; 0]);
    }
}
