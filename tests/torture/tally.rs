//! What a run must do, what it has done, and its report.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
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
const SEEN: [&str; 23] = [
    "acquisitions by --drain",
    "acquisitions by --slot",
    "acquisitions by Perl",
    "acquisitions kept and unlocked",
    "acquisitions kept by --for and unlocked",
    "acquisitions kept for another process",
    "acquisitions kept until the script ends",
    "acquisitions of --all --drain",
    "acquisitions of --all -s",
    "acquisitions of --persist --drain",
    "acquisitions of --persist -s",
    "acquisitions of --persist -x",
    "acquisitions of one session",
    "acquisitions of several sessions",
    "pids reused",
    "stopped",
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
    /// What must not be there, and how much of it was.
    left: Mutex<BTreeMap<&'static str, usize>>,
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
            left: Mutex::default(),
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

    /// Counts what must not be there.
    pub fn must_be_none<T: Debug>(&self, what: &'static str, found: &[T]) {
        *self.left.lock().unwrap().entry(what).or_default() += found.len();
        if !found.is_empty() {
            self.fail(format!("{what}: {found:?}"));
        }
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
        let (goals, all) = (&self.goals, of(&self.perl) + by_semlock);
        println!("torture: {} s", self.begin.elapsed().as_secs());
        let reached = [
            ("acquisitions", all, goals.acquisitions),
            ("acquisitions by semlock", by_semlock, goals.by_semlock),
            ("acquisitions kept for a shell", of(&self.kept), goals.kept),
            ("processes killed", of(&self.kills), goals.kills),
        ];
        for (what, done, goal) in reached {
            println!("  {what}: {done}, of at least {goal}");
        }
        self.print_counts();
        println!(
            "  to repeat it: SEMLOCK_SEED={} SEMLOCK_TORTURE={}",
            self.seed, goals.acquisitions
        );
        let missed = reached.iter().filter(|(_, done, goal)| done < goal);
        let missed: Vec<_> = missed.map(|(what, ..)| *what).chain(self.never_seen()).collect();
        let failures = self.failures.lock().unwrap();
        assert!(failures.is_empty(), "torture: {}", failures.join("\ntorture: "));
        assert!(missed.is_empty(), "too few: {}", missed.join(", "));
    }

    fn print_counts(&self) {
        for (what, number) in &*self.counts.lock().unwrap() {
            println!("  {what}: {number}");
        }
        for (what, number) in &*self.left.lock().unwrap() {
            println!("  {what}: {number}");
        }
    }

    /// In the shortest form, what is rare may be missing by chance.
    fn never_seen(&self) -> Vec<&'static str> {
        let counts = self.counts.lock().unwrap();
        let never = counts.iter().filter(|&(_, &number)| number == 0).map(|(what, _)| *what);
        never.filter(|_| self.goals.acquisitions >= crate::FEW).collect()
    }
}
