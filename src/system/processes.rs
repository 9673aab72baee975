//! Every process at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nix::errno::Errno;

use super::code::{Code, Files};
use super::entry::errno;
use super::process::{Process, Task};
use super::record::Listed;
use super::{Clock, Entry, Pid, Text, platform};

/// How often the list is read while processes fork and end faster than they can be read.
/// A round after the first is short: it reads only new processes.
const MAX_ROUNDS: usize = 20;

/// How old a survey may be when sets are removed by it, unless it took long itself.
const MAX_AGE: Duration = Duration::from_secs(1);

/// A survey: the processes that could be read, and why there may be others.
#[derive(Debug)]
pub(crate) struct Processes {
    by_pid: BTreeMap<Pid, Process>,
    /// Why there may be others.
    pub incomplete: Option<Incomplete>,
    /// Whether these are all processes of this kernel, not only those of a container.
    pub sees_all: bool,
    /// The clock that their start times use.
    pub clock: Clock,
    /// When it was begun.
    pub begun: Timestamp,
    /// The same by a clock that cannot be set.
    began: Instant,
    took: Duration,
    files: Files,
}

/// Why a survey is not of every process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// /proc could not be listed, or another file of it could not be read.
    NotListed(Errno),
    /// /proc is that of another pid namespace.
    OtherPids,
    /// The system hides other users' processes.
    Hidden,
    /// A process exists and could not be read.
    Process(Pid, Errno),
    /// New processes appeared in every round.
    Endless,
}

/// Why nothing is known on a system that lists no processes.
const NO_LIST: &str = "this system does not show its processes";

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotListed(Errno::ENOSYS) => f.write_str(NO_LIST),
            Self::NotListed(errno) => {
                write!(f, "the processes cannot be listed: {} ({errno:?})", errno.desc())
            }
            Self::OtherPids => f.write_str("/proc is that of another pid namespace"),
            Self::Hidden => f.write_str(platform::HIDDEN),
            Self::Process(pid, Errno::ENOSYS) => {
                write!(f, "nothing is known of process {pid}: {NO_LIST}")
            }
            Self::Process(pid, errno) => {
                write!(f, "process {pid} cannot be inspected: {} ({errno:?})", errno.desc())
            }
            Self::Endless => f.write_str(
                "processes start and end faster than they can be read; try again in a moment",
            ),
        }
    }
}

impl Processes {
    /// Reads every process, without kernel threads.
    ///
    /// One pass over the list is not enough: a process that ends before it is read may have
    /// left children that are not in the list. So the list is read again until every new
    /// process in it still lives when it is read.
    pub(crate) fn survey() -> Self {
        let (begun, began) = (Timestamp::now(), Instant::now());
        let clock = Clock::now();
        let mut processes = Self {
            by_pid: BTreeMap::new(),
            incomplete: platform::obstacle()
                .or(clock.as_ref().err().map(|error| Incomplete::NotListed(errno(error)))),
            sees_all: platform::sees_every_process(),
            clock: clock.unwrap_or_else(|_| Clock::steady(Timestamp::MIN)),
            begun,
            began,
            took: Duration::ZERO,
            files: Files::default(),
        };
        if processes.incomplete != Some(Incomplete::OtherPids) {
            processes.read_all();
        }
        processes.took = began.elapsed();
        processes
    }

    /// A made-up survey.
    #[cfg(test)]
    pub(crate) fn of(processes: Vec<Process>, clock: Clock, begun: Timestamp) -> Self {
        Self {
            by_pid: processes.into_iter().map(|process| (process.pid, process)).collect(),
            incomplete: None,
            sees_all: true,
            clock,
            begun,
            began: Instant::now(),
            took: Duration::ZERO,
            files: Files::default(),
        }
    }

    fn read_all(&mut self) {
        let mut known = BTreeSet::new();
        for round in 0..MAX_ROUNDS {
            let listed = match platform::list() {
                Ok(listed) => listed,
                Err(error) => return self.note(Incomplete::NotListed(errno(&error))),
            };
            let mut all_live = true;
            for entry in listed.into_iter().filter(|&entry| known.insert(entry)) {
                all_live &= self.read(entry);
            }
            if all_live && round > 0 {
                return;
            }
        }
        self.note(Incomplete::Endless);
    }

    /// Reads a process. Returns whether it still lives.
    fn read(&mut self, Listed { pid, .. }: Listed) -> bool {
        match platform::read(pid, &self.clock) {
            Entry::Is(Task::Process(process)) => {
                let lives = !process.ended && !matches!(process.namespaces, Entry::Gone);
                self.by_pid.insert(pid, *process);
                lives
            }
            Entry::Is(Task::KernelThread) => true,
            Entry::Gone => {
                // Something is mounted over it, or another process has the pid.
                if exists(pid) {
                    self.note(Incomplete::Process(pid, Errno::ENOENT));
                }
                false
            }
            Entry::Unreadable(errno) => {
                self.note(Incomplete::Process(pid, errno));
                true
            }
        }
    }

    /// The first gap stays.
    fn note(&mut self, incomplete: Incomplete) {
        self.incomplete.get_or_insert(incomplete);
    }

    /// Whether sets may still be removed by it: it is at most a second old, or three times as
    /// old as it took.
    pub(crate) fn is_fresh(&self) -> bool {
        self.began.elapsed() <= MAX_AGE.max(3 * self.took)
    }

    /// Every process, zombies included, in the order of their pids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Process> {
        self.by_pid.values()
    }

    pub(crate) fn get(&self, pid: Pid) -> Option<&Process> {
        self.by_pid.get(&pid)
    }

    /// The process that has the pid `inner` in the pid namespace of `other`. None if that is
    /// not known.
    pub(crate) fn known_as(&self, inner: i32, other: &Process) -> Option<Pid> {
        if other.shares_pids {
            return Pid::new(inner);
        }
        let here = platform::pid_namespace(other.pid).ok()?;
        let is_it = |one: &&Process| {
            one.own_pid == inner
                && !one.ended
                && platform::pid_namespace(one.pid) == Entry::Is(here)
        };
        self.all().find(is_it).map(|one| one.pid)
    }

    /// Whether the process that had this pid at the time `then` still lives. One that started
    /// later is another process. One that is not in the survey may have started since: then
    /// the kernel is asked.
    pub(crate) fn lives(&self, pid: Pid, then: Option<Timestamp>) -> bool {
        match self.get(pid) {
            Some(process) => !process.ended && self.was_there(process, then),
            None => self.may_be_later(then) && exists(pid),
        }
    }

    /// Whether a process outside of this container may have this pid. Linux shows no pid of
    /// such a process.
    pub(crate) fn may_have_outside(&self, pid: Pid) -> bool {
        platform::OUTSIDE_HAS_PIDS && !self.sees_all && self.get(pid).is_none()
    }

    /// Whether a process may have existed at the time `then`, or at an unknown time.
    pub(crate) fn was_there(&self, process: &Process, then: Option<Timestamp>) -> bool {
        then.is_none_or(|then| self.clock.may_precede(process.started, then))
    }

    /// Whether the time `then` may be after the start of the survey, or the survey is
    /// incomplete.
    fn may_be_later(&self, then: Option<Timestamp>) -> bool {
        self.incomplete.is_some()
            || then.is_none_or(|then| self.clock.may_precede(self.begun, then))
    }

    /// A process's parent, its parent and so on, nearest first.
    pub(crate) fn ancestors<'a>(
        &'a self,
        process: &'a Process,
    ) -> impl Iterator<Item = &'a Process> {
        let parent = |&child: &&'a Process| {
            // A younger parent has the pid of one that has ended.
            let parent = self.get(child.parent?)?;
            (parent.started <= child.started && parent.pid != child.pid).then_some(parent)
        };
        std::iter::successors(parent(&process), parent)
    }

    /// Whether the leader of its process group or session has ended or is in another pid
    /// namespace. Then the process that started it may have ended, too.
    pub(crate) fn is_left_behind(&self, process: &Process) -> bool {
        [process.group, process.session].iter().any(|leader| {
            let leader = leader.and_then(|leader| self.get(leader));
            leader.is_none_or(|leader| leader.ended)
        })
    }

    /// Whether the code of a process can call semop(2).
    pub(crate) fn code<'a>(&'a self, process: &'a Process) -> &'a Entry<Code> {
        process.code(&self.files)
    }
}

/// Whether a process has this pid now: kill(2) with signal 0.
pub(crate) fn exists(pid: Pid) -> bool {
    nix::sys::signal::kill(pid.into(), None) != Err(Errno::ESRCH)
}

/// The name of a process for people, with its pid.
pub(crate) struct ProcessName<'a>(pub Pid, pub Option<&'a Text>);

impl fmt::Display for ProcessName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(name) => write!(f, "process {} ({name})", self.0),
            None => write!(f, "process {}", self.0),
        }
    }
}
