//! Commands in a gVisor of their own.

use std::io;
use std::process::Command;

/// Makes this command of runsc(8) run the words that are added later.
pub fn run_in_gvisor(runsc: &mut Command) {
    runsc.args(["--network=none", "--platform=ptrace", "--ignore-cgroups", "do"]);
    // It changes the owner of what it gets as standard input, which must not be /dev/null.
    runsc.stdin(io::pipe().unwrap().0);
}
