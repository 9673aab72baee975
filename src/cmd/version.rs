//! What `semlock --version` says beyond the build: what semlock uses on this system.

use std::io::{self, Write};

use crate::system::{Handle, Pid};
use crate::sysv::{LIST_OF_SETS, UNDO_ENDS_AT_EXEC, timed_wait_is_native};

/// Prints what is missing after clap has `printed` the long version, and nothing after the
/// short one, which is one line.
pub(super) fn print_rest(printed: &str) -> io::Result<()> {
    if printed.lines().count() > 1 { print_platform(&mut io::stdout().lock()) } else { Ok(()) }
}

fn print_platform(out: &mut impl Write) -> io::Result<()> {
    let native = timed_wait_is_native();
    let timed_wait = if native { "semtimedop(2)" } else { "semop(2), interrupted by a thread" };
    let undo = if UNDO_ENDS_AT_EXEC { "ends at execve(2)" } else { "survives execve(2)" };
    let end = Handle::open(Pid::own()).map_or("unknown", |process| process.mechanism());
    writeln!(out, "timed wait: {timed_wait}")?;
    writeln!(out, "SEM_UNDO: {undo}; semlock probe-max tests whether it works")?;
    writeln!(out, "list of sets: {LIST_OF_SETS}")?;
    writeln!(out, "end of a process: {end}")
}
