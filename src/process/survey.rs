//! Every process at one moment, as far as one may be using a set of another's.

use std::collections::HashMap;

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
    /// Its effective user id.
    pub uid: u32,
    /// Its effective group id, then the supplementary ones.
    pub gids: Vec<u32>,
    /// Its name.
    pub name: String,
}

/// The processes that could be seen.
#[derive(Clone, Debug)]
pub struct Survey {
    processes: HashMap<i32, Facts>,
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

    /// Whether the leader of its process group or of its session has ended.
    pub fn is_left_behind(&self, facts: &Facts) -> bool {
        [facts.group, facts.session].iter().any(|leader| !self.processes.contains_key(leader))
    }

    /// A process and its ancestors, up to a process that adopts orphans.
    pub fn line<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a Facts> {
        let parent =
            |child: &&'a Facts| self.processes.get(&child.parent).filter(|facts| !adopts(facts));
        std::iter::successors(Some(facts), parent)
    }
}

/// init(1), and systemd's manager of a user's services.
fn adopts(facts: &Facts) -> bool {
    facts.pid == 1 || facts.name == "systemd"
}
