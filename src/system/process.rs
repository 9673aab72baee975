//! One process, as it was when it was looked at.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use jiff::Timestamp;
use nix::errno::Errno;

use super::code::{Code, Files, code_of};
use super::executable::{Executable, run_the_same};
use super::linux::{self, Stat, Status};
use super::{Clock, Entry, Pid, Text};
use crate::sysv::{Credentials, Uid};

/// What is known of a process.
///
/// What takes longer to find out, and is seldom asked for, is looked at when it
/// is asked for, and once.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// Its pid.
    pub pid: Pid,
    /// Its parent; None for the first process of a pid namespace and where the
    /// parent is in another one.
    pub parent: Option<Pid>,
    /// The leader of its process group; None if that is of another pid namespace.
    pub group: Option<Pid>,
    /// The leader of its session; None if that is of another pid namespace.
    pub session: Option<Pid>,
    /// When it started, by today's clock, to a hundredth of a second.
    pub started: Timestamp,
    /// The name that it goes by.
    pub name: Text,
    /// Whether it has ended and only waits for its parent to ask how.
    pub ended: bool,
    /// What one of its threads has or can become: real, effective, saved and file
    /// system ids.
    pub credentials: Credentials,
    /// Whether it is the first process of a pid namespace, which adopts orphans.
    pub first: bool,
    /// The pid that it has for itself, in its own pid namespace.
    pub own_pid: i32,
    /// Whether it knows other processes by the pids that this one does.
    pub shares_pids: bool,
    /// The IPC namespaces of its threads, by inode number: nearly always one. Gone where
    /// it is ending and has left them, after it has given its locks back.
    pub namespaces: Entry<Vec<u64>>,
    /// The first of its threads that still runs.
    pub(super) thread: i32,
    pub(super) code: OnceCell<Entry<Code>>,
    pub(super) executable: OnceCell<Executable>,
    pub(super) own: OnceCell<bool>,
    pub(super) command: OnceCell<Entry<Text>>,
}

/// The bits of capabilities: linux/capability.h.
const CAP_IPC_OWNER: u64 = 1 << 15;
const CAP_SYS_ADMIN: u64 = 1 << 21;

/// A thread of the kernel itself, which has no code of its own: `PF_KTHREAD`.
const KERNEL: u64 = 0x0020_0000;

/// A process that is ending, and runs no code of its own any more: `PF_EXITING`.
const EXITING: u64 = 0x0000_0004;

/// What became of reading a process.
pub(super) enum Read {
    Is(Box<Process>),
    /// The kernel's own.
    Kernel,
}

/// Reads a process; without its code, which takes longer.
pub(super) fn read(pid: Pid, clock: &Clock) -> Entry<Read> {
    linux::stat(pid).and_then(|stat| {
        if stat.flags & KERNEL != 0 {
            return Entry::Is(Read::Kernel);
        }
        if has_ended_by(&stat) {
            let process = Process::of(pid, stat, &[], Entry::Is(Vec::new()), pid.raw(), clock);
            return Entry::Is(Read::Is(Box::new(process)));
        }
        living(pid, stat, clock)
    })
}

/// One whose first thread has ended while others run is no zombie.
pub(super) fn has_ended_by(stat: &Stat) -> bool {
    matches!(stat.state, b'Z' | b'X' | b'x') && stat.threads <= 1
}

fn living(pid: Pid, stat: Stat, clock: &Clock) -> Entry<Read> {
    linux::status(pid, "status").and_then(|first| {
        let alone = stat.threads <= 1;
        let others = if alone { Entry::Is(Vec::new()) } else { other_threads(pid) };
        others.map(|others| {
            let leads = !matches!(stat.state, b'Z' | b'X' | b'x');
            let running = leads.then_some(pid.raw()).into_iter();
            let running: Vec<_> = running.chain(others.iter().map(|&(tid, _)| tid)).collect();
            let thread = running.first().copied().unwrap_or(pid.raw());
            let namespaces = namespaces(pid, &running);
            let who: Vec<_> = std::iter::once(first)
                .chain(others.into_iter().map(|(_, status)| status))
                .collect();
            let process = Process::of(pid, stat, &who, namespaces, thread, clock);
            Read::Is(Box::new(process))
        })
    })
}

/// Credentials and namespaces belong to a thread: credentials(7). One that ends
/// in between is none any more.
fn other_threads(pid: Pid) -> Entry<Vec<(i32, Status)>> {
    let read = |tids: Vec<i32>| {
        let mut threads = Vec::new();
        for tid in tids.into_iter().filter(|&tid| tid != pid.raw()) {
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

fn namespaces(pid: Pid, tids: &[i32]) -> Entry<Vec<u64>> {
    let mut found = BTreeSet::new();
    for tid in tids {
        let place = if *tid == pid.raw() { String::new() } else { format!("task/{tid}/") };
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
        // It lives: something is mounted over what tells of it.
        Entry::Is(_) | Entry::Unreadable(_) => Entry::Unreadable(Errno::ENOENT),
    }
}

impl Process {
    fn of(
        pid: Pid,
        stat: Stat,
        who: &[Status],
        namespaces: Entry<Vec<u64>>,
        thread: i32,
        clock: &Clock,
    ) -> Self {
        let pids = who.first().map_or(&[][..], |status| &status.pids);
        Self {
            pid,
            parent: Pid::new(stat.parent),
            group: Pid::new(stat.group),
            session: Pid::new(stat.session),
            started: clock.after(stat.started),
            name: Text::new(stat.name),
            ended: who.is_empty(),
            credentials: credentials(who),
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

    /// Whether orphans become its children, so that it is no ancestor of those
    /// by having started them: init(1), that of a container, and systemd's manager
    /// of a user's services.
    pub(crate) fn is_reaper(&self) -> bool {
        self.first || linux::is_reaper(self.pid, self.name.as_bytes())
    }

    /// Whether it may have been there at the moment stamped `then`. Where the clock
    /// cannot be read, it may.
    pub(crate) fn may_precede(&self, then: Timestamp) -> bool {
        Clock::now().map_or(true, |clock| clock.may_precede(self.started, then))
    }

    /// Whether one of its threads is in the IPC namespace `here`, as far as is known.
    pub(crate) fn may_be_in(&self, here: Option<u64>) -> bool {
        match (&self.namespaces, here) {
            (Entry::Is(theirs), Some(here)) => theirs.contains(&here),
            (Entry::Gone, Some(_)) => false,
            (Entry::Unreadable(_), _) | (_, None) => true,
        }
    }

    /// Whether its code can call semop(2). Files that were read before are not
    /// read again.
    pub(super) fn code(&self, files: &Files) -> &Entry<Code> {
        self.code.get_or_init(|| code_of(self.pid, self.thread, files))
    }

    /// What it runs.
    pub(crate) fn executable(&self) -> &Executable {
        self.executable.get_or_init(|| Executable::of(self.pid))
    }

    /// Whether it goes by this name, or the file that it runs does.
    pub(crate) fn is_called(&self, name: &[u8]) -> bool {
        self.name.as_bytes() == name
            || matches!(&self.executable().file, Entry::Is(file) if file == name)
    }

    /// Whether it runs the very file that this process does.
    pub(crate) fn runs_this_program(&self) -> bool {
        *self.own.get_or_init(|| run_the_same(self.pid, "self"))
    }

    /// The command line that it was started with, or its name where it has none.
    pub(crate) fn command(&self) -> &Entry<Text> {
        self.command.get_or_init(|| {
            command_line(self.pid)
                .map(|words| if words.is_empty() { self.name.clone() } else { Text::words(&words) })
        })
    }
}

fn union<I: Copy + Ord>(of: &[Status], ids: impl Fn(&Status) -> &[I]) -> Vec<I> {
    let ids: BTreeSet<I> = of.iter().flat_map(ids).copied().collect();
    ids.into_iter().collect()
}

/// The union of what threads have: each can do what any of them may.
fn credentials(who: &[Status]) -> Credentials {
    let uids = union(who, |status| &status.uids);
    let root = uids.contains(&Uid::ROOT);
    let has = |bit| who.iter().any(|status| status.capabilities.map_or(root, |set| set & bit != 0));
    Credentials {
        gids: union(who, |status| &status.gids),
        groups: union(who, |status| &status.groups),
        ipc_owner: has(CAP_IPC_OWNER),
        sys_admin: has(CAP_SYS_ADMIN),
        uids,
    }
}

/// The words that a process was started with; none if it has ended or is the kernel's.
pub(crate) fn command_line(pid: Pid) -> Entry<Vec<OsString>> {
    linux::read(pid, "cmdline").map(|text| {
        let text = text.strip_suffix(b"\0").unwrap_or(&text);
        let words = text.split(|&byte| byte == 0).filter(|_| !text.is_empty());
        words.map(|word| OsString::from_vec(word.to_vec())).collect()
    })
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
