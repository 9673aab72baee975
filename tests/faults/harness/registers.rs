//! Calls of a stopped process, in the registers of x86-64.

use nix::libc::{self, user_regs_struct};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::fault::What;

/// Whether a call may wait for a semaphore: the flags of its first operation say so.
pub fn waits_for_semaphore(pid: Pid, registers: user_regs_struct) -> bool {
    [libc::SYS_semop, libc::SYS_semtimedop].contains(&registers.orig_rax.cast_signed())
        && ptrace::read(pid, registers.rsi as ptrace::AddressType)
            .is_ok_and(|word| word >> 32 & i64::from(libc::IPC_NOWAIT) == 0)
}

/// At the begin of a call. Returns what is left to do at its end.
pub fn begin(pid: Pid, what: What, mut registers: user_regs_struct) -> Option<What> {
    match what {
        What::KillBefore => {
            let _ = kill(pid, Signal::SIGKILL);
            return None;
        }
        // close(2) has closed the descriptor even if it fails.
        What::Error(_) if registers.orig_rax.cast_signed() != libc::SYS_close => {
            registers.orig_rax = u64::MAX;
            let _ = ptrace::setregs(pid, registers);
        }
        What::Error(_) | What::KillAfter => {}
    }
    Some(what)
}

/// At the end of a call.
pub fn finish(pid: Pid, what: What, mut registers: user_regs_struct) {
    if let What::Error(errno) = what {
        registers.rax = i64::from(-errno).cast_unsigned();
        let _ = ptrace::setregs(pid, registers);
    } else {
        let _ = kill(pid, Signal::SIGKILL);
    }
}
