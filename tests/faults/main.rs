//! One fault at every call: every subcommand in the forms of `forms`, in which one system call
//! fails, or the process is killed before or after it. Whatever happens, semlock says
//! nothing false, leaves nothing behind, and harms nothing that lives.
//!
//! As it is, a random sample is tried. SEMLOCK_SEED repeats one. With SEMLOCK_FAULTS=all
//! (`make faults`), all forms are tried; with SEMLOCK_FAULTS=WORDS, those whose names begin with
//! these words. Of the calls that a form makes from one place in the program, about one kind of
//! file, the first and one of the others have their faults; with SEMLOCK_EVERY_CALL, all have.

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
