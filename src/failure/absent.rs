//! No semaphores at all: why, and what the platform offers against it.

use std::env::consts::OS;
use std::path::Path;

use super::Failure;
use super::reasons::{ABSENT, FILTERED, NO_TIMED_WAIT, Reason};
use crate::sysv;

/// The kernel's own list of sets, on Linux.
const LIST: &str = "/proc/sysvipc/sem";

const UNDER_A_FILTER: &str =
    "this process is under a seccomp filter (Seccomp: 2 in /proc/self/status)";

pub(super) fn explain(failure: Failure) -> Failure {
    let filtered = sysv::is_filtered();
    let kills = "the filter kills who makes such a call (SIGSYS); a child has tried it";
    let remedy = remedy(OS, filtered);
    let failure = failure.reason(remedy.reason).cause(remedy.cause).all_fixes(remedy.fix);
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

/// Only semtimedop(2) is missing or forbidden.
pub(super) fn explain_timed_wait(failure: Failure) -> Failure {
    let failure = failure
        .reason(&NO_TIMED_WAIT)
        .fix("wait without a limit, which is what lock does without -w, or not at all, with -n");
    if sysv::is_filtered() {
        failure.evidence(UNDER_A_FILTER).fix("allow semtimedop in that filter, as semop is")
    } else {
        failure
    }
}

struct Remedy {
    reason: &'static Reason,
    cause: &'static str,
    fix: Option<&'static str>,
}

/// What is known of the system called `os` (as Rust names it). Sources:
/// jail(8), options(4) of the BSDs, Cygwin's user's guide ("Cygserver"),
/// systemd.exec(5), Android's bionic/libc/SECCOMP_BLOCKLIST_APP.TXT.
fn remedy(os: &str, filtered: bool) -> Remedy {
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
                "allow semget, semop, semtimedop and semctl in that filter: docker run --security-opt seccomp=PROFILE.json, or SystemCallFilter=@ipc in the systemd unit",
            ),
        ),
        ("linux", _) => (
            &ABSENT,
            "this kernel was built without System V IPC",
            Some("use a kernel with CONFIG_SYSVIPC=y"),
        ),
        ("freebsd", _) => (
            &ABSENT,
            "the kernel has no sysvsem, or this jail may not use it",
            Some(
                "kldload sysvsem; for a jail, on its host: jail -m name=JAIL sysvsem=new, and sysvsem = new; in jail.conf(5)",
            ),
        ),
        ("netbsd" | "openbsd" | "dragonfly", _) => (
            &ABSENT,
            "this kernel was built without System V semaphores",
            Some("use a kernel with options SYSVSEM"),
        ),
        ("cygwin", _) => (
            &ABSENT,
            "cygserver, which keeps Cygwin's semaphores, does not run",
            Some("cygserver-config && cygrunsrv -S cygserver"),
        ),
        _ => (&ABSENT, ABSENT.cause, None),
    };
    Remedy { reason, cause, fix }
}

#[cfg(test)]
mod tests {
    use super::remedy;

    #[test]
    fn every_platform_has_its_own_remedy() {
        let fix = |os| remedy(os, false).fix;
        assert!(fix("freebsd").unwrap().contains("sysvsem=new"));
        assert!(fix("cygwin").unwrap().contains("cygserver"));
        assert!(fix("openbsd").unwrap().contains("SYSVSEM"));
        assert!(fix("linux").unwrap().contains("CONFIG_SYSVIPC"));
        assert!(remedy("linux", true).fix.unwrap().contains("semtimedop"));
        assert!(remedy("android", true).cause.contains("Android"));
    }
}
