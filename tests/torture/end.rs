//! The end of a phase: nothing is left but the block, and that can be removed.

use std::fs;
use std::thread;
use std::time::Duration;

use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::all_sets;

use crate::arena::Arena;
use crate::chaos::{holders, lift_the_limits};
use crate::phase::{Kind, Phase};

/// How often, a millisecond apart, it looks whether everything has ended.
const PATIENCE: usize = 20_000;

pub fn check(arena: &Arena, phase: &Phase) {
    lift_the_limits();
    let tally = phase.tally;
    tally.must_be_none("overlaps", &arena.overlaps().lines().collect::<Vec<_>>());
    for _ in 0..PATIENCE {
        if holders().is_empty() && processes().is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    tally.must_be_none("holders left", &holders());
    tally.must_be_none("processes left", &processes());
    if let Ok(block) = Block::open(DEFAULT_KEY) {
        if phase.kind == Kind::Application {
            // What Perl clients have left behind on purpose.
            arena.semlock(["unlock", "--abandoned", "--all"]).output().unwrap();
        }
        let set = block.set();
        let counts = set.values().unwrap().into_iter().filter(|&count| count != 0);
        tally.must_be_none("counts left", &counts.collect::<Vec<_>>());
        let waiting = |&semnum: &u32| set.ncnt(semnum).unwrap() + set.zcnt(semnum).unwrap() > 0;
        let waiting = (0..u32::from(block.nsems())).filter(waiting);
        tally.must_be_none("semaphores waited for", &waiting.collect::<Vec<_>>());
        let removed = arena.semlock(["remove"]).output().unwrap();
        assert!(removed.status.success(), "{removed:?}");
    } else if phase.kind == Kind::Application {
        tally.fail("the application's block is gone".into());
    }
    tally.must_be_none("sets left", &all_sets().unwrap());
}

/// All but this one, and the shell that reaps, with their states and where they wait.
pub fn processes() -> Vec<String> {
    let names = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name());
    let pids = names.filter_map(|name| name.to_str()?.parse::<u32>().ok());
    let others = pids.filter(|&pid| pid != 1 && pid != std::process::id());
    others
        .filter_map(|pid| {
            let read = |file| fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
            let (stat, place) = (read("stat")?, read("wchan").unwrap_or_default());
            Some(format!("{} {place}", stat.split(" 0 ").next().unwrap_or_default()))
        })
        .collect()
}
