//! What a process waits for, as far as it bears on locks: proc(5),
//! `/proc/PID/syscall`.
//!
//! The kernel shows it to those who may trace the process: ptrace(2), "access
//! mode checking".

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use procfs::process::Task;

use super::platform::{process, tells_by_our_pids};
use super::{Blocked, Doing, Look, all};
use crate::sysv::Op;

/// semop(2) and semtimedop(2): semid, operations, how many.
const SEMOPS: &[u64] = &[
    #[cfg(target_pointer_width = "64")]
    libc::SYS_semop.unsigned_abs(),
    #[cfg(target_pointer_width = "64")]
    libc::SYS_semtimedop.unsigned_abs(),
    SEMTIMEDOP_TIME64,
];

/// Of 32-bit programs: this number is the same on every system that has it.
const SEMTIMEDOP_TIME64: u64 = 420;

/// ipc(2) of 32-bit programs on x86: what to do, semid, how many, -, operations.
/// It does not wait where the number means something else, setresuid(2).
const IPC: u64 = 117;
const SEMOP: u64 = 1;
const SEMTIMEDOP: u64 = 4;

/// wait4(2) and waitid(2), with the arguments that name one child.
const WAIT4: u64 = libc::SYS_wait4.unsigned_abs();
const WAITID: u64 = libc::SYS_waitid.unsigned_abs();
const P_PID: u64 = libc::P_PID as u64;

/// More operations than any sensible SEMOPM allows are not read.
const MOST: u64 = 1 << 20;
const SEMBUF: usize = size_of::<libc::sembuf>();

pub(super) fn blocked() -> Look {
    let mut look = Look { blocked: Vec::new(), hidden: !tells_by_our_pids() };
    for pid in all() {
        for tid in threads(pid) {
            match call(pid, tid).map(|call| semop(pid, tid, &call)) {
                Some(Some(blocked)) if is_in_this_namespace(pid, tid) => look.blocked.push(blocked),
                Some(_) => {}
                None => look.hidden |= is_there(pid, tid),
            }
        }
    }
    look
}

pub(super) fn doing(pid: i32) -> Doing {
    if !tells_by_our_pids() {
        return Doing::Hidden;
    }
    let [tid] = threads(pid)[..] else { return Doing::Other };
    let Some(call) = call(pid, tid) else {
        return if is_there(pid, tid) { Doing::Hidden } else { Doing::Other };
    };
    match call[..] {
        [WAIT4, which, ..] | [WAITID, P_PID, which, ..] => awaited(pid, tid, which),
        [WAITID, ..] => awaited(pid, tid, u64::MAX),
        _ => semop(pid, tid, &call).map_or(Doing::Other, |_| Doing::Semop),
    }
}

/// The child that is waited for; every one where any will do.
fn awaited(pid: i32, tid: i32, which: u64) -> Doing {
    let Ok(text) = fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")) else {
        return Doing::Hidden;
    };
    let children: Vec<i32> = text.split_whitespace().flat_map(str::parse).collect();
    let named = children.iter().find(|&&child| u64::try_from(child) == Ok(which));
    Doing::AwaitsOneOf(named.map_or(children.clone(), |&child| vec![child]))
}

pub(super) fn threads(pid: i32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    let entries = tasks.into_iter().filter(|_| tells_by_our_pids()).flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

pub(super) fn runs(pid: i32) -> Option<u64> {
    let runs = |task: Task| {
        let status = task.status().ok()?;
        Some(status.voluntary_ctxt_switches? + status.nonvoluntary_ctxt_switches?)
    };
    process(pid)?.tasks().ok()?.map(|task| runs(task.ok()?)).sum()
}

/// The system call that a thread is blocked in: its number, then its arguments.
/// Empty if it runs; None if that may not be read or the thread is gone.
fn call(pid: i32, tid: i32) -> Option<Vec<u64>> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{tid}/syscall")).ok()?;
    let mut words = text.split_whitespace();
    let Some(number) = words.next().and_then(|word| word.parse().ok()) else {
        return Some(Vec::new());
    };
    let argument = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
    Some([number].into_iter().chain(words.map_while(argument)).collect())
}

/// A thread that is seen and ends is not one that is hidden. The kernel's own
/// have no memory, and do not wait for semaphores.
fn is_there(pid: i32, tid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/task/{tid}/stat")).unwrap_or_default();
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let zombie = matches!(fields.first(), Some(&("Z" | "X" | "")) | None);
    // The 23rd field of proc(5), vsize, counted from the state, which is the 3rd.
    !zombie && fields.get(20).is_some_and(|&size| size != "0")
}

fn semop(pid: i32, tid: i32, call: &[u64]) -> Option<Blocked> {
    let (semid, at, number) = match *call {
        [number, semid, at, many, ..] if SEMOPS.contains(&number) => (semid, at, many),
        [IPC, what, semid, many, _, at, ..] if [SEMOP, SEMTIMEDOP].contains(&(what & 0xffff)) => {
            (semid, at, many)
        }
        _ => return None,
    };
    let semid = i32::try_from(semid).ok()?;
    Some(Blocked { pid, tid, semid, ops: operations(pid, tid, at, number) })
}

fn operations(pid: i32, tid: i32, at: u64, number: u64) -> Option<Vec<Op>> {
    let number = usize::try_from(number.min(MOST)).ok()?;
    let mut bytes = vec![0; number * SEMBUF];
    File::open(format!("/proc/{pid}/task/{tid}/mem")).ok()?.read_exact_at(&mut bytes, at).ok()?;
    Some(
        bytes
            .chunks_exact(SEMBUF)
            .filter_map(|bytes| Some(Op::read(bytes.try_into().ok()?)))
            .collect(),
    )
}

/// A namespace belongs to a thread.
fn is_in_this_namespace(pid: i32, tid: i32) -> bool {
    let other = fs::read_link(format!("/proc/{pid}/task/{tid}/ns/ipc"));
    let own = fs::read_link("/proc/thread-self/ns/ipc");
    matches!((other, own), (Ok(other), Ok(own)) if other == own)
}
