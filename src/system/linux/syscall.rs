//! The system call that a thread waits in: proc(5), `/proc/PID/task/TID/syscall`.
//!
//! The kernel shows it only to a process that may trace the other one: ptrace(2), "access
//! mode checking".

use super::proc;
use crate::system::words::{number, words};
use crate::system::{Entry, Pid, Tid};

/// The number of the system call, then its arguments. Empty if the thread is running.
///
/// The kernel refuses to show it for a thread that has ended, too: that is gone, not
/// unreadable.
pub(super) fn waiting_call(pid: Pid, tid: Tid) -> Entry<Vec<u64>> {
    match proc::read(pid, &format!("task/{tid}/syscall")) {
        Entry::Unreadable(_) if !has_memory(pid, tid) => Entry::Gone,
        read => read.map(|text| parse(&text)),
    }
}

fn parse(text: &[u8]) -> Vec<u64> {
    let mut words = words(text);
    let Some(number) = words.next().and_then(number) else { return Vec::new() };
    [number].into_iter().chain(words.map_while(hexadecimal)).collect()
}

fn hexadecimal(word: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(word.strip_prefix(b"0x")?).ok()?;
    u64::from_str_radix(digits, 16).ok()
}

/// A thread that has ended has no memory.
fn has_memory(pid: Pid, tid: Tid) -> bool {
    match proc::read(pid, &format!("task/{tid}/statm")) {
        Entry::Is(sizes) => words(&sizes).next() != Some(b"0"),
        Entry::Gone => false,
        Entry::Unreadable(_) => true,
    }
}
