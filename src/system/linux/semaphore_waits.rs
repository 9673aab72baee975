//! Which threads wait for semaphores: the system calls that they are in.

use std::fs::File;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;

use super::namespaces::ipc_namespace;
use super::proc;
use super::syscall::{SemopCall, WaitingCall, waiting_call};
use crate::system::entry::errno;
use crate::system::{BlockedThread, Entry, Incomplete, Pid, Processes, SemaphoreWaits, Tid};
use crate::sysv::Op;

/// The threads of these processes that wait for a semaphore of this thread's IPC
/// namespace. By the time this returns, they may no longer wait.
pub(crate) fn semaphore_waits(processes: &Processes) -> SemaphoreWaits {
    let here = ipc_namespace().map_err(|error| errno(&error));
    let mut waits = SemaphoreWaits { blocked: Vec::new(), hidden: processes.incomplete.clone() };
    for process in processes.all().filter(|process| !process.ended) {
        match proc::threads(process.pid) {
            Entry::Is(threads) => {
                for tid in threads {
                    waits.look_at(process.pid, tid, here);
                }
            }
            Entry::Gone => {}
            Entry::Unreadable(errno) => waits.hide(process.pid, errno),
        }
    }
    waits
}

impl SemaphoreWaits {
    fn look_at(&mut self, pid: Pid, tid: Tid, here: Result<u64, Errno>) {
        match waiting_call(pid, tid) {
            Entry::Is(WaitingCall::Semop(call)) => match is_in(pid, tid, here) {
                Ok(true) => self.blocked.push(call.by(pid, tid)),
                Ok(false) => {}
                Err(errno) => self.hide(pid, errno),
            },
            Entry::Is(_) | Entry::Gone => {}
            Entry::Unreadable(errno) => self.hide(pid, errno),
        }
    }

    fn hide(&mut self, pid: Pid, errno: Errno) {
        self.hidden.get_or_insert(Incomplete::Process(pid, errno));
    }
}

/// Whether a thread is in this IPC namespace.
fn is_in(pid: Pid, tid: Tid, here: Result<u64, Errno>) -> Result<bool, Errno> {
    match proc::namespace(pid, &format!("task/{tid}/ns/ipc")) {
        Entry::Is(theirs) => Ok(theirs == here?),
        Entry::Gone => Ok(false),
        Entry::Unreadable(errno) => Err(errno),
    }
}

/// More operations than any sensible SEMOPM allows are not read.
const MAX_OPERATIONS: u64 = 1 << 20;

impl SemopCall {
    fn by(self, pid: Pid, tid: Tid) -> BlockedThread {
        BlockedThread { pid, tid, semid: self.semid, ops: self.operations(pid, tid).ok() }
    }

    fn operations(self, pid: Pid, tid: Tid) -> Result<Vec<Op>, Errno> {
        let number = usize::try_from(self.number.min(MAX_OPERATIONS)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; number * Op::SIZE];
        File::open(format!("/proc/{pid}/task/{tid}/mem"))
            .and_then(|memory| memory.read_exact_at(&mut bytes, self.address))
            .map_err(|error| errno(&error))?;
        Ok(bytes
            .as_chunks::<{ Op::SIZE }>()
            .0
            .iter()
            .map(|&sembuf| Op::from_sembuf(sembuf))
            .collect())
    }
}
