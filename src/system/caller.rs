//! The process that called this one, and those that it stands for.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::{Pid, Process, process};

/// Programs that run another one and wait for it: what called them is meant.
/// Those that replace themselves, such as env(1) and nice(1), are never seen.
const WRAPPERS: [&[u8]; 8] =
    [b"timeout", b"time", b"sudo", b"doas", b"su", b"runuser", b"strace", b"ltrace"];

/// The process that called this one.
#[derive(Clone, Debug)]
pub struct Caller {
    /// It, or what called the wrapper that it is.
    pub pid: Pid,
    /// Its ancestors that it is a subshell of, or runs in by wrappers alone.
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
    for outer in above {
        let is_same = is_wrapper(&outer) || is_wrapper(&inner) || is_subshell(&inner, &outer);
        if !is_same || outer.is_reaper() {
            break;
        }
        stands_for.push(outer.pid);
        inner = outer;
    }
    Some(Caller { pid: first.pid, stands_for })
}

fn is_wrapper(process: &Process) -> bool {
    WRAPPERS.contains(&process.name.as_bytes())
}

/// Whether a process is a copy of its parent that runs the same program: fork(2)
/// keeps where the stack began, and execve(2) of the same script does not.
fn is_subshell(child: &Process, parent: &Process) -> bool {
    let file = |pid: Pid| {
        let file = fs::metadata(format!("/proc/{pid}/exe"));
        file.map(|file| (file.dev(), file.ino()))
    };
    let same_stack = child.stack != 0 && child.stack == parent.stack;
    same_stack
        && matches!((file(child.pid), file(parent.pid)), (Ok(one), Ok(other)) if one == other)
}
