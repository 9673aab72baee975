//! The system call that a process waits in, or is about to make: proc_pid_syscall(5).

/// Its number and its arguments; nothing if it is running.
fn of(pid: i32) -> Vec<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
    let number = |word: &str| match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    };
    text.split_whitespace().map_while(number).collect()
}

#[cfg(not(target_arch = "x86"))]
mod numbers {
    //! The calls of this processor.

    fn is(number: u64, call: i64) -> bool {
        number == call.unsigned_abs()
    }

    pub fn is_semop(call: &[u64]) -> bool {
        matches!(call, [number, ..]
            if is(*number, libc::SYS_semop) || is(*number, libc::SYS_semtimedop))
    }

    pub fn is_semget(call: &[u64]) -> bool {
        matches!(call, [number, ..] if is(*number, libc::SYS_semget))
    }

    pub fn is_get_all(call: &[u64]) -> bool {
        matches!(call, [number, _, _, 13, ..] if is(*number, libc::SYS_semctl))
    }

    pub fn is_write(call: &[u64]) -> bool {
        matches!(call, [number, ..] if is(*number, libc::SYS_write))
    }

    pub fn is_endless_ppoll(call: &[u64]) -> bool {
        matches!(call, [number, _, _, 0, ..] if is(*number, libc::SYS_ppoll))
    }
}

#[cfg(target_arch = "x86")]
mod numbers {
    //! ipc(2) of 32-bit programs, and the calls of the machine's own programs.

    pub fn is_semop(call: &[u64]) -> bool {
        matches!(call, [65 | 220 | 420, ..] | [117, 1 | 4, ..])
    }

    pub fn is_semget(call: &[u64]) -> bool {
        matches!(call, [117, 2, ..])
    }

    pub fn is_get_all(call: &[u64]) -> bool {
        matches!(call, [117, 3, _, _, 0x10d, ..])
    }

    pub fn is_write(call: &[u64]) -> bool {
        matches!(call, [4, ..])
    }

    pub fn is_endless_ppoll(call: &[u64]) -> bool {
        matches!(call, [309 | 414, _, _, 0, ..])
    }
}

pub fn is_semop(pid: i32) -> bool {
    numbers::is_semop(&of(pid))
}

pub fn is_semget(pid: i32) -> bool {
    numbers::is_semget(&of(pid))
}

pub fn is_get_all(pid: i32) -> bool {
    numbers::is_get_all(&of(pid))
}

pub fn is_write(pid: i32) -> bool {
    numbers::is_write(&of(pid))
}

/// Whether it waits in ppoll(2), and no time is set at which it would wake up.
pub fn waits_for_files_without_a_limit(pid: i32) -> bool {
    numbers::is_endless_ppoll(&of(pid))
}
