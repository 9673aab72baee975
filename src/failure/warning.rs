//! What goes wrong later with a block that is created as asked: said before it does.

use std::path::Path;

use super::access;
use super::removed::logind;
use crate::session::{effective_slots, spreads};
use crate::system;
use crate::sysv;
use crate::sysv::Uid;

/// Warnings of something that was done as asked, a line each.
pub(crate) type Warnings = Vec<String>;

/// What to expect of a block of `nsems` semaphores with this mode and owner.
pub(crate) fn before_creating(nsems: u16, mode: u16, uid: Uid) -> Warnings {
    let mut warnings = Warnings::from_iter(crowded(nsems));
    warnings.extend(access::keeps_the_module_out(mode, uid));
    if let Some(removed) = removes_at_logout(uid) {
        warnings.push(format!("{removed}; loginctl enable-linger {uid} prevents it"));
    }
    warnings
}

/// That logind removes the sets of `uid` at logout, if it does.
pub(crate) fn removes_at_logout(uid: Uid) -> Option<String> {
    system::removes_sets_of(Path::new("/"), uid).map(|by| logind(&by, uid))
}

fn crowded(nsems: u16) -> Option<String> {
    let (crowd, better) = shared_slots(nsems)?;
    let better = better.map_or_else(String::new, |better| {
        format!("; NSems {better} spreads them over {} slots", better / 2)
    });
    Some(format!("in a block of {nsems} semaphores {crowd}{better}"))
}

/// What session ids have to expect in a block of this size where they share slots, and
/// a size that is better.
pub(crate) fn shared_slots(nsems: u16) -> Option<(String, Option<u16>)> {
    let (slots, used) = (nsems / 2, effective_slots(nsems));
    let crowd = match (slots, used) {
        (1, _) => "all sessions share one slot, and wait for each other".to_owned(),
        (_, 1) => {
            "all session ids of 13 characters and more share one slot, and wait for each other"
                .to_owned()
        }
        _ if used < slots => {
            format!("session ids of 13 characters and more fall on only {used} of {slots} slots")
        }
        _ => return None,
    };
    Some((crowd, better(slots).map(|better| 2 * better)))
}

/// The next number of slots that spreads: a larger one, if SEMMSL allows it.
fn better(slots: u16) -> Option<u16> {
    let most = sysv::limits().map_or(u32::MAX, |limits| limits.semmsl) / 2;
    let most = u16::try_from(most).unwrap_or(u16::MAX).min(u16::MAX / 2);
    let spreads = |&slots: &u16| spreads(slots);
    (slots + 1..=most).find(spreads).or_else(|| (2..slots).rev().find(spreads))
}
