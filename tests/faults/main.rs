//! One fault at every call: every subcommand in every form, in which one system call
//! fails, or the process is killed before or after it. Whatever happens, semlock says
//! nothing false, leaves nothing behind, and harms nothing that lives.
//!
//! As it is, a random sample is tried. SEMLOCK_SEED repeats one; with SEMLOCK_FAULTS=all,
//! it is all of them (`make faults`), and with the first words of a form, all of such forms.

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
