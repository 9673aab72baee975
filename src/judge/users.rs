//! Which living processes could still use a set: those with access to it, the
//! means to use it, and knowledge of it.

use std::fmt;

use super::means::{self, Found, Means, Named};
use super::program;
use super::reach::{Reach, reachers};
use super::verdict::{Query, RECENT};
use crate::system::{Entry, Pid, Process, ProcessName, Processes, Text};
use crate::sysv::{SetInfo, SetState};

/// What a service is seen to have started so soon after a set was last changed may
/// have been started by what created the set.
const LAUNCH: i64 = 60;

/// Processes that are left out of account on an administrator's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// The one with this pid.
    Pid(Pid),
    /// Those with this name, or whose executable has it.
    Name(Vec<u8>),
}

impl Ignored {
    fn covers(&self, process: &Process) -> bool {
        match self {
            Self::Pid(pid) => process.pid == *pid,
            Self::Name(name) => process.is_called(name),
        }
    }
}

/// A process that could use a set, and why.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub pid: Pid,
    pub name: Text,
    means: Means,
    knows: Knowledge,
}

/// How a process could know a set.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Knowledge {
    /// The set has a key.
    Key,
    /// It was there when the set was last changed or used.
    WasThere,
    /// An ancestor was that can use sets itself.
    Through(String),
    /// The leader of its process group or session has ended, or that of an ancestor.
    LeftBehind,
    /// A child of it that has ended was the last to use the set.
    Child(Pid),
    /// Its launcher, which has ended, may have created the set.
    Launched,
}

/// Those who could use a set.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are the users")]
pub(super) struct Users {
    /// Ascending by pid; those that are seen to have semaphore calls first.
    pub users: Vec<User>,
    /// Who could and is not counted, and why.
    pub named: Vec<String>,
    /// The program that they run.
    pub program: Option<Text>,
}

/// Those of `reachers` that could use the set.
pub(super) fn users(
    state: &SetState,
    reachers: &[(Pid, Reach)],
    processes: &Processes,
    query: &Query,
) -> Users {
    let set = &state.info;
    let judge = Candidates { set, state, processes, query };
    let mut found = Users::default();
    for &(pid, reach) in reachers {
        let process = processes.get(pid).filter(|process| !judge.is_ignored(process));
        let Some((process, knows)) = process.and_then(|one| Some((one, judge.knowledge(one)?)))
        else {
            continue;
        };
        match means::means(process, set, processes, query.uid) {
            Found::Means(means) => found.users.extend(judge.user(process, reach, means, knows)),
            Found::Named(named) => found.named.extend(judge.named(process, named)),
            Found::Nothing => {}
        }
    }
    found.users.sort_by_key(|user| (!user.has_calls(), user.pid));
    found.program = program::of_users(&found.users);
    found
}

/// Those that are seen to have semaphore calls and may use the set; ascending by pid.
/// `here` is its IPC namespace.
pub(crate) fn callers(state: &SetState, processes: &Processes, here: Option<u64>) -> Vec<Pid> {
    let query = Query { here, uid: 0, asking: vec![], ignored: vec![], recent: RECENT };
    let reachers = reachers(&state.info.permissions, processes, here);
    let users = users(state, &reachers, processes, &query).users;
    users.into_iter().filter(User::has_calls).map(|user| user.pid).collect()
}

struct Candidates<'a> {
    set: &'a SetInfo,
    state: &'a SetState,
    processes: &'a Processes,
    query: &'a Query,
}

impl Candidates<'_> {
    /// A process that has something of all three, if that is enough. A semlock knows
    /// what it works on, and that is seen otherwise.
    fn user(
        &self,
        process: &Process,
        reach: Reach,
        means: Means,
        knows: Knowledge,
    ) -> Option<User> {
        let is_sure = reach == Reach::Yes;
        let knows = match (&means, knows) {
            (Means::Calls(_), knows) => Some(knows),
            (Means::Unclear(_), knows) => Some(knows).filter(|_| is_sure),
            // A script looks for no key: it was told the semid, or was not.
            (Means::Script, Knowledge::Key) => {
                (is_sure && self.was_there(process)).then_some(Knowledge::WasThere)
            }
            (Means::Script, knows) => {
                Some(knows).filter(|knows| is_sure && *knows != Knowledge::Launched)
            }
        }?;
        let (pid, name) = (process.pid, process.name.clone());
        (!process.runs_this_program()).then_some(User { pid, name, means, knows })
    }

    fn is_ignored(&self, process: &Process) -> bool {
        self.query.ignored.iter().any(|ignored| ignored.covers(process))
    }

    /// How a process could know the set; None if it cannot.
    fn knowledge(&self, process: &Process) -> Option<Knowledge> {
        if !self.set.is_private() {
            return Some(Knowledge::Key);
        }
        if self.was_there(process) {
            return Some(Knowledge::WasThere);
        }
        let through = |ancestor: &&Process| {
            self.was_there(ancestor)
                && !self.is_ignored(ancestor)
                && means::has_means(ancestor, self.set, self.processes)
        };
        if let Some(ancestor) = line(self.processes, process).find(through) {
            return Some(Knowledge::Through(
                ProcessName(ancestor.pid, Some(&ancestor.name)).to_string(),
            ));
        }
        if let Some(child) = self.last_child(process) {
            return Some(Knowledge::Child(child));
        }
        let mut line = [process].into_iter().chain(line(self.processes, process));
        if line.any(|one| self.is_left_behind(one)) {
            return Some(Knowledge::LeftBehind);
        }
        self.is_launched(process).then_some(Knowledge::Launched)
    }

    fn was_there(&self, process: &Process) -> bool {
        self.processes.was_there(process, self.set.last_change())
    }

    /// A child that has ended, waits to be asked how, and was the last to use it.
    fn last_child(&self, process: &Process) -> Option<Pid> {
        let last = self.state.semaphores.iter().filter_map(|one| Pid::new(one.sempid));
        let mut last = last.filter_map(|pid| self.processes.get(pid));
        let child = last.find(|child| child.ended && child.parent == Some(process.pid))?;
        Some(child.pid)
    }

    /// Whether what has started a process may have ended: the leader of its process
    /// group or session has, or it was adopted. A service has a reaper for a parent
    /// from the beginning, and leads its own session.
    fn is_left_behind(&self, process: &Process) -> bool {
        let parent = process.parent.and_then(|parent| self.processes.get(parent));
        let is_adopted = parent.is_none_or(Process::is_reaper) && !leads_a_session(process);
        !process.is_reaper() && (is_adopted || self.processes.is_left_behind(process))
    }

    /// Whether a process, or one above it, has a session of its own since so short a
    /// time after the set was changed that what created the set may have started it.
    fn is_launched(&self, process: &Process) -> bool {
        let soon = |one: &Process| {
            let last = self.set.last_change();
            last.is_none_or(|then| {
                (0..LAUNCH).contains(&one.started.duration_since(then).as_secs())
            })
        };
        let mut line = [process].into_iter().chain(line(self.processes, process));
        line.any(|one| leads_a_session(one) && soon(one))
    }

    /// The shells of the caller itself are not even named.
    fn named(&self, process: &Process, named: Named) -> Option<String> {
        let called = ProcessName(process.pid, Some(&process.name));
        match named {
            Named::InteractiveShell if self.query.asking.contains(&process.pid) => None,
            Named::InteractiveShell => Some(format!("{called} is an interactive shell")),
            Named::Login => Some(format!("{called} is a part of a login")),
        }
    }
}

fn leads_a_session(process: &Process) -> bool {
    process.session == Some(process.pid)
}

/// The ancestors of a process, nearest first.
///
/// A reaper adopts what others have started. So one that may not be looked into
/// is taken for an ancestor only of what is in its own session: it may be a
/// server, the first process of its container.
pub(super) fn line<'a>(
    processes: &'a Processes,
    process: &'a Process,
) -> impl Iterator<Item = &'a Process> {
    let mut child = process;
    processes.ancestors(process).take_while(move |ancestor| {
        let is_in_session = ancestor.session == child.session;
        child = ancestor;
        !ancestor.is_reaper() || is_in_session || matches!(processes.code(ancestor), Entry::Is(_))
    })
}

impl User {
    /// Whether it is seen to have semaphore calls.
    pub(super) fn has_calls(&self) -> bool {
        matches!(self.means, Means::Calls(_))
    }

    /// Its pid and its name.
    pub(super) fn called(&self) -> String {
        format!("process {} ({})", self.pid, self.name)
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { means, knows, .. } = self;
        write!(f, "{} may use it: it {knows}, and {means}", self.called())
    }
}

impl fmt::Display for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("can find it by its key"),
            Self::WasThere => f.write_str("was there when the set was last changed or used"),
            Self::Through(ancestor) => {
                write!(
                    f,
                    "descends from {ancestor}, which was there when the set was last changed or used"
                )
            }
            Self::LeftBehind => f.write_str(
                "outlives the leader of its process group or session, which may have known the set",
            ),
            Self::Child(pid) => {
                write!(f, "started process {pid}, which has ended and was the last to use the set")
            }
            Self::Launched => f.write_str(
                "was started within a minute of the set's last change, perhaps by what created it",
            ),
        }
    }
}
