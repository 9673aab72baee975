//! Single processes, without a survey of all.

use nix::errno::Errno;

use super::entry::errno;
use super::platform;
use super::process::{Process, Task};
use super::record::Listed;
use super::{Clock, Entry, Incomplete, Pid};

/// This process's parent, its parent and so on, as far as they can be read.
pub(crate) fn ancestors() -> impl Iterator<Item = Process> {
    let clock = Clock::now().ok();
    let read = move |pid| living_process(pid, clock.as_ref()?).ok();
    let first = Pid::parent().and_then(&read);
    std::iter::successors(first, move |process| read(process.parent?))
}

/// The process that has this pid now. Unreadable, too, if /proc is that of another pid
/// namespace, where the pid means another process.
pub(crate) fn find(pid: Pid) -> Entry<Process> {
    match platform::shows_our_pids().and_then(|ours| Ok((ours, Clock::now()?))) {
        Ok((true, clock)) => living_process(pid, &clock),
        Ok((false, _)) => Entry::Unreadable(Errno::EXDEV),
        Err(error) => Entry::Unreadable(errno(&error)),
    }
}

/// Whether the process with this pid has ended: there is none, or it is a zombie. False if
/// that cannot be read.
pub(crate) fn has_ended(pid: Pid) -> bool {
    !super::exists(pid) || matches!(platform::record(pid), Entry::Is(record) if record.ended)
}

/// Whether a process outside of this container may have a pid that no process has inside.
pub(crate) fn pids_may_be_outside() -> bool {
    platform::OUTSIDE_HAS_PIDS && !platform::sees_every_process()
}

/// Whether this process may send a signal to another one: kill(2) with signal 0.
pub(crate) fn may_signal(pid: Pid) -> bool {
    nix::sys::signal::kill(pid.into(), None) != Err(Errno::EPERM)
}

fn living_process(pid: Pid, clock: &Clock) -> Entry<Process> {
    platform::read(pid, clock).and_then(|task| match task {
        Task::Process(process) if !process.ended => Entry::Is(*process),
        Task::Process(_) | Task::KernelThread => Entry::Gone,
    })
}

/// The processes with this name. Fails if one cannot be read.
pub(crate) fn find_by_name(name: &[u8]) -> Result<Vec<Process>, Incomplete> {
    let clock = Clock::now().map_err(|error| Incomplete::NotListed(errno(&error)))?;
    let listed = platform::list().map_err(|error| Incomplete::NotListed(errno(&error)))?;
    let mut found = Vec::new();
    for Listed { pid, .. } in listed {
        let is_called = platform::name(pid).map(|its| its == name);
        let process = is_called
            .and_then(|called| if called { living_process(pid, &clock) } else { Entry::Gone });
        match process {
            Entry::Is(process) => found.push(process),
            Entry::Gone => {}
            Entry::Unreadable(errno) => return Err(Incomplete::Process(pid, errno)),
        }
    }
    Ok(found)
}

#[cfg(all(test, family = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_found_until_it_has_ended() {
        let Entry::Is(own) = find(Pid::own()) else { panic!("this process is not found") };
        assert_eq!(own.pid, Pid::own());
        assert!(!has_ended(Pid::own()) && may_signal(Pid::own()));
        let mut child = Command::new("true").spawn().unwrap();
        let pid = Pid::new(child.id().cast_signed()).unwrap();
        while !has_ended(pid) {
            std::thread::yield_now();
        }
        assert!(super::super::exists(pid), "it is a zombie");
        assert!(matches!(find(pid), Entry::Gone));
        child.wait().unwrap();
        assert!(has_ended(pid) && matches!(find(pid), Entry::Gone));
    }

    #[test]
    fn processes_are_found_by_their_name() {
        let Entry::Is(own) = find(Pid::own()) else { panic!("this process is not found") };
        let found = find_by_name(own.name.as_bytes()).unwrap();
        assert!(found.iter().any(|process| process.pid == own.pid));
        assert!(found.iter().all(|process| process.name == own.name));
        assert!(find_by_name(b"no such name").unwrap().is_empty());
    }

    #[test]
    fn the_first_ancestor_is_the_parent() {
        let first = ancestors().next().map(|process| process.pid);
        assert_eq!(first, Pid::parent());
    }
}
