//! The set no longer exists: who may have removed it.

use crate::failure::creation::NewSet;
use crate::failure::error::Failure;
use crate::failure::evidence;
use crate::failure::fix::Fix;
use crate::failure::reasons::REMOVED;
use crate::system::{self, LogoutRemoval};
use crate::sysv::{Error, Set, Uid};

/// EIDRM, or EINVAL from a semid.
pub(super) fn explain(failure: Failure, error: Error) -> Failure {
    let failure = failure.reason(&REMOVED);
    let owner = error.subject.info.map_or(Uid::own(), |was| was.permissions.uid);
    let at_logout = system::removal_at_logout(owner);
    let by = match &at_logout {
        Some(LogoutRemoval { by, .. }) => {
            format!("by ipcrm, by semlock remove or create --replace, or by {by}")
        }
        None => "by ipcrm, or by semlock remove or create --replace".into(),
    };
    let failure = failure
        .cause(format!("{}: {by}", REMOVED.cause))
        .all_evidence(at_logout.map(|removal| removal.what));
    let Some((key, was)) = error.subject.key.zip(error.subject.info) else {
        return failure;
    };
    match Set::open(key) {
        Ok(set) => failure
            .all_evidence(evidence::of_set(set))
            .fix(Fix::again().note("a new set has this key")),
        Err(_) => failure.fix(NewSet::like(key, was.permissions).create(was.nsems)),
    }
}
