//! The processor that this thread runs on.

use nix::sched::{CpuSet, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

/// Keeps this thread on its processor: a child that starts on another one needs twice the
/// time. If that is not allowed, nothing changes.
pub(crate) fn stay_on_one_processor() {
    let here = sched_getcpu().and_then(|cpu| {
        let mut set = CpuSet::new();
        set.set(cpu)?;
        Ok(set)
    });
    let _ = here.and_then(|here| sched_setaffinity(Pid::from_raw(0), &here));
}
