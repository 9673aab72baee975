//! No semaphores at all: why, and how the platform provides them.

use std::env::consts::OS;
use std::path::Path;

use crate::failure::error::Failure;
use crate::failure::reasons::{ABSENT, FILTERED, NO_TIMED_WAIT, Reason};
use crate::sysv;

/// The kernel's list of sets, on Linux.
const LIST: &str = sysv::SETS_FILE;

const UNDER_A_FILTER: &str =
    "this process is under a seccomp filter (Seccomp: 2 in /proc/self/status)";

pub(super) fn explain(failure: Failure) -> Failure {
    let filtered = sysv::is_filtered();
    let kills = "the filter kills processes that make such a call (SIGSYS), as a test in a child process showed";
    let why = platform(OS, filtered);
    let failure = failure.reason(why.reason).cause(why.cause).all_fixes(why.fix);
    if filtered && Path::new(LIST).exists() {
        failure
            .evidence(UNDER_A_FILTER)
            .all_evidence(sysv::filter_kills().then(|| kills.into()))
            .evidence(format!("the kernel itself has semaphores: {LIST} exists"))
    } else if OS == "linux" && !Path::new(LIST).exists() {
        failure.evidence(format!("there is no {LIST}"))
    } else {
        failure
    }
}

/// semtimedop(2) is missing or forbidden, and the thread that replaces it could not be started.
pub(super) fn explain_timed_wait(failure: Failure) -> Failure {
    let failure = failure
        .reason(&NO_TIMED_WAIT)
        .fix("wait without a time limit (lock without -w), or do not wait (-n)");
    if sysv::is_filtered() {
        failure.evidence(UNDER_A_FILTER).fix("allow semtimedop in the filter, as it allows semop")
    } else {
        failure
    }
}

struct Explanation {
    reason: &'static Reason,
    cause: &'static str,
    fix: Option<&'static str>,
}

/// For the system that Rust calls `os`. Sources:
/// jail(8), options(4) of the BSDs, Cygwin's user's guide ("Cygserver"),
/// systemd.exec(5), Android's bionic/libc/SECCOMP_BLOCKLIST_APP.TXT.
fn platform(os: &str, filtered: bool) -> Explanation {
    let (reason, cause, fix) = match (os, filtered) {
        ("android", _) => (
            &FILTERED,
            "Android's system call filter (seccomp) forbids System V semaphores to every app",
            None,
        ),
        (_, true) => (
            &FILTERED,
            FILTERED.cause,
            Some(
                "allow semget, semop, semtimedop and semctl in the filter: docker run --security-opt seccomp=PROFILE.json, or SystemCallFilter=@ipc in the systemd unit",
            ),
        ),
        ("linux", _) => (
            &ABSENT,
            "the kernel was built without System V IPC",
            Some("use a kernel with CONFIG_SYSVIPC=y"),
        ),
        ("freebsd", _) => (
            &ABSENT,
            "the kernel has no sysvsem, or this jail may not use it",
            Some(
                "kldload sysvsem; for a jail, on its host: jail -m name=JAIL sysvsem=new, and put sysvsem = new; into jail.conf(5)",
            ),
        ),
        ("netbsd" | "openbsd" | "dragonfly", _) => (
            &ABSENT,
            "the kernel was built without System V semaphores",
            Some("use a kernel with options SYSVSEM"),
        ),
        ("cygwin", _) => (
            &ABSENT,
            "cygserver, which provides Cygwin's semaphores, is not running",
            Some("cygserver-config && cygrunsrv -S cygserver"),
        ),
        _ => (&ABSENT, ABSENT.cause, None),
    };
    Explanation { reason, cause, fix }
}

#[cfg(test)]
mod tests {
    use super::platform;

    #[test]
    fn every_platform_has_its_own_fix() {
        let fix = |os| platform(os, false).fix;
        assert!(fix("freebsd").unwrap().contains("sysvsem=new"));
        assert!(fix("cygwin").unwrap().contains("cygserver"));
        assert!(fix("openbsd").unwrap().contains("SYSVSEM"));
        assert!(fix("linux").unwrap().contains("CONFIG_SYSVIPC"));
        assert!(platform("linux", true).fix.unwrap().contains("semtimedop"));
        assert!(platform("android", true).cause.contains("Android"));
    }
}
