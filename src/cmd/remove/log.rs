//! Removals by root, in the system's log: whose set it was, and why it was orphaned.

use crate::failure;
use crate::system::Syslog;
use crate::sysv::Uid;
use crate::view::JudgedSet;
use crate::words::counted;

/// The system's log: only for root, and if there is a daemon that keeps one.
#[derive(Debug)]
pub(super) struct RemovalLog(Option<Syslog>);

impl RemovalLog {
    pub(super) fn of_this_user() -> Self {
        Self((Uid::own() == Uid::ROOT).then(Syslog::open).flatten())
    }

    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Logs that a set was removed.
    pub(super) fn removed(&mut self, set: &JudgedSet, by_force: bool) {
        if let Some(log) = &mut self.0 {
            log.notice(&line(set, by_force));
        }
    }

    /// Warns of removals that could not be logged.
    pub(super) fn conclude(&self) {
        let lost = self.0.as_ref().map_or(0, Syslog::lost);
        if lost > 0 {
            let removals = counted(lost, "removal");
            failure::warn(&format!("the system log did not accept {removals}"));
        }
    }
}

/// What was removed, in a line. The evidence comes last, as it can be cut off.
fn line(set: &JudgedSet, by_force: bool) -> String {
    let JudgedSet { set, verdict, evidence, .. } = set;
    let removed = if by_force { "removed by force" } else { "removed" };
    let key = if set.key == 0 { "no key".into() } else { format!("key {}", set.key_hex) };
    let (semaphores, owner) = (counted(set.shape.nsems, "semaphore"), set.shape.owner());
    format!(
        "{removed} semid {}, {key}, {semaphores}, mode {}, owner {owner}: {verdict}: {}",
        set.semid,
        set.shape.mode,
        evidence.join("; ")
    )
}
