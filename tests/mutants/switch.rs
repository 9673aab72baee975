//! Which mutant this process runs, and which functions with mutants it has reached.
//! tests/mutants/merge.py adds this file to a copy of the program.

use std::fs::File;
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{array, env};

static REACHED: OnceLock<[AtomicBool; 10_000]> = OnceLock::new();

/// The number of the active mutant; 0 is none. Notes that this function was reached.
pub(crate) fn active(function: usize) -> u32 {
    static ACTIVE: OnceLock<u32> = OnceLock::new();
    let reached = REACHED.get_or_init(|| array::from_fn(|_| AtomicBool::new(false)));
    if !reached[function].swap(true, Ordering::Relaxed) {
        note(function);
    }
    *ACTIVE.get_or_init(|| env::var("MUTANT").map_or(0, |number| number.parse().unwrap()))
}

/// The pid namespace that counts as the kernel's first.
pub(crate) fn first_pid_namespace() -> u64 {
    env::var("MUTANTS_PIDS").map_or(4_026_531_836, |inode| inode.parse().unwrap())
}

/// Appends the function to the file that is named. It may be out of reach: then another test
/// has to reach the function.
fn note(function: usize) {
    if let Some(path) = env::var_os("MUTANTS_REACHED") {
        let file = File::options().append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(format!("{function}\n").as_bytes()));
    }
}
