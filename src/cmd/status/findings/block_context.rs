//! What a block is judged by, besides what is shown of it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::failure::{Fix, ShellCommand, as_root};
use crate::judge::SurveyedProcesses;
use crate::system::{self, Incomplete, Pid};
use crate::sysv::SetInfo;

/// A block, and the processes around it.
pub(in crate::cmd::status) struct BlockContext<'a> {
    pub info: SetInfo,
    /// The survey; None if no process uses the block.
    pub processes: Option<SurveyedProcesses<'a>>,
    /// The processes that are seen to wait for a semaphore.
    pub waiting: BTreeSet<Pid>,
    /// Why other processes may wait that were not seen.
    pub hides_waiters: Option<Incomplete>,
    /// A wait is reported from this length on.
    pub long_wait: Duration,
    /// A process in the block's IPC namespace, unless that is this process's own.
    pub inside: Option<Pid>,
    /// This process and its ancestors.
    pub own: BTreeSet<Pid>,
}

impl<'a> BlockContext<'a> {
    pub(crate) fn new(
        info: SetInfo,
        processes: Option<SurveyedProcesses<'a>>,
        waiting: BTreeSet<Pid>,
        hides_waiters: Option<Incomplete>,
        scope: Scope,
    ) -> Self {
        let Scope { long_wait, inside } = scope;
        let own = || system::ancestors().map(|process| process.pid).chain([Pid::own()]);
        let own = if processes.is_some() { own().collect() } else { BTreeSet::new() };
        Self { info, processes, waiting, hides_waiters, long_wait, inside, own }
    }

    /// Whether a process may be ended: not if it adopts orphaned processes, nor if it is
    /// this one or an ancestor.
    pub(crate) fn may_end(&self, pid: Pid) -> bool {
        let process = self.processes.as_ref().and_then(|processes| processes.get(pid));
        process.is_some_and(|process| !process.is_reaper()) && !self.own.contains(&pid)
    }

    /// `semlock SUBCOMMAND` in the namespace of the block.
    pub(super) fn semlock(&self, subcommand: &str) -> ShellCommand {
        ShellCommand::semlock_in(self.inside, subcommand)
    }

    /// The same for the block.
    pub(super) fn semlock_on_block(&self, subcommand: &str) -> ShellCommand {
        self.semlock(subcommand).option("--id", self.info.semid)
    }
}

/// What the findings of a block depend on beside the block.
#[derive(Clone, Copy)]
pub(in crate::cmd::status) struct Scope {
    pub long_wait: Duration,
    /// A process in the block's IPC namespace, unless that is this process's own.
    pub inside: Option<Pid>,
}

/// To end a process, by a user who may; with what that means.
pub(super) fn ending(pid: Pid, meaning: &str) -> Fix {
    let hard = system::signals::withstands_sigterm(pid);
    let fix = Fix::from(ShellCommand::kill(pid, hard)).note(meaning);
    if system::may_signal(pid) { fix } else { as_root(fix) }
}

/// What could not be seen. Where processes hide it from this user, root sees more.
pub(in crate::cmd::status) fn unseen(
    unknown: &[String],
    context: &BlockContext<'_>,
) -> Vec<String> {
    let mut lines = unknown.to_vec();
    if context.hides_waiters.is_some() && !nix::unistd::geteuid().is_root() {
        let status = Fix::from(context.semlock_on_block("status"));
        lines.push(as_root(status.note("sees every process")).to_string());
    }
    lines
}
