//! No semaphores at all: why, and how the platform provides them.

use nix::errno::Errno;

use crate::failure::error::Failure;
use crate::failure::reasons::{ABSENT, FILTERED, NO_TIMED_WAIT};
use crate::sysv::{self, remedy::Obstacle};

pub(super) fn explain(failure: Failure, errno: Errno) -> Failure {
    let Obstacle { refused, cause, fix, evidence } = sysv::obstacle(errno);
    failure
        .reason(if refused { &FILTERED } else { &ABSENT })
        .cause(cause)
        .all_fixes(fix)
        .all_evidence(evidence)
}

/// semtimedop(2) is missing or forbidden, and the thread that replaces it could not be started.
pub(super) fn explain_timed_wait(failure: Failure) -> Failure {
    let failure = failure
        .reason(&NO_TIMED_WAIT)
        .fix("wait without a time limit (lock without -w), or do not wait (-n)");
    match sysv::timed_wait_filter() {
        Some(filter) => failure.all_evidence(filter.evidence).all_fixes(filter.fix),
        None => failure,
    }
}
