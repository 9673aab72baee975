//! Which threads wait for semaphores: the system calls that they are in.

use std::fs::File;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;

use super::namespaces::ipc_namespace;
use super::proc;
use super::syscall::waiting_call;
use crate::system::entry::errno;
use crate::system::{BlockedThread, Entry, Pid, Processes, SemaphoreWaits, Tid};
use crate::sysv::{Op, Semid};

/// The threads of these processes that wait for a semaphore of this thread's IPC
/// namespace. By the time this returns, they may no longer wait.
pub(crate) fn semaphore_waits(processes: &Processes) -> SemaphoreWaits {
    let here = ipc_namespace().ok();
    let mut waits = SemaphoreWaits { blocked: Vec::new(), hidden: processes.incomplete.is_some() };
    for process in processes.all().filter(|process| !process.ended) {
        match proc::threads(process.pid) {
            Entry::Is(threads) => {
                for tid in threads {
                    waits.look_at(process.pid, tid, here);
                }
            }
            Entry::Gone => {}
            Entry::Unreadable(_) => waits.hidden = true,
        }
    }
    waits
}

impl SemaphoreWaits {
    fn look_at(&mut self, pid: Pid, tid: Tid, here: Option<u64>) {
        match waiting_call(pid, tid) {
            Entry::Is(call) => {
                let call = SemopCall::of(&call).map(|call| call.by(pid, tid));
                self.blocked.extend(call.filter(|_| is_in(pid, tid, here)));
            }
            Entry::Gone => {}
            Entry::Unreadable(_) => self.hidden = true,
        }
    }
}

/// Each thread has a namespace of its own.
fn is_in(pid: Pid, tid: Tid, here: Option<u64>) -> bool {
    let theirs = proc::namespace(pid, &format!("task/{tid}/ns/ipc"));
    matches!((theirs, here), (Entry::Is(theirs), Some(here)) if theirs == here)
}

/// semop(2) and semtimedop(2): semid, operations, how many.
const SEMOPS: &[u64] = &[
    #[cfg(target_pointer_width = "64")]
    libc::SYS_semop.unsigned_abs(),
    #[cfg(target_pointer_width = "64")]
    libc::SYS_semtimedop.unsigned_abs(),
    SEMTIMEDOP_TIME64,
];

/// For 32-bit programs. Every architecture uses this number.
const SEMTIMEDOP_TIME64: u64 = 420;

/// ipc(2) of 32-bit programs on x86: command, semid, how many, -, operations. On other
/// architectures the number means setresuid(2), which does not wait.
const IPC: u64 = 117;
const SEMOP: u64 = 1;
const SEMTIMEDOP: u64 = 4;

/// More operations than any sensible SEMOPM allows are not read.
const MAX_OPERATIONS: u64 = 1 << 20;
const SEMBUF: usize = size_of::<libc::sembuf>();

/// The arguments of a call of semop(2) or semtimedop(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SemopCall {
    semid: Semid,
    /// Where the operations are in the memory of the caller.
    address: u64,
    number: u64,
}

impl SemopCall {
    /// None if this is another system call: its number, then its arguments.
    pub(super) fn of(call: &[u64]) -> Option<Self> {
        let (semid, address, number) = match *call {
            [number, semid, at, many, ..] if SEMOPS.contains(&number) => (semid, at, many),
            [IPC, what, semid, many, _, at, ..]
                if [SEMOP, SEMTIMEDOP].contains(&(what & 0xffff)) =>
            {
                (semid, at, many)
            }
            _ => return None,
        };
        // The kernel uses only the lower half of the register.
        let semid = Semid::new(i32::try_from(semid & u64::from(u32::MAX)).ok()?);
        Some(Self { semid, address, number })
    }

    fn by(self, pid: Pid, tid: Tid) -> BlockedThread {
        BlockedThread { pid, tid, semid: self.semid, ops: self.operations(pid, tid).ok() }
    }

    fn operations(self, pid: Pid, tid: Tid) -> Result<Vec<Op>, Errno> {
        let number = usize::try_from(self.number.min(MAX_OPERATIONS)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; number * SEMBUF];
        File::open(format!("/proc/{pid}/task/{tid}/mem"))
            .and_then(|memory| memory.read_exact_at(&mut bytes, self.address))
            .map_err(|error| errno(&error))?;
        Ok(bytes.as_chunks::<SEMBUF>().0.iter().map(|&sembuf| Op::from_sembuf(sembuf)).collect())
    }
}
