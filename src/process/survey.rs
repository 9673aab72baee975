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
    /// The user ids that one of its threads has or can become: real, effective,
    /// saved and file system one.
    pub uids: Vec<u32>,
    /// Their groups, the supplementary ones included.
    pub gids: Vec<u32>,
    /// Whether the kernel lets it in to every set: capabilities(7), `CAP_IPC_OWNER`.
    pub privileged: bool,
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

    /// Those of the leaders of its process group and session that live.
    pub fn leaders(&self, facts: &Facts) -> impl Iterator<Item = &Facts> {
        [facts.group, facts.session].into_iter().filter_map(|leader| self.get(leader))
    }

    /// A process and its ancestors, up to one that adopts orphans. That one is
    /// left out, but for the children that it has started itself, which share
    /// its session: it may be a server, the first process of its container.
    pub fn line<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a Facts> {
        let parent = |&child: &&'a Facts| {
            let parent = self.get(child.parent).filter(|_| !adopts(child))?;
            (parent.session == child.session || !adopts(parent)).then_some(parent)
        };
        std::iter::successors(Some(facts), parent)
    }

    /// Whether it runs by itself, as servers do: it leads its process group, and
    /// whatever started it has left it to one that adopts orphans.
    pub fn is_service(&self, facts: &Facts) -> bool {
        facts.group == facts.pid && self.get(facts.parent).is_none_or(adopts)
    }
}

/// init(1), that of a container too, and systemd's manager of a user's services.
fn adopts(facts: &Facts) -> bool {
    facts.first || facts.name == "systemd"
}
