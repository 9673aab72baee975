//! One process, as it was when it was read.

use std::cell::OnceCell;

use jiff::Timestamp;

use super::code::{Code, Files, code_of};
use super::executable::Executable;
use super::platform;
use super::record::Record;
use super::{Clock, Entry, Pid, Text, Tid};
use crate::sysv::Credentials;

/// What is known about a process.
///
/// Fields that take long to read and are seldom needed are read on demand, and only once.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub pid: Pid,
    /// Its parent; None for the first process of a pid namespace, or if the parent is in
    /// another one.
    pub parent: Option<Pid>,
    /// The leader of its process group; None if that is in another pid namespace.
    pub group: Option<Pid>,
    /// The leader of its session; None if that is in another pid namespace.
    pub session: Option<Pid>,
    /// When it started, by the system's clock now, to a hundredth of a second.
    pub started: Timestamp,
    pub name: Text,
    /// Whether it is a zombie.
    pub ended: bool,
    /// The union of its threads' real, effective, saved and file system ids.
    pub credentials: Credentials,
    /// Whether it is the first process of a pid namespace, which adopts orphans.
    pub first: bool,
    /// Its pid in its own pid namespace.
    pub own_pid: i32,
    /// Whether it is in the pid namespace of this process.
    pub shares_pids: bool,
    /// The IPC namespaces of its threads, by inode number: nearly always one. Gone if it is
    /// ending and has left them, which comes after the release of its locks.
    pub namespaces: Entry<Vec<u64>>,
    /// The first of its threads that still runs.
    pub(super) thread: Tid,
    pub(super) code: OnceCell<Entry<Code>>,
    pub(super) executable: OnceCell<Executable>,
    pub(super) own: OnceCell<bool>,
    pub(super) command: OnceCell<Entry<Text>>,
}

/// Whether a process adopts the children of others, as seen from here: init(1), and systemd's
/// manager of a user's services.
pub(super) fn is_reaper(pid: Pid, name: &[u8]) -> bool {
    pid.raw() == 1 || name == b"systemd"
}

/// What has a pid.
pub(super) enum Task {
    Process(Box<Process>),
    KernelThread,
}

impl Process {
    /// One of the only pid and IPC namespace of its system.
    pub(super) fn of(pid: Pid, record: Record, started: Timestamp, ids: Credentials) -> Self {
        Self {
            pid,
            parent: Pid::new(record.parent),
            group: Pid::new(record.group),
            session: Pid::new(record.session),
            started,
            name: Text::new(record.name),
            ended: record.ended,
            credentials: ids,
            first: pid.raw() == 1,
            own_pid: pid.raw(),
            shares_pids: true,
            namespaces: Entry::Is(vec![0]),
            thread: Tid::first_of(pid),
            code: OnceCell::new(),
            executable: OnceCell::new(),
            own: OnceCell::new(),
            command: OnceCell::new(),
        }
    }

    /// Whether it adopts orphans: init(1), also that of a container, and systemd's manager of
    /// a user's services.
    pub(crate) fn is_reaper(&self) -> bool {
        self.first || is_reaper(self.pid, self.name.as_bytes())
    }

    /// Whether this process has started it.
    pub(crate) fn is_own_child(&self) -> bool {
        self.parent == Some(Pid::own())
    }

    /// Whether it may have existed at the time `then` of a set. True if the clock cannot be
    /// read.
    pub(crate) fn may_precede(&self, then: Timestamp) -> bool {
        Clock::now().map_or(true, |clock| clock.may_precede(self.started, then))
    }

    /// Whether one of its threads may be in the IPC namespace `here`.
    pub(crate) fn may_be_in(&self, here: Option<u64>) -> bool {
        match (&self.namespaces, here) {
            (Entry::Is(theirs), Some(here)) => theirs.contains(&here),
            (Entry::Gone, Some(_)) => false,
            (Entry::Unreadable(_), _) | (_, None) => true,
        }
    }

    /// Its code. Files in `files` are not read again.
    pub(super) fn code(&self, files: &Files) -> &Entry<Code> {
        self.code.get_or_init(|| code_of(self.pid, self.thread, files))
    }

    pub(crate) fn executable(&self) -> &Executable {
        self.executable.get_or_init(|| Executable::of(self.pid))
    }

    /// Whether this is its name, or the name of the file that it runs.
    pub(crate) fn is_called(&self, name: &[u8]) -> bool {
        self.name.as_bytes() == name
            || matches!(&self.executable().file, Entry::Is(file) if file == name)
    }

    /// Whether it runs the same file as this process.
    pub(crate) fn runs_this_program(&self) -> bool {
        *self.own.get_or_init(|| platform::run_the_same(self.pid, Pid::own()))
    }

    /// The command line that it was started with, or its name if it has none.
    pub(crate) fn command(&self) -> &Entry<Text> {
        self.command.get_or_init(|| {
            platform::command_line(self.pid).map(|words| {
                if words.is_empty() { self.name.clone() } else { Text::from_words(&words) }
            })
        })
    }
}

/// A variable of the environment that a process was started with.
pub(crate) fn environment_variable(pid: Pid, name: &str) -> Entry<Option<Vec<u8>>> {
    platform::environment(pid).map(|environment| {
        let mut variables = environment.split(|&byte| byte == 0);
        variables.find_map(|variable| {
            Some(variable.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.to_vec())
        })
    })
}
