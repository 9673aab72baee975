//! Whose lock it is: the process that called this one.

use std::io;

use super::executable::{run_the_same, runs_scripts};
use super::lookup::above;
use super::{Entry, Handle, Pid, Process, ancestors, linux};

/// Programs that run another one and wait for it: what called them is meant.
/// Those that replace themselves, such as env(1) and nice(1), are never seen.
const WRAPPERS: [&[u8]; 8] =
    [b"timeout", b"time", b"sudo", b"doas", b"su", b"runuser", b"strace", b"ltrace"];

/// Programs that run others one after another, for none of which a lock could be
/// kept that is meant for the next.
const DISPATCHERS: [&[u8]; 5] = [b"xargs", b"find", b"parallel", b"watch", b"entr"];

/// How often the ancestors are read that change while they are read.
const MAX_READS: usize = 10;

/// The process that called this one, or what called the wrapper that it is.
#[derive(Debug)]
pub struct Caller {
    /// What it was when it was looked at.
    pub process: Process,
    /// The process itself, whatever has its pid later; an error where the system cannot
    /// tell the two apart.
    pub handle: io::Result<Handle>,
}

/// Why no lock should be kept for a process that did not ask for that itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It runs one command after another.
    Dispatcher,
    /// It is a daemon: its end is nothing to wait for.
    Daemon,
    /// It adopts the children of others.
    Reaper,
    /// Its parent cannot be seen, so nobody here has called it.
    NoParent,
}

/// The caller; None if it has ended, which shows in another session.
///
/// A process whose parent ends gets another one, init or the like, which is
/// known by its session: a shell and what it calls have the same, also where the
/// shell is the first process of a container. A wrapper may have opened a session
/// for what it runs.
///
/// A pid that is read is another process's when it is used. So the caller is opened,
/// and then seen once more to be the caller.
pub fn caller() -> Option<Caller> {
    for _ in 0..MAX_READS {
        let mut chain = chain()?;
        let handle = Handle::open(chain.last()?.pid);
        if is_still(&chain) {
            return Some(Caller { process: chain.pop()?, handle });
        }
    }
    None
}

/// The wrappers that called this process, and the caller at the end.
fn chain() -> Option<Vec<Process>> {
    let own = nix::unistd::getsid(None).ok()?;
    let mut sessions = vec![Pid::new(own.as_raw())];
    let mut chain = Vec::new();
    for process in ancestors() {
        chain.push(process);
        let last = chain.last()?;
        if !is_wrapper(last) {
            return sessions.contains(&last.session).then_some(chain);
        }
        sessions.push(last.session);
    }
    None
}

/// Whether each is the parent of the one before. A parent that ends is replaced by a
/// reaper, never by a process with its pid.
fn is_still(chain: &[Process]) -> bool {
    let mut parent = Pid::new(nix::unistd::getppid().as_raw());
    chain.iter().all(|process| {
        let is_parent = parent == Some(process.pid);
        parent = linux::stat(process.pid).shown().and_then(|stat| Pid::new(stat.parent));
        is_parent
    })
}

impl Caller {
    /// Why no lock should be kept for it, if there is a reason.
    pub fn unfit(&self) -> Option<Unfit> {
        let process = &self.process;
        if process.is_reaper() {
            Some(Unfit::Reaper)
        } else if process.parent.is_none() {
            Some(Unfit::NoParent)
        } else if runs_one_of(process, &DISPATCHERS) {
            Some(Unfit::Dispatcher)
        } else {
            is_daemon(process).then_some(Unfit::Daemon)
        }
    }

    /// The processes whose locks it may release: itself, and the shells that it is a
    /// subshell of, nearest first.
    pub fn stands_for(&self) -> Vec<Pid> {
        let mut stands_for = vec![self.process.pid];
        let mut inner = self.process.clone();
        for outer in above(inner.parent).take_while(|outer| !outer.is_reaper()) {
            if !is_subshell(&inner, &outer) {
                break;
            }
            stands_for.push(outer.pid);
            inner = outer;
        }
        stands_for
    }
}

fn is_wrapper(process: &Process) -> bool {
    runs_one_of(process, &WRAPPERS)
}

/// Whether a process is one of these programs, and no script that is called so. What a
/// user may not look into, such as sudo, goes by its name. GNU parallel is a script.
fn runs_one_of(process: &Process, names: &[&[u8]]) -> bool {
    let is_named = |name: &[u8]| names.contains(&name);
    let runs = || match &process.executable().file {
        Entry::Is(file) => is_named(file) || file == b"busybox" || file.starts_with(b"perl"),
        Entry::Gone | Entry::Unreadable(_) => true,
    };
    is_named(process.name.as_bytes()) && runs()
}

/// Whether a process was started to run without end: no terminal controls it, it is
/// no shell or the like that runs a script, and nobody waits for it but a reaper.
fn is_daemon(process: &Process) -> bool {
    let parent = || above(process.parent).next();
    let is_script = || matches!(&process.executable().file, Entry::Is(file) if runs_scripts(file));
    !process.has_terminal && parent().is_none_or(|parent| parent.is_reaper()) && !is_script()
}

/// Whether a process is a copy of its parent that runs the same program: fork(2)
/// keeps where the stack began and what it began with, and execve(2) of the same
/// script does not.
fn is_subshell(child: &Process, parent: &Process) -> bool {
    let same = |name| match (linux::read(child.pid, name), linux::read(parent.pid, name)) {
        (Entry::Is(one), Entry::Is(other)) => one == other,
        _ => false,
    };
    child.stack != 0
        && child.stack == parent.stack
        && run_the_same(child.pid, parent.pid)
        && same("cmdline")
        && same("environ")
}
