//! Reads one process.

use std::collections::BTreeSet;

use nix::errno::Errno;

use super::clock::start_time;
use super::proc::{self, Stat, Status};
use crate::system::process::Task;
use crate::system::record::Record;
use crate::system::{Clock, Entry, Pid, Process, Tid};
use crate::sysv::Credentials;

/// The bits of capabilities: linux/capability.h.
const CAP_IPC_OWNER: u64 = 1 << 15;
const CAP_SYS_ADMIN: u64 = 1 << 21;

/// A kernel thread, which has no program: `PF_KTHREAD`.
const KERNEL: u64 = 0x0020_0000;

/// A process that is ending and no longer runs code of its program: `PF_EXITING`.
const EXITING: u64 = 0x0000_0004;

/// Reads a process, without its code, which takes longer.
pub(crate) fn read(pid: Pid, clock: &Clock) -> Entry<Task> {
    proc::stat(pid).and_then(|stat| {
        if stat.flags & KERNEL != 0 {
            return Entry::Is(Task::KernelThread);
        }
        if has_ended_by(&stat) {
            let process = process(pid, stat, &[], Entry::Is(Vec::new()), Tid::first_of(pid), clock);
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
    proc::status(pid, "status").and_then(|first| {
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
            let process = process(pid, stat, &statuses, namespaces, thread, clock);
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
            match proc::status(pid, &format!("task/{tid}/status")) {
                Entry::Is(status) => threads.push((tid, status)),
                Entry::Gone => {}
                Entry::Unreadable(errno) => return Entry::Unreadable(errno),
            }
        }
        Entry::Is(threads)
    };
    proc::threads(pid).and_then(read)
}

fn namespaces(pid: Pid, tids: &[Tid]) -> Entry<Vec<u64>> {
    let mut found = BTreeSet::new();
    for tid in tids {
        match proc::namespace(pid, &proc::of_thread(pid, *tid, "ns/ipc")) {
            Entry::Is(namespace) => drop(found.insert(namespace)),
            Entry::Gone => {}
            Entry::Unreadable(errno) => return Entry::Unreadable(errno),
        }
    }
    if !found.is_empty() {
        return Entry::Is(found.into_iter().collect());
    }
    match proc::stat(pid) {
        Entry::Is(stat) if has_ended_by(&stat) || stat.flags & EXITING != 0 => Entry::Gone,
        Entry::Gone => Entry::Gone,
        // It lives, so something is mounted over its files.
        Entry::Is(_) | Entry::Unreadable(_) => Entry::Unreadable(Errno::ENOENT),
    }
}

fn process(
    pid: Pid,
    stat: Stat,
    statuses: &[Status],
    namespaces: Entry<Vec<u64>>,
    thread: Tid,
    clock: &Clock,
) -> Process {
    let pids = statuses.first().map_or(&[][..], |status| &status.pids);
    let started = start_time(clock, stat.started);
    let record = Record { ended: statuses.is_empty(), ..Record::from(stat) };
    Process {
        first: pids.last().map_or(pid.raw() == 1, |&inner| inner == 1),
        own_pid: pids.last().copied().unwrap_or(pid.raw()),
        shares_pids: pids.len() <= 1,
        namespaces,
        thread,
        ..Process::of(pid, record, started, credentials(statuses))
    }
}

/// What everybody may read about a process.
pub(crate) fn record(pid: Pid) -> Entry<Record> {
    proc::stat(pid).map(Record::from)
}

impl From<Stat> for Record {
    fn from(stat: Stat) -> Self {
        Self {
            ended: has_ended_by(&stat),
            name: stat.name,
            parent: stat.parent,
            group: stat.group,
            session: stat.session,
            has_terminal: stat.terminal != 0,
            stack: stat.stack,
        }
    }
}

/// The union of all threads' credentials.
fn credentials(statuses: &[Status]) -> Credentials {
    let by_ids = Credentials::of_ids(
        statuses.iter().flat_map(|status| &status.uids).copied(),
        statuses.iter().flat_map(|status| &status.gids).copied(),
        statuses.iter().flat_map(|status| &status.groups).copied(),
    );
    let has = |bit, by_id| {
        statuses.iter().any(|status| status.capabilities.map_or(by_id, |set| set & bit != 0))
    };
    let ipc_owner = has(CAP_IPC_OWNER, by_ids.ipc_owner);
    let sys_admin = has(CAP_SYS_ADMIN, by_ids.sys_admin);
    Credentials { ipc_owner, sys_admin, ..by_ids }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Gid, Uid};

    fn stat(state: u8, threads: i32) -> Stat {
        Stat {
            name: b"server".to_vec(),
            state,
            parent: 1,
            group: 7,
            session: 8,
            terminal: 34816,
            flags: 0,
            threads,
            started: 100,
            stack: 5,
            cpu: None,
        }
    }

    fn status(uid: u32, capabilities: Option<u64>, pids: &[i32]) -> Status {
        Status {
            uids: vec![Uid::new(uid)],
            gids: vec![Gid::new(uid + 1)],
            groups: vec![Gid::new(uid + 2)],
            capabilities,
            pids: pids.to_vec(),
        }
    }

    #[test]
    fn a_process_has_ended_when_its_last_thread_has() {
        for (state, threads, ended) in
            [(b'Z', 1, true), (b'X', 0, true), (b'x', 1, true), (b'Z', 2, false), (b'S', 1, false)]
        {
            assert_eq!(has_ended_by(&stat(state, threads)), ended, "{state} {threads}");
            let record = Record::from(stat(state, threads));
            assert_eq!((record.ended, record.has_terminal), (ended, true));
        }
        assert!(!Record::from(Stat { terminal: 0, ..stat(b'S', 1) }).has_terminal);
    }

    #[test]
    fn the_credentials_are_those_of_all_threads_together() {
        let of = |statuses: &[Status]| credentials(statuses);
        let both = of(&[status(5, Some(CAP_IPC_OWNER), &[]), status(6, Some(CAP_SYS_ADMIN), &[])]);
        assert_eq!(both.uids, [5, 6].map(Uid::new));
        assert_eq!(
            (both.gids, both.groups),
            ([6, 7].map(Gid::new).into(), [7, 8].map(Gid::new).into())
        );
        assert!(both.ipc_owner && both.sys_admin);
        let none = of(&[status(0, Some(0), &[])]);
        assert!(!none.ipc_owner && !none.sys_admin, "root has given them up");
        let hidden = of(&[status(0, None, &[])]);
        assert!(hidden.ipc_owner && hidden.sys_admin);
        let user = of(&[status(5, None, &[])]);
        assert!(!user.ipc_owner && !user.sys_admin);
        let one = of(&[status(5, Some(CAP_SYS_ADMIN), &[])]);
        assert!(!one.ipc_owner && one.sys_admin);
    }

    #[test]
    fn the_pids_of_a_process_tell_its_pid_namespace() {
        let of = |raw, statuses: &[Status]| {
            let pid = Pid::new(raw).unwrap();
            let (namespaces, tid) = (Entry::Is(vec![1]), Tid::first_of(pid));
            let clock = Clock::steady(jiff::Timestamp::UNIX_EPOCH);
            let process = process(pid, stat(b'S', 1), statuses, namespaces, tid, &clock);
            (process.first, process.own_pid, process.shares_pids, process.ended)
        };
        assert_eq!(of(9, &[status(5, None, &[9])]), (false, 9, true, false));
        assert_eq!(of(9, &[status(5, None, &[9, 1])]), (true, 1, false, false));
        assert_eq!(of(9, &[status(5, None, &[9, 4])]), (false, 4, false, false));
        assert_eq!(of(9, &[status(5, None, &[])]), (false, 9, true, false));
        assert_eq!(of(1, &[status(5, None, &[])]), (true, 1, true, false));
        assert_eq!(of(9, &[]), (false, 9, true, true));
    }

    #[test]
    fn a_process_is_read_with_all_its_threads_until_it_has_ended() {
        let clock = Clock::now().unwrap();
        let Entry::Is(Task::Process(own)) = read(Pid::own(), &clock) else { panic!() };
        assert!(!own.ended && own.namespaces == Entry::promised(own.namespaces.clone().ok()));
        let stop = std::sync::mpsc::channel::<()>();
        let tid = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            tid.0.send(rustix::thread::gettid().as_raw_nonzero().get()).unwrap();
            let _ = stop.1.recv();
        });
        let raw = tid.1.recv().unwrap();
        let is_listed = || {
            let Entry::Is(others) = other_threads(Pid::own()) else { panic!() };
            assert!(others.iter().all(|(tid, _)| *tid != Tid::first_of(Pid::own())));
            others.iter().any(|(tid, _)| tid.to_string() == raw.to_string())
        };
        // While threads of other tests end, the list may lack one that lives.
        assert!((0..1000).any(|_| is_listed()));
        drop(stop.0);
        thread.join().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = Pid::new(child.id().cast_signed()).unwrap();
        let zombie = loop {
            match read(pid, &clock) {
                Entry::Is(Task::Process(process)) if process.ended => break process,
                _ => std::thread::yield_now(),
            }
        };
        assert_eq!(zombie.namespaces, Entry::Is(vec![]));
        assert_eq!(namespaces(pid, &[Tid::first_of(pid)]), Entry::Gone);
        child.wait().unwrap();
        assert!(matches!(read(pid, &clock), Entry::Gone));
        assert_eq!(namespaces(pid, &[Tid::first_of(pid)]), Entry::Gone);
    }
}
