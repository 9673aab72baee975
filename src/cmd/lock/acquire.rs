//! Takes the locks of a request. Looks at other processes only while it waits.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use super::monitor::{MonitorThread, WaitMonitor, monitored};
use super::progress_line::line;
use super::request::Request;
use crate::cmd::shared::progress::ProgressStyle;
use crate::cmd::shared::{Named, called};
use crate::exit::Exit;
use crate::failure::{Failure, Fix};
use crate::holder::{self, LockSpec, OwnLock};
use crate::system::{self, Pid};
use crate::sysv::{Outcome, Wait};

impl Request {
    /// Takes the locks; waits for them as long as `spec` allows. Locks that are free are
    /// taken without a look at anything else; for others, this process queues first.
    pub(super) fn take(
        self: &Arc<Self>,
        spec: &LockSpec,
        style: impl Fn() -> ProgressStyle,
    ) -> Result<(Outcome, MonitorThread), Failure> {
        let first = self.claim.acquire(Wait::Not).map_err(|error| self.failed(error))?;
        if first == Outcome::Done || spec.wait() == Wait::Not {
            return Ok((first, MonitorThread::default()));
        }
        let (outcome, endless, thread) = monitored(self.monitor(style()), || self.wait(spec));
        match (outcome?, endless) {
            (Outcome::Busy, Some(failure)) => Err(failure),
            (outcome, _) => Ok((outcome, thread)),
        }
    }

    /// The monitor of a wait for these locks.
    pub(super) fn monitor(self: &Arc<Self>, style: ProgressStyle) -> WaitMonitor<'static> {
        let (one, other) = (self.clone(), self.clone());
        WaitMonitor::new(style, move |time| line(&one, time), move || other.endless())
    }

    /// Why the wait would last as long as this process. What cannot be read is no reason
    /// to end a wait.
    fn endless(&self) -> Option<Failure> {
        let own = holder::own_lock(&self.claim).ok()??;
        Some(self.would_wait_for_itself(&own))
    }

    fn would_wait_for_itself(&self, own: &OwnLock) -> Failure {
        let process = match own.pid {
            pid if pid == Pid::own() => "this process itself".into(),
            pid => format!("{}, which waits for this one,", called(pid)),
        };
        let held: Vec<_> =
            own.sessions.iter().map(|id| format!("session {:?}", OsStr::from_bytes(id))).collect();
        let what = if held.is_empty() { format!("slot {}", own.slot) } else { held.join(", ") };
        let (names, mode) = (self.names(), own.mode.name());
        let what = format!("lock {names}: {process} has a {mode} lock on {what}");
        let failure = Failure::new(Exit::Busy, what);
        let shares_slot = |named: &&Named| {
            named.slot == own.slot && !named.is_by_slot() && !held.contains(&named.name)
        };
        match self.named.iter().find(shares_slot) {
            Some(named) if !held.is_empty() => failure
                .cause(format!("{} is another session on the same slot, {}", named.name, own.slot)),
            _ if self.is_the_callers(own, &held) => {
                let unlock = Fix::from(self.unlock(&[]));
                failure.fix(unlock.note("and then lock it again: a lock cannot be converted"))
            }
            _ => failure,
        }
    }

    /// Whether the caller could unlock it by the same names.
    fn is_the_callers(&self, own: &OwnLock, held: &[String]) -> bool {
        let requested: BTreeSet<_> = self.named.iter().map(|named| &named.name).collect();
        own.kept
            && requested == held.iter().collect()
            && system::caller().is_some_and(|caller| caller.stands_for().any(|pid| pid == own.pid))
    }
}
