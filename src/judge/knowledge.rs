//! How a process could know a set: by its key, or because it, or what started it, was
//! there when the set was used.

use std::fmt;

use super::ancestors::{ancestors, with_ancestors};
use super::means;
use super::options::JudgeOptions;
use crate::system::{Pid, Process, ProcessName, Processes};
use crate::sysv::SetState;

/// A service that starts so soon after a set was last changed may have been started by
/// the creator of the set.
const MAX_LAUNCH_SECONDS: i64 = 60;

/// How a process could know a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// The set has a key.
    Key,
    /// It was running when the set was last changed or used.
    WasThere,
    /// An ancestor that can use sets itself was there.
    Through(String),
    /// The leader of its process group or session has ended, or that of an ancestor.
    LeftBehind,
    /// A child of it that has ended was the last to use the set.
    Child(Pid),
    /// Its launcher, which has ended, may have created the set.
    Launched,
}

/// The set and the processes: what somebody may have known, and when.
pub(super) struct SetHistory<'a> {
    pub state: &'a SetState,
    pub processes: &'a Processes,
    pub options: &'a JudgeOptions,
}

impl SetHistory<'_> {
    /// How a process could know the set; None if it cannot.
    pub(super) fn knowledge_of(&self, process: &Process) -> Option<Knowledge> {
        if !self.state.info.is_private() {
            return Some(Knowledge::Key);
        }
        if self.was_there(process) {
            return Some(Knowledge::WasThere);
        }
        if let Some(ancestor) = self.knowing_ancestor(process) {
            let called = ProcessName(ancestor.pid, Some(&ancestor.name));
            return Some(Knowledge::Through(called.to_string()));
        }
        if let Some(child) = self.last_child(process) {
            return Some(Knowledge::Child(child));
        }
        if with_ancestors(self.processes, process).any(|one| self.is_left_behind(one)) {
            return Some(Knowledge::LeftBehind);
        }
        self.is_launched(process).then_some(Knowledge::Launched)
    }

    pub(super) fn was_there(&self, process: &Process) -> bool {
        self.processes.was_there(process, self.state.info.last_change())
    }

    fn knowing_ancestor<'a>(&'a self, process: &'a Process) -> Option<&'a Process> {
        ancestors(self.processes, process).find(|ancestor| {
            self.was_there(ancestor)
                && !self.options.ignore(ancestor)
                && means::may_have_calls(ancestor, &self.state.info, self.processes)
        })
    }

    /// A child that was the last to use the set, has ended, and was not waited for.
    fn last_child(&self, process: &Process) -> Option<Pid> {
        let last = self.state.semaphores.iter().filter_map(|one| one.sempid);
        let mut last = last.filter_map(|pid| self.processes.get(pid));
        let child = last.find(|child| child.ended && child.parent == Some(process.pid))?;
        Some(child.pid)
    }

    /// Whether the process that started this one may have ended: the leader of its
    /// process group or session has, or it was adopted. A service has a reaper as its
    /// parent from the start, and leads its own session.
    fn is_left_behind(&self, process: &Process) -> bool {
        let parent = process.parent.and_then(|parent| self.processes.get(parent));
        let is_adopted = parent.is_none_or(Process::is_reaper) && !leads_a_session(process);
        !process.is_reaper() && (is_adopted || self.processes.is_left_behind(process))
    }

    /// Whether a process, or an ancestor, got its session so soon after the set was
    /// changed that the creator of the set may have started it.
    fn is_launched(&self, process: &Process) -> bool {
        let last = self.state.info.last_change();
        let is_soon = |one: &Process| {
            last.is_none_or(|then| {
                (0..MAX_LAUNCH_SECONDS).contains(&one.started.duration_since(then).as_secs())
            })
        };
        with_ancestors(self.processes, process).any(|one| leads_a_session(one) && is_soon(one))
    }
}

fn leads_a_session(process: &Process) -> bool {
    process.session == Some(process.pid)
}

/// What the process did, as the rest of a sentence about it.
impl fmt::Display for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("can find it by its key"),
            Self::WasThere => f.write_str("was running when the set was last changed or used"),
            Self::Through(ancestor) => {
                write!(
                    f,
                    "descends from {ancestor}, which was running when the set was last changed or used"
                )
            }
            Self::LeftBehind => f.write_str(
                "outlives the leader of its process group or terminal session, which may have known the set",
            ),
            Self::Child(pid) => {
                write!(f, "started process {pid}, which has ended and was the last to use the set")
            }
            Self::Launched => f.write_str(
                "was started within a minute of the set's last change, perhaps by its creator",
            ),
        }
    }
}
