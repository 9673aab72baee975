//! The process that called this one, for which a lock is kept if none is named.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;

use super::entry::errno;
use super::executable::{Shell, file_of};
use super::platform;
use super::process::is_reaper;
use super::record::Record;
use super::{Entry, Handle, Incomplete, Pid};

/// Programs that run another program and wait for it. The caller is the process that
/// called them. Programs that replace themselves, such as env(1) and nice(1), are never
/// seen.
const WRAPPERS: [&[u8]; 11] = [
    b"timeout", b"time", b"sudo", b"doas", b"su", b"runuser", b"strace", b"ltrace", b"flock",
    b"unshare", b"nsenter",
];

/// Wrappers that, with an option, also wait for what their command has started, and so for
/// the holder.
const TRACERS: [&[u8]; 2] = [b"strace", b"ltrace"];

/// Programs that run commands one after another. A lock that one command takes cannot be
/// meant for the next.
const DISPATCHERS: [&[u8]; 5] = [b"xargs", b"find", b"parallel", b"watch", b"entr"];

/// How often the ancestors are read if they change while they are read.
const MAX_READS: usize = 10;

/// The process that called this one, directly or through wrappers.
#[derive(Debug)]
pub(crate) struct Caller {
    link: Link,
    /// The process itself, even if another one gets its pid. An error if it cannot be watched.
    pub handle: io::Result<Handle>,
    is_followed: bool,
}

/// Why no lock should be kept for a process that was not named as the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It runs one command after another.
    Dispatcher,
    /// It is a daemon, which runs without end.
    Daemon,
    /// It adopts the children of others.
    Reaper,
    /// It has no parent in this pid namespace.
    NoParent,
    /// A tracer between it and this process waits until the lock is released.
    Followed,
}

/// The caller; None if it has ended. Fails if it or a wrapper cannot be read.
///
/// A process whose parent ends becomes a child of init or another reaper. That one has
/// another session, while a shell and the processes that it calls have the same session,
/// even if the shell is the first process of a container. A wrapper may have opened a
/// session for the command that it runs.
///
/// A pid may belong to another process by the time it is used. So the caller is opened
/// first, and then checked again.
pub(crate) fn caller() -> Result<Option<Caller>, Incomplete> {
    // In another pid namespace, the same pids are other processes.
    match platform::shows_our_pids() {
        Ok(true) => {}
        Ok(false) => return Err(Incomplete::OtherPids),
        Err(error) => return Err(Incomplete::NotListed(errno(&error))),
    }
    for _ in 0..MAX_READS {
        let mut chain = chain()?;
        let Some(link) = chain.pop() else { break };
        let handle = Handle::open(link.pid);
        if is_unchanged(chain.iter().chain([&link])) {
            let is_followed = chain.iter().any(follows_children);
            return Ok(Some(Caller { link, handle, is_followed }));
        }
    }
    Ok(None)
}

/// A process in a line of ancestors.
#[derive(Clone, Debug)]
struct Link {
    pid: Pid,
    record: Record,
}

impl Link {
    /// None if it has ended.
    fn read(pid: Pid) -> Result<Option<Self>, Incomplete> {
        match platform::record(pid) {
            Entry::Is(record) => Ok(Some(Self { pid, record })),
            Entry::Gone => Ok(None),
            Entry::Unreadable(errno) => Err(Incomplete::Process(pid, errno)),
        }
    }

    fn parent(&self) -> Option<Self> {
        Self::read(Pid::new(self.record.parent)?).ok()?
    }

    fn is_reaper(&self) -> bool {
        is_reaper(self.pid, &self.record.name)
    }
}

/// The wrappers that called this process, nearest first, and then the caller; empty if that
/// has ended.
fn chain() -> Result<Vec<Link>, Incomplete> {
    let mut sessions: Vec<_> =
        nix::unistd::getsid(None).map(nix::unistd::Pid::as_raw).into_iter().collect();
    let (mut chain, mut next) = (Vec::new(), Pid::parent());
    while let Some(pid) = next {
        let Some(link) = Link::read(pid)? else { break };
        let (session, wraps) = (link.record.session, is_wrapper(&link));
        next = Pid::new(link.record.parent);
        chain.push(link);
        if !wraps {
            return Ok(if sessions.contains(&session) { chain } else { Vec::new() });
        }
        sessions.push(session);
    }
    Ok(Vec::new())
}

/// Whether each is still the parent of the one before. A parent that ends is replaced by a
/// reaper, never by a new process with its pid.
fn is_unchanged<'a>(mut chain: impl Iterator<Item = &'a Link>) -> bool {
    let mut next = Pid::parent();
    chain.all(|link| {
        let is_parent = next == Some(link.pid);
        next = platform::record(link.pid).ok().and_then(|record| Pid::new(record.parent));
        is_parent
    })
}

impl Caller {
    /// Its pid.
    pub(crate) fn pid(&self) -> Pid {
        self.link.pid
    }

    /// Why no lock should be kept for it.
    pub(crate) fn unfit(&self) -> Option<Unfit> {
        let link = &self.link;
        if link.is_reaper() {
            Some(Unfit::Reaper)
        } else if link.record.parent == 0 {
            Some(Unfit::NoParent)
        } else if self.is_followed {
            Some(Unfit::Followed)
        } else if runs_one_of(link, &DISPATCHERS) {
            Some(Unfit::Dispatcher)
        } else {
            is_daemon(link).then_some(Unfit::Daemon)
        }
    }

    /// The processes whose locks it may release: itself, and if it is a subshell, the shells
    /// around it, nearest first.
    pub(crate) fn stands_for(&self) -> impl Iterator<Item = Pid> {
        let shell = |inner: &Link| {
            let outer = inner.parent()?;
            (!outer.is_reaper() && is_subshell(inner, &outer)).then_some(outer)
        };
        std::iter::successors(Some(self.link.clone()), shell).map(|link| link.pid)
    }
}

fn is_wrapper(link: &Link) -> bool {
    runs_one_of(link, &WRAPPERS) || is_shell_for_one(link)
}

/// Whether a process is a shell that runs one command and ends: `sh -c 'semlock ...'`,
/// as su(1), watch(1) and system(3) call it.
fn is_shell_for_one(link: &Link) -> bool {
    let script = |words: Vec<OsString>| {
        let is_given = |word: &OsString| {
            let word = word.as_bytes();
            word.starts_with(b"-") && !word.starts_with(b"--") && word.ends_with(b"c")
        };
        let mut words = words.into_iter().skip(1).skip_while(|word| !is_given(word));
        words.nth(1)
    };
    let script = || super::command_line(link.pid).ok().and_then(script);
    Shell::is_name(&link.record.name)
        && script().is_some_and(|script| is_one_command(&script.to_string_lossy()))
}

/// Whether a script certainly has only one command, without parsing it as a shell does. It
/// has no characters that separate commands, except in redirections and at the end, and
/// no command that runs another script.
fn is_one_command(script: &str) -> bool {
    const SCRIPTS: [&str; 3] = ["eval", ".", "source"];
    let script = script.replace(">&", ">").replace("&>", ">");
    let script = script.trim().trim_end_matches(';');
    let words = || script.split_whitespace();
    let is_assignment = |word: &&str| word.contains('=');
    !script.contains([';', '&', '|', '\n', '(', ')', '{', '}', '`'])
        && words().find(|word| !is_assignment(word)).is_some_and(|word| !SCRIPTS.contains(&word))
}

/// Whether it is a tracer that follows the children of its command.
fn follows_children(link: &Link) -> bool {
    let has_option = |words: Vec<OsString>| {
        let mut options = words.iter().skip(1).map(|word| word.as_bytes());
        options.any(|word| word.starts_with(b"-f") || word == b"--follow-forks")
    };
    runs_one_of(link, &TRACERS) && super::command_line(link.pid).ok().is_some_and(has_option)
}

/// Whether a process is one of these programs, and not a script with the same name. A
/// program that the user may not look into, such as sudo, is known by its name alone.
/// GNU parallel is a Perl script.
fn runs_one_of(link: &Link, names: &[&[u8]]) -> bool {
    let is_named = |name: &[u8]| names.contains(&name);
    let runs = || match file_of(link.pid) {
        Entry::Is(file) => is_named(&file) || file == b"busybox" || file.starts_with(b"perl"),
        Entry::Gone | Entry::Unreadable(_) => true,
    };
    is_named(&link.record.name) && runs()
}

/// Whether a process was started to run without end: it has no controlling terminal, it is
/// not a shell, and its parent is a reaper.
fn is_daemon(link: &Link) -> bool {
    let is_shell = || matches!(file_of(link.pid), Entry::Is(file) if Shell::is_name(&file));
    !link.record.has_terminal
        && link.parent().is_none_or(|parent| parent.is_reaper())
        && !is_shell()
}

/// Whether a process is a copy of its parent: fork(2) keeps the address of the stack, the
/// command line and the environment. execve(2) of the same script does not.
fn is_subshell(child: &Link, parent: &Link) -> bool {
    child.record.stack != 0
        && child.record.stack == parent.record.stack
        && platform::run_the_same(child.pid, parent.pid)
        && super::command_line(child.pid).equals(super::command_line(parent.pid))
        && platform::environment(child.pid).equals(platform::environment(parent.pid))
}

#[cfg(test)]
mod tests;
