//! What a block is judged by, besides what is shown of it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cmd::shared::inspect::Survey;
use crate::failure::{Fix, ShellCommand, as_root};
use crate::system::{self, Pid};
use crate::sysv::{SetInfo, Uid};

/// The processes, and what is asked of them.
pub(in crate::cmd::status) struct Evidence<'a> {
    /// The block's set.
    pub info: SetInfo,
    /// The survey; None where nobody uses the block.
    pub processes: Option<Survey<'a>>,
    /// Those that are seen to wait for a semaphore.
    pub waiting: BTreeSet<Pid>,
    /// Whether there may be others that wait, at which this process may not look.
    pub hides_waiters: bool,
    /// Waits are wrong that are at least so long.
    pub long: Duration,
    /// What this process was started by, and itself.
    pub asking: BTreeSet<Pid>,
}

impl<'a> Evidence<'a> {
    /// By these processes. Where there are none, nothing is asked of the system.
    pub(crate) fn new(
        info: SetInfo,
        processes: Option<Survey<'a>>,
        waiting: BTreeSet<Pid>,
        hides_waiters: bool,
        long: Duration,
    ) -> Self {
        let own = || system::ancestors().map(|process| process.pid).chain([Pid::own()]);
        let asking = if processes.is_some() { own().collect() } else { BTreeSet::new() };
        Self { info, processes, waiting, hides_waiters, long, asking }
    }

    /// Whether a process may be ended: none that adopts the children of others, or that
    /// this one was started by.
    pub(crate) fn may_end(&self, pid: Pid) -> bool {
        let process = self.processes.as_ref().and_then(|processes| processes.get(pid));
        process.is_some_and(|process| !process.is_reaper()) && !self.asking.contains(&pid)
    }
}

/// To end a process, by whoever may; with what that means.
pub(super) fn ending(pid: Pid, meaning: &str) -> Fix {
    let hard = system::withstands_sigterm(pid);
    let fix = Fix::from(ShellCommand::kill(pid.raw(), hard)).note(meaning);
    if system::may_signal(pid) { fix } else { as_root(fix) }
}

/// What could not be looked at, and who can: root, where processes hide it from others.
pub(in crate::cmd::status) fn unseen(unknown: &[String], evidence: &Evidence<'_>) -> Vec<String> {
    let mut lines = unknown.to_vec();
    if evidence.hides_waiters && !(Uid::own() == Uid::ROOT) {
        let status = ShellCommand::semlock("status").option("--id", evidence.info.semid);
        lines.push(as_root(Fix::from(status).note("sees every process")).to_string());
    }
    lines
}
