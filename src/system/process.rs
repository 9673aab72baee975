//! One process, as it was when it was read.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use jiff::Timestamp;
use nix::errno::Errno;

use super::code::{Code, Files, code_of};
use super::executable::{Executable, run_the_same};
use super::linux::{self, Stat, Status};
use super::{Clock, Entry, Pid, Text, Tid};
use crate::sysv::{Credentials, Uid};

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

/// The bits of capabilities: linux/capability.h.
const CAP_IPC_OWNER: u64 = 1 << 15;
const CAP_SYS_ADMIN: u64 = 1 << 21;

/// A kernel thread, which has no program: `PF_KTHREAD`.
const KERNEL: u64 = 0x0020_0000;

/// A process that is ending and no longer runs code of its program: `PF_EXITING`.
const EXITING: u64 = 0x0000_0004;

/// What has a pid.
pub(super) enum Task {
    Process(Box<Process>),
    KernelThread,
}

/// Reads a process, without its code, which takes longer.
pub(super) fn read(pid: Pid, clock: &Clock) -> Entry<Task> {
    linux::stat(pid).and_then(|stat| {
        if stat.flags & KERNEL != 0 {
            return Entry::Is(Task::KernelThread);
        }
        if has_ended_by(&stat) {
            let process =
                Process::of(pid, stat, &[], Entry::Is(Vec::new()), Tid::first_of(pid), clock);
            return Entry::Is(Task::Process(Box::new(process)));
        }
        living(pid, stat, clock)
    })
}

/// Whether a process has ended. One whose first thread has ended may have others that run.
pub(super) fn has_ended_by(stat: &Stat) -> bool {
    matches!(stat.state, b'Z' | b'X' | b'x') && stat.threads <= 1
}

fn living(pid: Pid, stat: Stat, clock: &Clock) -> Entry<Task> {
    linux::status(pid, "status").and_then(|first| {
        let alone = stat.threads <= 1;
        let others = if alone { Entry::Is(Vec::new()) } else { other_threads(pid) };
        others.map(|others| {
            let leads = !matches!(stat.state, b'Z' | b'X' | b'x');
            let running = leads.then_some(Tid::first_of(pid)).into_iter();
            let running: Vec<_> = running.chain(others.iter().map(|&(tid, _)| tid)).collect();
            let thread = running.first().copied().unwrap_or(Tid::first_of(pid));
            let namespaces = namespaces(pid, &running);
            let statuses: Vec<_> = std::iter::once(first)
                .chain(others.into_iter().map(|(_, status)| status))
                .collect();
            let process = Process::of(pid, stat, &statuses, namespaces, thread, clock);
            Task::Process(Box::new(process))
        })
    })
}

/// The status of every thread but the first: each has its own credentials and namespaces.
/// Threads that end in the meantime are left out.
fn other_threads(pid: Pid) -> Entry<Vec<(Tid, Status)>> {
    let read = |tids: Vec<Tid>| {
        let mut threads = Vec::new();
        for tid in tids.into_iter().filter(|&tid| tid != Tid::first_of(pid)) {
            match linux::status(pid, &format!("task/{tid}/status")) {
                Entry::Is(status) => threads.push((tid, status)),
                Entry::Gone => {}
                Entry::Unreadable(errno) => return Entry::Unreadable(errno),
            }
        }
        Entry::Is(threads)
    };
    linux::threads(pid).and_then(read)
}

fn namespaces(pid: Pid, tids: &[Tid]) -> Entry<Vec<u64>> {
    let mut found = BTreeSet::new();
    for tid in tids {
        let place = if *tid == Tid::first_of(pid) { String::new() } else { format!("task/{tid}/") };
        match linux::namespace(pid, &format!("{place}ns/ipc")) {
            Entry::Is(namespace) => drop(found.insert(namespace)),
            Entry::Gone => {}
            Entry::Unreadable(errno) => return Entry::Unreadable(errno),
        }
    }
    if !found.is_empty() {
        return Entry::Is(found.into_iter().collect());
    }
    match linux::stat(pid) {
        Entry::Is(stat) if has_ended_by(&stat) || stat.flags & EXITING != 0 => Entry::Gone,
        Entry::Gone => Entry::Gone,
        // It lives, so something is mounted over its files.
        Entry::Is(_) | Entry::Unreadable(_) => Entry::Unreadable(Errno::ENOENT),
    }
}

impl Process {
    fn of(
        pid: Pid,
        stat: Stat,
        statuses: &[Status],
        namespaces: Entry<Vec<u64>>,
        thread: Tid,
        clock: &Clock,
    ) -> Self {
        let pids = statuses.first().map_or(&[][..], |status| &status.pids);
        Self {
            pid,
            parent: Pid::new(stat.parent),
            group: Pid::new(stat.group),
            session: Pid::new(stat.session),
            started: clock.start_time(stat.started),
            name: Text::new(stat.name),
            ended: statuses.is_empty(),
            credentials: credentials(statuses),
            first: pids.last().map_or(pid.raw() == 1, |&inner| inner == 1),
            own_pid: pids.last().copied().unwrap_or(pid.raw()),
            shares_pids: pids.len() <= 1,
            namespaces,
            thread,
            code: OnceCell::new(),
            executable: OnceCell::new(),
            own: OnceCell::new(),
            command: OnceCell::new(),
        }
    }

    /// Whether it adopts orphans: init(1), also that of a container, and systemd's manager of
    /// a user's services.
    pub(crate) fn is_reaper(&self) -> bool {
        self.first || linux::is_reaper(self.pid, self.name.as_bytes())
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
        *self.own.get_or_init(|| run_the_same(self.pid, "self"))
    }

    /// The command line that it was started with, or its name if it has none.
    pub(crate) fn command(&self) -> &Entry<Text> {
        self.command.get_or_init(|| {
            linux::command_line(self.pid).map(|words| {
                if words.is_empty() { self.name.clone() } else { Text::from_words(&words) }
            })
        })
    }
}

fn union<I: Copy + Ord>(of: &[Status], ids: impl Fn(&Status) -> &[I]) -> Vec<I> {
    let ids: BTreeSet<I> = of.iter().flat_map(ids).copied().collect();
    ids.into_iter().collect()
}

/// The union of all threads' credentials.
fn credentials(statuses: &[Status]) -> Credentials {
    let uids = union(statuses, |status| &status.uids);
    let root = uids.contains(&Uid::ROOT);
    let has =
        |bit| statuses.iter().any(|status| status.capabilities.map_or(root, |set| set & bit != 0));
    Credentials {
        gids: union(statuses, |status| &status.gids),
        groups: union(statuses, |status| &status.groups),
        ipc_owner: has(CAP_IPC_OWNER),
        sys_admin: has(CAP_SYS_ADMIN),
        uids,
    }
}

/// A variable of the environment that a process was started with.
pub(crate) fn environment_variable(pid: Pid, name: &str) -> Entry<Option<Vec<u8>>> {
    linux::read(pid, "environ").map(|environment| {
        let mut variables = environment.split(|&byte| byte == 0);
        variables.find_map(|variable| {
            Some(variable.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.to_vec())
        })
    })
}
