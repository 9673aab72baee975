//! A set that is gone: who may have removed it.

use std::path::Path;

use super::reasons::REMOVED;
use super::semget::Creation;
use super::{Failure, Fix, evidence};
use crate::system::{self, RemoveIpc};
use crate::sysv::{Error, Set, Uid};

/// EIDRM, or EINVAL from a semid.
pub(super) fn explain(failure: Failure, error: Error) -> Failure {
    let failure = failure.reason(&REMOVED);
    let owner = error.subject.info.map_or(Uid::own(), |was| was.permissions.uid);
    let failure = match system::removes_sets_of(Path::new("/"), owner) {
        Some(by) => failure
            .cause(format!(
                "{}: by ipcrm, by semlock remove or create --replace, or by systemd-logind",
                REMOVED.cause
            ))
            .evidence(logind(&by, owner)),
        None => failure.cause(format!(
            "{}: by ipcrm, or by semlock remove or create --replace",
            REMOVED.cause
        )),
    };
    let Some((key, was)) = error.subject.key.zip(error.subject.info) else {
        return failure;
    };
    match Set::open(key) {
        Ok(set) => failure
            .all_evidence(evidence::of_set(set))
            .fix(Fix::again().note("there is a new set at this key")),
        Err(_) => failure.fix(Creation::again(key, was.permissions).command(was.nsems)),
    }
}

/// What logind does to the sets of `uid`, and what says so.
pub(super) fn logind(by: &RemoveIpc, uid: Uid) -> String {
    let by = match by {
        RemoveIpc::ByDefault => "RemoveIPC=yes is logind's default".into(),
        RemoveIpc::By(file) => format!("RemoveIPC=yes in {}", file.display()),
    };
    format!("systemd-logind removes every set of user {uid} when that user logs out ({by})")
}
