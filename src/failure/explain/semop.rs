//! semop(2): why a lock cannot be taken or released.

use nix::errno::Errno;

use crate::failure::capacity::Demand;
use crate::failure::error::Failure;
use crate::failure::fix::Fix;
use crate::failure::limit_raise::raise;
use crate::failure::limits;
use crate::failure::reasons::{NO_UNDO, SEMOPM, SEMUME, TOO_FEW_SEMAPHORES, TOO_MANY_READERS};
use crate::failure::usage::setting;
use crate::session::WRITE_LOCK_OPERATIONS;
use crate::sysv::remedy::Limit;
use crate::sysv::{self, Error, HIGHEST_VALUE, REMEDIES, Set};

pub(super) fn explain(failure: Failure, error: Error) -> Failure {
    match error.errno {
        Errno::ERANGE => {
            let full = error.subject.semid.map(Set::from_id).and_then(full);
            failure.reason(&TOO_MANY_READERS).all_evidence(full)
        }
        Errno::EFBIG => failure.reason(&TOO_FEW_SEMAPHORES).fix(Fix::again()),
        Errno::E2BIG => too_many_operations(failure),
        Errno::ENOSPC => no_undo(failure),
        Errno::EINVAL => failure
            .reason(&SEMUME)
            .evidence("the set exists")
            .fix(FEWER)
            .all_fixes(raise(Limit::Semume)),
        _ => failure,
    }
}

fn too_many_operations(failure: Failure) -> Failure {
    let failure = failure.reason(&SEMOPM);
    let Ok(limits) = sysv::limits() else {
        return failure;
    };
    let demand = Demand { operations: WRITE_LOCK_OPERATIONS, ..Demand::default() };
    failure.evidence(setting(limits)).all_fixes(limits::raise_for(demand))
}

/// Undo entries are noted for the process that locks.
const FEWER: &str = "lock fewer sessions at the same time in one process";

/// SEMMNU, and on some systems SEMUME.
fn no_undo(failure: Failure) -> Failure {
    let failure = failure.reason(&NO_UNDO);
    let failure = if REMEDIES.semop_enospc.contains(&Limit::Semume) {
        failure.cause(format!("{}; or {}", NO_UNDO.cause, SEMUME.cause)).fix(FEWER)
    } else {
        failure
    };
    failure.all_fixes(REMEDIES.semop_enospc.iter().flat_map(|&limit| raise(limit)))
}

fn full(set: Set) -> Option<String> {
    let semnum = set.values().ok()?.iter().position(|&value| value == HIGHEST_VALUE)?;
    Some(format!("semaphore {semnum} is {HIGHEST_VALUE}"))
}
