//! What a run must do, what it has done, and its report.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// How often each must have happened, at least.
#[derive(Clone, Copy)]
pub struct Goals {
    pub acquisitions: u64,
    pub by_semlock: u64,
    /// Of those by semlock.
    pub kept: u64,
    pub kills: u64,
}

impl Goals {
    pub fn of(acquisitions: u64) -> Self {
        let part = |divisor: u64| acquisitions.div_ceil(divisor);
        Self { acquisitions, by_semlock: part(5), kept: part(100), kills: part(100) }
    }

    /// A round has each phase once.
    pub fn rounds(&self) -> u64 {
        (self.acquisitions / 100_000).max(1)
    }
}

/// What must have happened at least once, beside what is counted when it happens.
const SEEN: [&str; 7] = [
    "killed while they had a lock",
    "killed while they waited",
    "holders killed",
    "holders stopped",
    "blocks removed",
    "blocks replaced",
    "removals and replacements refused",
];

/// What is counted.
pub struct Tally {
    pub goals: Goals,
    pub seed: u64,
    begin: Instant,
    counts: Mutex<BTreeMap<&'static str, u64>>,
    pids: Mutex<HashSet<i32>>,
    failures: Mutex<Vec<String>>,
    has_failed: AtomicBool,
    pub perl: AtomicU64,
    pub commands: AtomicU64,
    pub kept: AtomicU64,
    pub persistent: AtomicU64,
    pub kills: AtomicU64,
}

impl Tally {
    pub fn new(goals: Goals, seed: u64) -> Self {
        Self {
            goals,
            seed,
            begin: Instant::now(),
            counts: Mutex::new(SEEN.map(|what| (what, 0)).into()),
            pids: Mutex::default(),
            failures: Mutex::default(),
            has_failed: AtomicBool::new(false),
            perl: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            persistent: AtomicU64::new(0),
            kills: AtomicU64::new(0),
        }
    }

    /// Counts what must have happened at least once in the run.
    pub fn count(&self, what: &'static str, number: u64) {
        *self.counts.lock().unwrap().entry(what).or_default() += number;
    }

    /// Notes a new process.
    pub fn started(&self, pid: i32) {
        let is_new = self.pids.lock().unwrap().insert(pid);
        self.count("processes started", 1);
        self.count("pids reused", u64::from(!is_new));
    }

    pub fn fail(&self, what: String) {
        self.failures.lock().unwrap().push(what);
        self.has_failed.store(true, Ordering::Relaxed);
    }

    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// Prints what was done, and fails if anything went wrong, or was not done.
    pub fn report(&self) {
        let of = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let by_semlock = of(&self.commands) + of(&self.kept) + of(&self.persistent);
        let (kept, kills) = (of(&self.kept), of(&self.kills));
        let all = of(&self.perl) + by_semlock;
        println!("torture: {all} acquisitions in {} s", self.begin.elapsed().as_secs());
        println!("  by Perl: {}", of(&self.perl));
        println!("  by semlock: {by_semlock}, {kept} of them kept for a shell");
        println!("  killed: {kills}");
        for (what, number) in &*self.counts.lock().unwrap() {
            println!("  {what}: {number}");
            if *number == 0 {
                self.fail(format!("never: {what}"));
            }
        }
        let goals = &self.goals;
        for (what, done, goal) in [
            ("acquisitions", all, goals.acquisitions),
            ("acquisitions by semlock", by_semlock, goals.by_semlock),
            ("acquisitions kept for a shell", kept, goals.kept),
            ("kills", kills, goals.kills),
        ] {
            if done < goal {
                self.fail(format!("{what}: {done} of {goal}"));
            }
        }
        println!(
            "  to repeat it: SEMLOCK_SEED={} SEMLOCK_TORTURE={} make torture",
            self.seed, goals.acquisitions
        );
        let failures = self.failures.lock().unwrap();
        assert!(failures.is_empty(), "torture: {}", failures.join("\ntorture: "));
    }
}
