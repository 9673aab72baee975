//! The end of a phase: nothing is left but the block, and that can be removed.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::all_sets;

use crate::arena::Arena;
use crate::chaos::{holders, lift_the_limits};
use crate::phase::Phase;

/// How long what ends with a client may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn check(arena: &Arena, phase: &Phase) {
    let fail = |what: &str, left: String| {
        if !left.is_empty() {
            phase.tally.fail(format!("{what} left after {:?}: {left}", phase.kind));
        }
    };
    lift_the_limits();
    let overlaps = arena.overlaps();
    if !overlaps.is_empty() {
        phase.tally.fail(format!("overlaps:\n{overlaps}"));
    }
    let end = Instant::now() + PATIENCE;
    while !(holders().is_empty() && processes().is_empty()) && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
    fail("holders", list(&holders()));
    fail("processes", processes().join(", "));
    if let Ok(block) = Block::open(DEFAULT_KEY) {
        // What Perl clients have left behind on purpose.
        arena.semlock(["unlock", "--abandoned", "--all"]).output().unwrap();
        let set = block.set();
        let counts = set.values().unwrap();
        fail("counts", if counts.iter().all(|&count| count == 0) { String::new() } else { list(&counts) });
        let waiting = |semnum| set.ncnt(semnum).unwrap() + set.zcnt(semnum).unwrap();
        let waiting: i32 = (0..u32::from(block.nsems())).map(waiting).sum();
        fail("waiters", if waiting == 0 { String::new() } else { waiting.to_string() });
        let removed = arena.semlock(["remove"]).output().unwrap();
        if !removed.status.success() {
            phase.tally.fail(format!("the last remove: {removed:?}"));
        }
    }
    fail("sets", list(&all_sets().unwrap()));
}

fn list<T: std::fmt::Debug>(left: &[T]) -> String {
    if left.is_empty() { String::new() } else { format!("{left:?}") }
}

/// All but this one, and the shell that reaps.
fn processes() -> Vec<String> {
    let names = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name());
    let pids = names.filter_map(|name| name.to_str()?.parse::<u32>().ok());
    let others = pids.filter(|&pid| pid != 1 && pid != std::process::id());
    others
        .filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok())
        .map(|stat| stat.split(" 0 ").next().unwrap_or_default().to_owned())
        .collect()
}
