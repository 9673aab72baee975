//! Every process at one moment, as far as one may be using a set of another's.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::platform;

/// What is told of a process.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its pid.
    pub pid: i32,
    /// Its parent.
    pub parent: i32,
    /// Its process group, by the pid of the leader.
    pub group: i32,
    /// Its session, by the pid of the leader.
    pub session: i32,
    /// When it started, to about a second.
    pub started: Timestamp,
    /// Its real, effective, saved and file system user ids: it can become each.
    pub uids: [u32; 4],
    /// Its effective group id, then the supplementary ones.
    pub gids: Vec<u32>,
    /// Its name.
    pub name: String,
    /// Whether it is the first process of a pid namespace.
    pub first: bool,
    /// The IPC namespaces of its threads, as namespaces(7) names them; none if
    /// they are hidden.
    pub ipc_namespaces: Vec<String>,
}

/// The processes that could be seen.
#[derive(Clone, Debug)]
pub struct Survey {
    processes: BTreeMap<i32, Facts>,
    /// Whether these are all that this kernel runs.
    pub everywhere: bool,
}

impl Survey {
    /// Looks at every process but this one and the kernel's own. None where
    /// some of them are hidden (proc(5), `hidepid`).
    pub fn now() -> Option<Self> {
        platform::survey().map(|processes| Self::of(processes, platform::sees_every_process()))
    }

    /// A survey of these.
    pub fn of(processes: Vec<Facts>, everywhere: bool) -> Self {
        let processes = processes.into_iter().map(|facts| (facts.pid, facts)).collect();
        Self { processes, everywhere }
    }

    /// Every process.
    pub fn all(&self) -> impl Iterator<Item = &Facts> {
        self.processes.values()
    }

    /// The process with this pid.
    pub fn get(&self, pid: i32) -> Option<&Facts> {
        self.processes.get(&pid)
    }

    /// Whether the leader of its process group or of its session cannot be seen:
    /// it has ended, or is of another pid namespace.
    pub fn is_left_behind(&self, facts: &Facts) -> bool {
        [facts.group, facts.session].iter().any(|leader| !self.processes.contains_key(leader))
    }

    /// A process and its ancestors, up to one that adopts orphans. That one is
    /// left out, but for the children that it has started itself: a server that
    /// is the first process of its container leads their group or session.
    pub fn line<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a Facts> {
        let parent = |&child: &&'a Facts| {
            let parent = self.processes.get(&child.parent).filter(|_| !adopts(child))?;
            let leads = [child.group, child.session].contains(&parent.pid);
            (leads || !adopts(parent)).then_some(parent)
        };
        std::iter::successors(Some(facts), parent)
    }
}

/// init(1), that of a container too, and systemd's manager of a user's services.
fn adopts(facts: &Facts) -> bool {
    facts.first || facts.name == "systemd"
}
