//! An administrator: looks, unlocks, removes, creates and replaces, while others have locks.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use crate::arena::Arena;
use crate::phase::{Goal, Kind, Phase};
use crate::seat::Process;

/// The last entry but one of the page. It is never in.
const ENTRY: usize = 30;

/// What is done, and the statuses that it may end with.
type Act = (&'static str, &'static [i32]);

/// What never touches a block. It may be missing or vanish.
const LOOKS: [Act; 6] = [
    ("status", &[0, 66, 69]),
    ("status --slots all", &[0, 66, 69]),
    ("status --format json", &[0, 66, 69]),
    ("status --check", &[0, 1, 66, 69]),
    ("status --all", &[0]),
    ("status --all --format json", &[0]),
];

/// What is safe beside Perl clients.
const SAFE: [Act; 7] = [
    ("unlock --abandoned --all", &[0, 75]),
    ("unlock --abandoned --all", &[0, 75]),
    ("unlock a", &[0, 1, 75]),
    ("create", &[73]),
    ("create --replace --quiet", &[0]),
    ("lock -s -w 0.2 -E 76 --slot 3 -- semlock remove", &[75, 76]),
    ("lock -s -w 0.2 -E 76 --slot 3 -- semlock create --replace --nsems 34", &[75, 76]),
];

/// What is safe where every client notices that the block was removed. No client leaves a lock
/// behind there, so nothing is unlocked: that would hide what semlock leaves.
const REPLACEMENTS: [Act; 7] = [
    ("remove", &[0, 66, 75]),
    ("remove --quiet", &[0, 66, 75]),
    ("remove --orphaned --yes", &[0]),
    ("create --quiet", &[0, 73]),
    ("create --replace --nsems 34 --quiet", &[0, 73, 75]),
    ("create --replace --nsems 8 --quiet", &[0, 73, 75]),
    ("create --replace --nsems 32 --quiet", &[0, 73, 75]),
];

pub struct Administrator<'a> {
    pub arena: &'a Arena,
    pub phase: &'a Phase<'a>,
    pub random: Rng,
}

impl Administrator<'_> {
    pub fn run(&mut self) {
        while !self.phase.is_deserted() {
            let acts = match self.phase.kind {
                _ if self.random.u8(..4) == 0 => &LOOKS[..],
                Kind::Application => &SAFE,
                Kind::Replacements => &REPLACEMENTS,
            };
            let act = acts[self.random.usize(..acts.len())];
            self.begin_lull();
            self.act(act);
            self.phase.lull.store(false, Ordering::Relaxed);
            self.look_for_overlaps();
            thread::sleep(Duration::from_millis(self.random.u64(..20)));
        }
    }

    /// Half of the time, has the clients pause: otherwise, somebody always has a lock.
    fn begin_lull(&mut self) {
        if self.phase.kind == Kind::Replacements && self.random.bool() {
            self.phase.lull.store(true, Ordering::Relaxed);
            thread::sleep(Duration::from_micros(self.random.u64(..8_000)));
        }
    }

    fn act(&mut self, (line, statuses): Act) {
        let tally = self.phase.tally;
        let mut process = Process::start(self.arena.semlock(line.split(' ')), self.arena, ENTRY);
        tally.started(process.pid().as_raw());
        let moment = Duration::from_micros(self.random.u64(..6_000));
        let killed = self.random.u8(..12) == 0 && !process.ends_within(moment);
        if killed {
            process.kill();
            self.phase.done(Goal::Kills, 1);
            tally.count("acts of the administrator killed", 1);
        }
        let Some(status) = process.end(self.arena, self.phase).filter(|_| !killed) else { return };
        let code = status.code().unwrap_or(-1);
        tally.count(result(line, code), 1);
        if !statuses.contains(&code) {
            let said = std::fs::read_to_string(self.arena.messages(ENTRY)).unwrap_or_default();
            tally.fail(format!("semlock {line} ended with {status}: {said}"));
        }
    }

    fn look_for_overlaps(&self) {
        let overlaps = self.arena.overlaps();
        if !overlaps.is_empty() {
            self.phase.tally.fail(format!("overlaps:\n{overlaps}"));
        }
    }
}

/// What is counted.
fn result(line: &str, status: i32) -> &'static str {
    match (line.split(' ').next().unwrap(), status) {
        ("remove", 0) if !line.contains("--orphaned") => "blocks removed",
        ("create", 0) if line.contains("--nsems") => "blocks replaced",
        ("remove" | "create" | "lock", 75) => "removals and replacements refused",
        ("unlock", _) => "unlocks of the administrator",
        ("status", _) => "looks of the administrator",
        _ => "other acts of the administrator",
    }
}
