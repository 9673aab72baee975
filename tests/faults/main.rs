//! One fault at every call: every subcommand in every form, in which one system call
//! fails, or the process is killed before or after it. Whatever happens, semlock says
//! nothing false, leaves nothing behind, and harms nothing that lives.
//!
//! As it is, a random sample is tried. SEMLOCK_SEED repeats one. With SEMLOCK_FAULTS=all
//! (`make faults`), a call that a form makes many times has its faults at eight of these times.
//! With the first words of a form, every fault of such forms is tried.

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod harness;

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
use harness::run;

fn main() -> std::process::ExitCode {
    run()
}

/// The tracer knows the registers of one processor, and nix knows PTRACE_GET_SYSCALL_INFO only
/// of glibc.
#[cfg(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")))]
fn run() -> std::process::ExitCode {
    println!("faults: none is tried: that needs Linux with glibc on x86-64");
    std::process::ExitCode::SUCCESS
}
