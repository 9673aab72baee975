//! The system calls that processes wait in: proc(5), `/proc/PID/syscall`.
//!
//! The kernel shows them to a process that may trace the other one: ptrace(2), "access
//! mode checking".

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::entry::errno;
use super::{Entry, Pid, Processes, ipc_namespace, linux};
use crate::sysv::{Op, Semid};

/// A thread that waits in semop(2) or semtimedop(2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockedThread {
    /// Its process.
    pub pid: Pid,
    /// The thread.
    pub tid: i32,
    /// The set that it waits on.
    pub semid: Semid,
    /// The operations that it waits to do; None if they may not be read.
    pub ops: Option<Vec<Op>>,
}

/// The threads that wait for semaphores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SemaphoreWaits {
    /// Those of this IPC namespace that could be seen.
    pub blocked: Vec<BlockedThread>,
    /// Whether there are processes that this one may not look at.
    pub hidden: bool,
}

/// What a process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// It waits for a semaphore.
    Semop,
    /// It waits for one of these children: wait(2).
    WaitsForOneOf(Vec<Pid>),
    /// It does something else, or several things at once.
    Other,
    /// This process may not look at it.
    Hidden,
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

/// wait4(2) and waitid(2), with the arguments that name one child.
const WAIT4: u64 = libc::SYS_wait4.unsigned_abs();
const WAITID: u64 = libc::SYS_waitid.unsigned_abs();
const P_PID: u64 = libc::P_PID as u64;

/// More operations than any sensible SEMOPM allows are not read.
const MAX_OPERATIONS: u64 = 1 << 20;
const SEMBUF: usize = size_of::<libc::sembuf>();

/// The threads of these processes that wait for a semaphore of this thread's IPC
/// namespace. By the time this returns, they may no longer wait.
pub(crate) fn semaphore_waits(processes: &Processes) -> SemaphoreWaits {
    let here = ipc_namespace().ok();
    let mut semaphore_waits =
        SemaphoreWaits { blocked: Vec::new(), hidden: processes.incomplete.is_some() };
    for process in processes.all().filter(|process| !process.ended) {
        match linux::threads(process.pid) {
            Entry::Is(threads) => {
                for tid in threads {
                    semaphore_waits.look_at(process.pid, tid, here);
                }
            }
            Entry::Gone => {}
            Entry::Unreadable(_) => semaphore_waits.hidden = true,
        }
    }
    semaphore_waits
}

impl SemaphoreWaits {
    fn look_at(&mut self, pid: Pid, tid: i32, here: Option<u64>) {
        match call(pid, tid) {
            Entry::Is(call) => {
                self.blocked.extend(semop(pid, tid, &call).filter(|_| is_in(pid, tid, here)));
            }
            Entry::Gone => {}
            // The kernel refuses it for a thread that has ended, too.
            Entry::Unreadable(_) => self.hidden |= has_memory(pid, tid),
        }
    }
}

/// What a process does now; `Other` if it is gone.
pub(crate) fn activity(pid: Pid) -> Activity {
    let tid = match linux::threads(pid) {
        Entry::Is(threads) if threads.len() == 1 => threads[0],
        Entry::Is(_) | Entry::Gone => return Activity::Other,
        Entry::Unreadable(_) => return Activity::Hidden,
    };
    match call(pid, tid) {
        Entry::Is(call) => match call[..] {
            [WAIT4, which, ..] | [WAITID, P_PID, which, ..] => awaited(pid, tid, which),
            [WAITID, ..] => awaited(pid, tid, u64::MAX),
            _ => semop(pid, tid, &call).map_or(Activity::Other, |_| Activity::Semop),
        },
        Entry::Unreadable(_) if has_memory(pid, tid) => Activity::Hidden,
        Entry::Gone | Entry::Unreadable(_) => Activity::Other,
    }
}

/// The child that is waited for, or every child if any will do.
fn awaited(pid: Pid, tid: i32, which: u64) -> Activity {
    let children = linux::read(pid, &format!("task/{tid}/children"));
    let Entry::Is(text) = children else { return Activity::Hidden };
    let children: Vec<Pid> =
        linux::words(&text).filter_map(linux::number).filter_map(Pid::new).collect();
    let named = children.iter().find(|child| u64::try_from(child.raw()) == Ok(which));
    Activity::WaitsForOneOf(named.map_or(children.clone(), |&child| vec![child]))
}

/// Whether a process has only one thread.
pub(crate) fn is_single_threaded(pid: Pid) -> bool {
    matches!(linux::threads(pid), Entry::Is(threads) if threads.len() == 1)
}

/// The context switches of all threads of a process. If a waiting process has had none in
/// between, it has waited all the time. None if it is gone or may not be looked at.
pub(crate) fn context_switches(pid: Pid) -> Option<u64> {
    let Entry::Is(threads) = linux::threads(pid) else { return None };
    threads.into_iter().map(|tid| switches(pid, tid)).sum()
}

/// The same for its first thread alone.
pub(crate) fn context_switches_of_first_thread(pid: Pid) -> Option<u64> {
    switches(pid, pid.raw())
}

/// The voluntary and involuntary context switches of a thread.
fn switches(pid: Pid, tid: i32) -> Option<u64> {
    let Entry::Is(status) = linux::read(pid, &format!("task/{tid}/status")) else { return None };
    let counts = status.split(|&byte| byte == b'\n').filter_map(|line| {
        let mut words = linux::words(line);
        words.next().filter(|name| name.ends_with(b"ctxt_switches:"))?;
        linux::number::<u64>(words.next()?)
    });
    let counts: Vec<_> = counts.collect();
    (counts.len() == 2).then(|| counts.iter().sum())
}

/// The system call that a thread waits in: its number, then its arguments. Empty if it is
/// running.
fn call(pid: Pid, tid: i32) -> Entry<Vec<u64>> {
    linux::read(pid, &format!("task/{tid}/syscall")).map(|text| {
        let mut words = linux::words(&text);
        let Some(number) = words.next().and_then(linux::number) else { return Vec::new() };
        [number].into_iter().chain(words.map_while(hexadecimal)).collect()
    })
}

fn hexadecimal(word: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(word.strip_prefix(b"0x")?).ok()?;
    u64::from_str_radix(digits, 16).ok()
}

/// A thread that has ended has no memory.
fn has_memory(pid: Pid, tid: i32) -> bool {
    match linux::read(pid, &format!("task/{tid}/statm")) {
        Entry::Is(sizes) => linux::words(&sizes).next() != Some(b"0"),
        Entry::Gone => false,
        Entry::Unreadable(_) => true,
    }
}

fn semop(pid: Pid, tid: i32, call: &[u64]) -> Option<BlockedThread> {
    let (semid, at, number) = match *call {
        [number, semid, at, many, ..] if SEMOPS.contains(&number) => (semid, at, many),
        [IPC, what, semid, many, _, at, ..] if [SEMOP, SEMTIMEDOP].contains(&(what & 0xffff)) => {
            (semid, at, many)
        }
        _ => return None,
    };
    // The kernel uses only the lower half of the register.
    let semid = i32::try_from(semid & u64::from(u32::MAX)).ok()?;
    Some(BlockedThread {
        pid,
        tid,
        semid: Semid::new(semid),
        ops: operations(pid, tid, at, number).ok(),
    })
}

fn operations(pid: Pid, tid: i32, at: u64, number: u64) -> Result<Vec<Op>, nix::errno::Errno> {
    let number = usize::try_from(number.min(MAX_OPERATIONS)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; number * SEMBUF];
    File::open(format!("/proc/{pid}/task/{tid}/mem"))
        .and_then(|memory| memory.read_exact_at(&mut bytes, at))
        .map_err(|error| errno(&error))?;
    Ok(bytes.as_chunks::<SEMBUF>().0.iter().map(|&sembuf| Op::from_sembuf(sembuf)).collect())
}

/// Each thread has a namespace of its own.
fn is_in(pid: Pid, tid: i32, here: Option<u64>) -> bool {
    let theirs = linux::namespace(pid, &format!("task/{tid}/ns/ipc"));
    matches!((theirs, here), (Entry::Is(theirs), Some(here)) if theirs == here)
}
