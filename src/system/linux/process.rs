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
        let place = if *tid == Tid::first_of(pid) { String::new() } else { format!("task/{tid}/") };
        match proc::namespace(pid, &format!("{place}ns/ipc")) {
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
