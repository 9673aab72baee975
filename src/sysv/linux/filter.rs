//! System call filters, which may kill instead of refusing a call.
//!
//! A filter (seccomp(2), used by Android, systemd's `SystemCallFilter=` and containers)
//! may answer a semaphore call with death by SIGSYS. Under a filter, a child makes the
//! calls first, and its death becomes an ENOSYS. A handler for SIGSYS would not help:
//! most filters kill without calling it.

use std::path::Path;
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::process::{DumpableBehavior, dumpable_behavior, set_dumpable_behavior};

use super::ffi::is_filtered;
use super::remedy::{FILTERED, REMEDIES};
use super::{SETS_FILE, abi, ffi};
use crate::sysv::Call;
use crate::sysv::remedy::{Absence, Obstacle};

const UNDER_A_FILTER: &str =
    "this process is under a seccomp filter (Seccomp: 2 in /proc/self/status)";

/// Why the kernel refuses semaphore calls.
pub(crate) fn obstacle(_: Errno) -> Obstacle {
    let refused = is_filtered() || cfg!(target_os = "android");
    let Absence { cause, fix } = if refused { FILTERED } else { REMEDIES.absent };
    Obstacle { refused, cause: cause.into(), fix, evidence: evidence() }
}

/// What shows that the kernel has no semaphores, or that a filter keeps them from us.
fn evidence() -> Vec<String> {
    if !Path::new(SETS_FILE).exists() {
        return vec![format!("there is no {SETS_FILE}")];
    }
    if !is_filtered() {
        return Vec::new();
    }
    let mut evidence = vec![UNDER_A_FILTER.to_owned()];
    if filter_kills() {
        evidence.push("the filter kills processes that make such a call (SIGSYS), as a test in a child process showed".into());
    }
    evidence.push(format!("the kernel itself has semaphores: {SETS_FILE} exists"));
    evidence
}

/// Why a wait cannot have a limit, if a filter forbids that.
pub(crate) fn timed_wait_filter() -> Option<Obstacle> {
    is_filtered().then(|| Obstacle {
        refused: true,
        cause: FILTERED.cause.into(),
        fix: Some("allow semtimedop in the filter, as it allows semop"),
        evidence: vec![UNDER_A_FILTER.into()],
    })
}

/// Whether EPERM from `call` comes from a filter. The kernel itself says EPERM only if
/// another user's set is changed or removed, and EINVAL if the set does not exist.
pub(crate) fn filter_refuses(call: Call) -> bool {
    let refused = |command| ffi::change_no_set(command) == Err(Errno::EPERM);
    is_filtered()
        && match call {
            Call::Semctl("IPC_RMID") => refused(abi::IPC_RMID),
            Call::Semctl("IPC_SET") => refused(abi::IPC_SET),
            _ => true,
        }
}

/// Whether the filter kills a process that makes a call that every use of semaphores needs.
static DEADLY: OnceLock<bool> = OnceLock::new();

/// Whether it kills a process that waits with a limit.
static TIMED_WAIT_IS_DEADLY: OnceLock<bool> = OnceLock::new();

/// Whether a filter has killed a child that made a semaphore call.
fn filter_kills() -> bool {
    [&DEADLY, &TIMED_WAIT_IS_DEADLY].iter().any(|deadly| deadly.get() == Some(&true))
}

/// Fails with ENOSYS if a semaphore call would kill this process. Tries it once, and
/// only under a filter.
pub(crate) fn check() -> Result<(), Errno> {
    survives(&DEADLY, ffi::necessary_calls)
}

/// The same for the call that a wait with a limit needs.
pub(super) fn check_timed_wait() -> Result<(), Errno> {
    survives(&TIMED_WAIT_IS_DEADLY, ffi::timed_wait)
}

fn survives(deadly: &OnceLock<bool>, calls: ffi::Calls) -> Result<(), Errno> {
    if *deadly.get_or_init(|| is_filtered() && child_is_killed(calls)) {
        return Err(Errno::ENOSYS);
    }
    Ok(())
}

/// Without a core file: before 5.17, Linux kills every process that shares the memory of a
/// child that dumps core.
fn child_is_killed(calls: ffi::Calls) -> bool {
    let before = dumpable_behavior();
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let child = ffi::run_in_child(calls, 0);
    if let Ok(DumpableBehavior::Dumpable) = before {
        let _ = set_dumpable_behavior(DumpableBehavior::Dumpable);
    }
    let end = child.and_then(wait);
    matches!(end, Ok(WaitStatus::Signaled(_, Signal::SIGSYS, _)))
}

/// Waits for a child of [`ffi::run_in_child`], and returns how it ended.
pub(super) fn wait(child: i32) -> Result<WaitStatus, Errno> {
    loop {
        match waitpid(Pid::from_raw(child), Some(WaitPidFlag::__WALL)) {
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
}

// seccompiler makes no filters for 32-bit x86, where semctl(2) is not a system call of its own.
#[cfg(all(test, not(target_arch = "x86")))]
mod tests {
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    use super::*;
    use crate::system::own_root;

    #[test]
    fn without_a_filter_no_child_is_killed() {
        assert_eq!((check(), check_timed_wait()), (Ok(()), Ok(())));
        assert!(!filter_kills());
        assert!(!child_is_killed(ffi::necessary_calls));
    }

    /// Does something under a filter that refuses one command of semctl(2), or nothing.
    fn filtered<T: Send>(command: Option<i32>, something: impl FnOnce() -> T + Send) -> T {
        let rule = |command: i32| {
            let (place, size) = (2, SeccompCmpArgLen::Dword);
            let value = u64::from(command.unsigned_abs());
            let is_it = SeccompCondition::new(place, size, SeccompCmpOp::Eq, value).unwrap();
            (libc::SYS_semctl, vec![SeccompRule::new(vec![is_it]).unwrap()])
        };
        let rules = command.map_or_else(|| (libc::SYS_acct, Vec::new()), rule);
        let eperm = SeccompAction::Errno((Errno::EPERM as i32).unsigned_abs());
        let arch = std::env::consts::ARCH.try_into().unwrap();
        let filter = SeccompFilter::new([rules].into(), SeccompAction::Allow, eperm, arch);
        let filter: BpfProgram = filter.unwrap().try_into().unwrap();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                seccompiler::apply_filter(&filter).unwrap();
                something()
            });
            thread.join().unwrap()
        })
    }

    #[test]
    fn a_filter_is_blamed_for_what_it_refuses_and_not_for_the_kernels_refusals() {
        let blamed = || {
            [Call::Semctl("IPC_RMID"), Call::Semctl("IPC_SET"), Call::Semget].map(filter_refuses)
        };
        assert_eq!(blamed(), [false; 3]);
        assert_eq!(filtered(None, blamed), [false, false, true]);
        assert_eq!(filtered(Some(abi::IPC_RMID), blamed), [true, false, true]);
        assert_eq!(filtered(Some(abi::IPC_SET), blamed), [false, true, true]);
    }

    #[test]
    fn the_evidence_is_that_there_is_a_filter_and_that_the_kernel_has_semaphores() {
        assert_eq!(evidence(), [""; 0]);
        assert!(timed_wait_filter().is_none());
        let exists = "the kernel itself has semaphores: /proc/sysvipc/sem exists";
        assert_eq!(filtered(None, evidence), [UNDER_A_FILTER, exists]);
        let refused = filtered(None, || obstacle(Errno::ENOSYS));
        assert_eq!((refused.refused, &*refused.cause), (true, FILTERED.cause));
        assert!(!obstacle(Errno::ENOSYS).refused);
        let timed = filtered(None, timed_wait_filter).unwrap();
        assert_eq!((timed.refused, timed.evidence), (true, vec![UNDER_A_FILTER.to_owned()]));
        assert_eq!(
            own_root::with_files(&[("etc/hostname", "")], evidence),
            ["there is no /proc/sysvipc/sem"]
        );
    }
}
