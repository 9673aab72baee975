//! Acquires the locks of a request. Looks at other processes only while it waits.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use super::monitor::{MonitorThread, WaitMonitor, monitored};
use super::progress_line::line;
use super::request::LockRequest;
use crate::cmd::shared::progress::ProgressStyle;
use crate::cmd::shared::{Named, called};
use crate::exit::Exit;
use crate::failure::{Failure, Fix};
use crate::holder::{self, LockSpec, OwnLock};
use crate::system::{self, Pid};
use crate::sysv::{Outcome, Wait};

/// Acquires the locks; waits for them as long as `spec` allows. Locks that are free are
/// acquired without a look at anything else; for others, this process queues first.
pub(super) fn acquire_monitored(
    request: &Arc<LockRequest>,
    spec: &LockSpec,
    style: impl Fn() -> ProgressStyle,
) -> Result<(Outcome, MonitorThread), Failure> {
    let first = request.claim.acquire(Wait::Not).map_err(|error| request.failed(error))?;
    if first == Outcome::Done || spec.wait() == Wait::Not {
        return Ok((first, MonitorThread::default()));
    }
    let (outcome, endless, thread) =
        monitored(monitor(request, style()), || acquire_or_wait(request, spec));
    match (outcome?, endless) {
        (Outcome::Busy, Some(failure)) => Err(failure),
        (outcome, _) => Ok((outcome, thread)),
    }
}

/// Acquires the locks; waits for them as long as `spec` allows.
pub(crate) fn acquire_or_wait(request: &LockRequest, spec: &LockSpec) -> Result<Outcome, Failure> {
    let (claim, wait) = (&request.claim, spec.wait());
    let outcome = if spec.drain { claim.drain(wait) } else { claim.acquire(wait) };
    outcome.map_err(|error| request.failed(error))
}

/// The monitor of a wait for these locks.
pub(super) fn monitor(request: &Arc<LockRequest>, style: ProgressStyle) -> WaitMonitor<'static> {
    let (one, other) = (request.clone(), request.clone());
    WaitMonitor::new(style, move |time| line(&one, time), move || endless(&other))
}

/// Why the wait would last as long as this process. What cannot be read is no reason
/// to end a wait.
fn endless(request: &LockRequest) -> Option<Failure> {
    let own = holder::own_lock(&request.claim).ok()??;
    Some(would_wait_for_itself(request, &own))
}

fn would_wait_for_itself(request: &LockRequest, own: &OwnLock) -> Failure {
    let process = match own.pid {
        pid if pid == Pid::own() => "this process itself".into(),
        pid => format!("{}, which waits for this one,", called(pid)),
    };
    let held: Vec<_> =
        own.sessions.iter().map(|id| format!("session {:?}", OsStr::from_bytes(id))).collect();
    let what = if held.is_empty() { format!("slot {}", own.slot) } else { held.join(", ") };
    let (names, mode) = (request.names(), own.mode.name());
    let what = format!("lock {names}: {process} has a {mode} lock on {what}");
    let failure = Failure::new(Exit::Busy, what);
    let shares_slot = |named: &&Named| {
        named.slot == own.slot && !named.is_by_slot() && !held.contains(&named.name)
    };
    match request.named.iter().find(shares_slot) {
        Some(named) if !held.is_empty() => failure
            .cause(format!("{} is another session on the same slot, {}", named.name, own.slot)),
        _ if is_the_callers(request, own, &held) => {
            let unlock = Fix::from(request.unlock(&[]));
            failure.fix(unlock.note("and then lock it again: a lock cannot be converted"))
        }
        _ => failure,
    }
}

/// Whether the caller could unlock it by the same names.
fn is_the_callers(request: &LockRequest, own: &OwnLock, held: &[String]) -> bool {
    let requested: BTreeSet<_> = request.named.iter().map(|named| &named.name).collect();
    own.kept
        && requested == held.iter().collect()
        && system::caller()
            .is_ok_and(|caller| caller.is_some_and(|it| it.stands_for().any(|pid| pid == own.pid)))
}
