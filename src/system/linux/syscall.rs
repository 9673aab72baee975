//! The system call that a thread waits in: proc(5), `/proc/PID/task/TID/syscall`.
//!
//! The kernel shows it only to a process that may trace the other one: ptrace(2), "access
//! mode checking". A call's number means another call in a 32-bit program, so it counts only
//! if it is known which of the two the program is.

use nix::errno::Errno;
use object::elf::{self, FileClass};

use super::call_numbers::{NUMBERS, Numbers};
use super::proc;
use crate::system::words::{number, words};
use crate::system::{Entry, Pid, Tid};
use crate::sysv::Semid;

/// A system call, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitingCall {
    /// semop(2) or semtimedop(2).
    Semop(SemopCall),
    /// wait4(2) or the like, for the child with this pid, or for several if it is none.
    Child(u64),
    /// Another one, or none: the thread is running.
    Other,
}

/// The arguments of semop(2) and semtimedop(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SemopCall {
    pub semid: Semid,
    /// Where the operations are in the memory of the caller.
    pub address: u64,
    pub number: u64,
}

/// The call that a thread waits in.
///
/// The kernel refuses to show it for a thread that has ended, too: that is gone, not
/// unreadable. A system that shows no such calls, such as gVisor, lacks the file.
pub(super) fn waiting_call(pid: Pid, tid: Tid) -> Entry<WaitingCall> {
    match proc::read(pid, &format!("task/{tid}/syscall")) {
        Entry::Is(text) => understand(&parse(&text), || is_wide(pid)),
        Entry::Gone if has_memory(pid, tid) => Entry::Unreadable(Errno::ENOSYS),
        Entry::Unreadable(errno) if has_memory(pid, tid) => Entry::Unreadable(errno),
        Entry::Gone | Entry::Unreadable(_) => Entry::Gone,
    }
}

/// The number of the call, its six arguments, the stack pointer and the program counter.
/// Empty if the thread is running.
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

/// What a call is. Only a 64-bit program has its stack above 4 GiB; for others `is_wide`
/// finds out, if it matters.
fn understand(call: &[u64], is_wide: impl FnOnce() -> Entry<bool>) -> Entry<WaitingCall> {
    let &[number, first, second, third, _, fifth, _, stack, _] = call else {
        return Entry::Is(WaitingCall::Other);
    };
    let Some(known) = NUMBERS else { return Entry::Unreadable(Errno::ENOSYS) };
    let [wide, narrow] = known.map(|known| meaning(number, [first, second, third, fifth], known));
    if wide == narrow || stack > u64::from(u32::MAX) {
        return Entry::Is(wide);
    }
    is_wide().map(|is_wide| if is_wide { wide } else { narrow })
}

/// What a call means by these numbers.
fn meaning(number: u64, arguments: [u64; 4], known: Numbers) -> WaitingCall {
    /// The calls of ipc(2): include/uapi/linux/ipc.h.
    const SEMOP: u64 = 1;
    const SEMTIMEDOP: u64 = 4;
    const P_PID: u64 = libc::P_PID as u64;
    let [first, second, third, fifth] = arguments;
    if known.semops.contains(&number) {
        SemopCall::new(first, second, third)
    } else if known.ipc == Some(number) && [SEMOP, SEMTIMEDOP].contains(&(first & 0xffff)) {
        SemopCall::new(second, fifth, third)
    } else if known.waits.contains(&number) {
        WaitingCall::Child(first)
    } else if known.waitid == number {
        WaitingCall::Child(if first == P_PID { second } else { u64::MAX })
    } else {
        WaitingCall::Other
    }
}

impl SemopCall {
    #[allow(clippy::new_ret_no_self, reason = "a number that is no semid is no such call")]
    fn new(semid: u64, address: u64, number: u64) -> WaitingCall {
        // The kernel uses only the lower half of the register.
        let semid = i32::try_from(semid & u64::from(u32::MAX));
        semid.map_or(WaitingCall::Other, |semid| {
            WaitingCall::Semop(Self { semid: Semid::new(semid), address, number })
        })
    }
}

/// Whether a process runs a 64-bit program, by the class of its file: elf(5), `EI_CLASS`.
fn is_wide(pid: Pid) -> Entry<bool> {
    proc::read_start(pid, "exe").and_then(|[_, _, _, _, class]| match FileClass(class) {
        elf::ELFCLASS32 => Entry::Is(false),
        elf::ELFCLASS64 => Entry::Is(true),
        _ => Entry::Unreadable(Errno::ENOEXEC),
    })
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../../fuzz/syscall.rs"]
mod fuzz;

#[cfg(test)]
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::system::own_root;
    use crate::system::platform::tid;

    const HIGH: u64 = 0x7ffd_0000_0000;
    const LOW: u64 = 0xffd0_0000;

    fn semop(semid: i32) -> Entry<WaitingCall> {
        let semid = Semid::new(semid);
        Entry::Is(WaitingCall::Semop(SemopCall { semid, address: 0x1000, number: 2 }))
    }

    fn call(words: [u64; 7], stack: u64) -> Vec<u64> {
        words.into_iter().chain([stack, 0x0804_8000]).collect()
    }

    #[test]
    fn the_numbers_are_those_of_the_program_s_kind() {
        let other = Entry::Is(WaitingCall::Other);
        let unasked = || -> Entry<bool> { panic!("its stack says what it is") };
        let (wide, narrow) = (|| Entry::Is(true), || Entry::Is(false));
        let semop_64 = [65, 7, 0x1000, 2, 0, 0, 0];
        assert_eq!(understand(&call(semop_64, HIGH), unasked), semop(7));
        assert_eq!(understand(&call(semop_64, LOW), wide), semop(7));
        // getpgrp(2)
        assert_eq!(understand(&call(semop_64, LOW), narrow), other);
        let ipc = [117, 0x1_0004, 7, 2, 0, 0x1000, 0];
        assert_eq!(understand(&call(ipc, LOW), narrow), semop(7));
        // setresuid(2)
        assert_eq!(understand(&call(ipc, HIGH), unasked), other);
        // ipc(2) that waits for a message.
        assert_eq!(understand(&call([117, 12, 7, 2, 0, 0x1000, 0], LOW), narrow), other);
        let time64 = [420, 7, 0x1000, 2, 0, 0, 0];
        assert_eq!(understand(&call(time64, LOW), narrow), semop(7));
        assert_eq!(understand(&call(time64, HIGH), unasked), other);
    }

    #[test]
    fn a_stack_that_ends_below_four_gibibytes_says_nothing() {
        let semop_64 = call([65, 7, 0x1000, 2, 0, 0, 0], u64::from(u32::MAX));
        let narrow = || Entry::Is(false);
        assert_eq!(understand(&semop_64, narrow), Entry::Is(WaitingCall::Other));
    }

    #[test]
    fn a_thread_that_has_ended_is_gone_and_not_hidden() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = Pid::new(child.id().cast_signed()).unwrap();
        let first = Tid::first_of(pid);
        let stat = || proc::stat(pid).ok().map(|stat| stat.state);
        while stat() != Some(b'Z') {
            std::thread::yield_now();
        }
        assert!(!has_memory(pid, first));
        // Root sees a zombie as running.
        let seen = waiting_call(pid, first);
        assert!(matches!(seen, Entry::Gone | Entry::Is(WaitingCall::Other)), "{seen:?}");
        child.wait().unwrap();
        assert!(!has_memory(pid, first));
        assert_eq!(waiting_call(pid, first), Entry::Gone);
        assert!(has_memory(Pid::own(), tid::own()));
    }

    #[test]
    fn a_living_thread_whose_call_is_not_shown_is_hidden() {
        let (pid, first) = (Pid::own(), Tid::first_of(Pid::own()));
        let of = |statm, file: &str| {
            let thread = format!("proc/{pid}/task/{pid}");
            let files = [
                (format!("{thread}/statm"), statm),
                (format!("{thread}/{file}"), ""),
                (format!("proc/{pid}/exe"), "\x7fELF\x03"),
            ];
            let files = files.each_ref().map(|(path, text)| (path.as_str(), *text));
            own_root::with_files(&files, || (waiting_call(pid, first), is_wide(pid)))
        };
        let (lives, ended) = ("9 8 7 6 0 5 0\n", "0 0 0 0 0 0 0\n");
        let strange = Entry::Unreadable(Errno::ENOEXEC);
        assert!(matches!(waiting_call(pid, tid::own()), Entry::Is(_)));
        assert_eq!(of(lives, "stat"), (Entry::Unreadable(Errno::ENOSYS), strange));
        assert_eq!(of(ended, "stat"), (Entry::Gone, strange));
        // A directory cannot be read.
        assert_eq!(of(lives, "syscall/file"), (Entry::Unreadable(Errno::EISDIR), strange));
        assert_eq!(of(ended, "syscall/file"), (Entry::Gone, strange));
    }

    #[test]
    fn the_class_of_its_file_says_which_kind_a_program_is() {
        let of = |start: &str| {
            let file = format!("proc/{}/exe", Pid::own());
            own_root::with_files(&[(&file, start)], || is_wide(Pid::own()))
        };
        assert_eq!(is_wide(Pid::own()), Entry::Is(cfg!(target_pointer_width = "64")));
        assert_eq!(of("\x7fELF\x01"), Entry::Is(false));
        assert_eq!(of("\x7fELF\x02"), Entry::Is(true));
    }

    #[test]
    fn a_program_of_unknown_kind_hides_its_call_if_that_matters() {
        let unknown = || Entry::Unreadable(Errno::EACCES);
        let semop_64 = call([65, 7, 0x1000, 2, 0, 0, 0], LOW);
        assert_eq!(understand(&semop_64, unknown), Entry::Unreadable(Errno::EACCES));
        let neither = call([500, 7, 0x1000, 2, 0, 0, 0], LOW);
        assert_eq!(understand(&neither, unknown), Entry::Is(WaitingCall::Other));
        assert_eq!(understand(&[], unknown), Entry::Is(WaitingCall::Other));
    }

    #[test]
    fn a_wait_for_a_child_names_it_or_any() {
        let narrow = || Entry::Is(false);
        let wait = |words| understand(&call(words, LOW), narrow);
        let child = |pid| Entry::Is(WaitingCall::Child(pid));
        assert_eq!(wait([114, 70, 0, 0, 0, 0, 0]), child(70));
        assert_eq!(wait([7, 70, 0, 0, 0, 0, 0]), child(70));
        assert_eq!(wait([284, 1, 70, 0, 4, 0, 0]), child(70));
        assert_eq!(wait([284, 0, 70, 0, 4, 0, 0]), child(u64::MAX));
    }

    #[test]
    fn the_line_of_the_kernel_is_numbers() {
        assert_eq!(parse(b"65 0x7 0x1000 0x2 0x0 0x0 0x0 0x7ffd 0x7f\n").len(), 9);
        assert_eq!(parse(b"running\n"), Vec::<u64>::new());
        assert_eq!(parse(b"-1 0x7ffd 0x7f\n"), Vec::<u64>::new());
    }
}
