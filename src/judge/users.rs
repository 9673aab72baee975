//! Which living processes could still use a set: those with access to it, the means to
//! use it, and knowledge of it.

use std::fmt;

use super::access::{SetAccess, with_access};
use super::knowledge::{Knowledge, SetHistory};
use super::means::{HasMeans, Means, NotCounted, has_means};
use super::options::{JudgeOptions, MIN_AGE};
use super::program;
use crate::system::{Pid, Process, ProcessName, Processes, Text};
use crate::sysv::{SetState, Uid};

/// A process that could use a set, and why.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub pid: Pid,
    name: Text,
    means: Means,
    knowledge: Knowledge,
}

/// The processes that could use a set.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are the users")]
pub(super) struct Users {
    /// Those that are seen to have semaphore calls first, then ascending by pid.
    pub users: Vec<User>,
    /// Those that could use it and do not count, each with the reason.
    pub not_counted: Vec<String>,
    /// The program of most of those that are seen to have semaphore calls.
    pub program: Option<Text>,
}

/// Which of the processes `with_access` could use the set.
pub(super) fn users(
    state: &SetState,
    with_access: &[(Pid, SetAccess)],
    processes: &Processes,
    options: &JudgeOptions,
) -> Users {
    let history = SetHistory { state, processes, options };
    let mut found = Users::default();
    for &(pid, access) in with_access {
        let process = processes.get(pid).filter(|process| !options.ignore(process));
        let knowing = process.and_then(|process| Some((process, history.knowledge_of(process)?)));
        let Some((process, knowledge)) = knowing else { continue };
        match has_means(process, &state.info, processes, options.uid) {
            HasMeans::Yes(means) => {
                found.users.extend(user(process, access, means, knowledge, &history));
            }
            HasMeans::NotCounted(why) => {
                found.not_counted.extend(not_counted(process, why, options));
            }
            HasMeans::No => {}
        }
    }
    found.users.sort_by_key(|user| (!user.has_calls(), user.pid));
    let callers = found.users.iter().filter(|user| user.has_calls());
    found.program = program::of_most(callers.map(|user| &user.name));
    found
}

/// The processes that are seen to have semaphore calls and may use the set, ascending by
/// pid. `here` is its IPC namespace.
pub(crate) fn callers(state: &SetState, processes: &Processes, here: Option<u64>) -> Vec<Pid> {
    let options = JudgeOptions {
        here,
        own: None,
        uid: Uid::ROOT,
        ancestors: Vec::new(),
        ignored: Vec::new(),
        min_age: MIN_AGE,
    };
    let with_access = with_access(&state.info.permissions, processes, here);
    let users = users(state, &with_access, processes, &options).users;
    users.into_iter().filter(User::has_calls).map(|user| user.pid).collect()
}

/// A process that has something of all three, if that is enough. A semlock does not
/// count: it knows what it works on, and its locks are seen in another way.
fn user(
    process: &Process,
    access: SetAccess,
    means: Means,
    knowledge: Knowledge,
    history: &SetHistory,
) -> Option<User> {
    let is_sure = access == SetAccess::Yes;
    let knowledge = match (&means, knowledge) {
        (Means::Calls(_), knowledge) => Some(knowledge),
        (Means::Unclear(_), knowledge) => Some(knowledge).filter(|_| is_sure),
        // A script does not look for keys: it was given the semid, or it was not.
        (Means::Script, Knowledge::Key) => {
            (is_sure && history.was_there(process)).then_some(Knowledge::WasThere)
        }
        (Means::Script, knowledge) => {
            Some(knowledge).filter(|knowledge| is_sure && *knowledge != Knowledge::Launched)
        }
    }?;
    let (pid, name) = (process.pid, process.name.clone());
    (!process.runs_this_program()).then_some(User { pid, name, means, knowledge })
}

/// Why a process does not count. The caller's own shells are not even mentioned.
fn not_counted(process: &Process, why: NotCounted, options: &JudgeOptions) -> Option<String> {
    let process_name = ProcessName(process.pid, Some(&process.name));
    match why {
        NotCounted::InteractiveShell if options.ancestors.contains(&process.pid) => None,
        NotCounted::InteractiveShell => Some(format!("{process_name} is an interactive shell")),
        NotCounted::Login => Some(format!("{process_name} is part of a login")),
    }
}

impl User {
    /// Whether it is seen to have semaphore calls.
    pub(super) fn has_calls(&self) -> bool {
        matches!(self.means, Means::Calls(_))
    }

    pub(super) fn called(&self) -> ProcessName<'_> {
        ProcessName(self.pid, Some(&self.name))
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { means, knowledge, .. } = self;
        write!(f, "{} may use it: it {knowledge}, and {means}", self.called())
    }
}
