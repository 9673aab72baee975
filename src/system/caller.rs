//! The process that called this one, and those that it stands for.

use super::executable::run_the_same;
use super::{Entry, Pid, Process, linux, process};

/// Programs that run another one and wait for it: what called them is meant.
/// Those that replace themselves, such as env(1) and nice(1), are never seen.
const WRAPPERS: [&[u8]; 8] =
    [b"timeout", b"time", b"sudo", b"doas", b"su", b"runuser", b"strace", b"ltrace"];

/// The process that called this one.
#[derive(Clone, Debug)]
pub struct Caller {
    /// It, or what called the wrapper that it is.
    pub pid: Pid,
    /// The shells that it is a subshell of, nearest first.
    pub stands_for: Vec<Pid>,
}

/// The caller; None if it has ended, which shows in another session.
///
/// A process whose parent ends gets another one, init or the like, which is
/// known by its session: a shell and what it calls have the same, also where the
/// shell is the first process of a container. A wrapper may have opened a session
/// for what it runs.
pub fn caller() -> Option<Caller> {
    let mut above = process::ancestors().into_iter();
    let own = nix::unistd::getsid(None).ok()?;
    let mut sessions = vec![Pid::new(own.as_raw())];
    let mut next = above.next();
    while let Some(wrapper) = next.take_if(|one| is_wrapper(one)) {
        sessions.push(wrapper.session);
        next = above.next();
    }
    let first = next.filter(|one| sessions.contains(&one.session))?;
    let mut stands_for = Vec::new();
    let mut inner = first.clone();
    for outer in above.take_while(|outer| !outer.is_reaper()) {
        if !is_subshell(&inner, &outer) {
            break;
        }
        stands_for.push(outer.pid);
        inner = outer;
    }
    Some(Caller { pid: first.pid, stands_for })
}

/// Whether a process is one of them, and no script that is called so. What a user
/// may not look into, such as sudo, goes by its name.
fn is_wrapper(process: &Process) -> bool {
    let is_named = |name: &[u8]| WRAPPERS.contains(&name);
    let runs = match &process.executable().file {
        Entry::Is(file) => is_named(file) || file == b"busybox",
        Entry::Gone | Entry::Unreadable(_) => true,
    };
    is_named(process.name.as_bytes()) && runs
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
