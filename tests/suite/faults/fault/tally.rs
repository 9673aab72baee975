//! What went wrong in a run, and how often anything did in all of them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::scene::{Run, Scene};
use super::{Fault, Task};

/// Statuses that the manual lists for these commands.
const DOCUMENTED: [i32; 10] = [0, 1, 64, 65, 66, 69, 71, 73, 75, 77];

/// Calls without which the runtime, the C library or the loader ends a program.
const DEADLY: [&str; 6] = ["brk", "mmap", "mprotect", "mremap", "munmap", "futex"];

/// A kind of wrong answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    Removed,
    Orphaned,
    FalseZero,
    FalseNo,
    Panic,
    Undocumented,
    Silent,
    Hung,
    Killed,
    Lost,
}

impl Wrong {
    const ALL: [(Self, &str); 10] = [
        (Self::Removed, "living sets removed"),
        (Self::Orphaned, "living sets called orphaned"),
        (Self::FalseZero, "status 0 for what was not done"),
        (Self::FalseNo, "\"not locked\" of a lock that is held"),
        (Self::Panic, "panics"),
        (Self::Undocumented, "statuses that are not documented"),
        (Self::Silent, "failures without a message"),
        (Self::Hung, "runs without an end"),
        (Self::Killed, "other processes ended"),
        (Self::Lost, "locks lost by a command that unlocks nothing"),
    ];
}

/// The sum of the runs.
#[derive(Debug, Default)]
pub struct Tally {
    runs: usize,
    injected: usize,
    /// Calls that were made less often than in the run without a fault.
    missed: BTreeMap<(Task, String), usize>,
    statuses: BTreeMap<(Task, i32), usize>,
    wrong: BTreeMap<Wrong, usize>,
    /// Unlocked in spite of the fault, and reported as failed.
    freed_and_failed: usize,
    details: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, scene: &Scene, fault: &Fault, run: &Run) {
        self.runs += 1;
        self.injected += usize::from(run.injected);
        if !run.injected {
            *self.missed.entry((fault.task, fault.call.clone())).or_default() += 1;
        }
        *self.statuses.entry((fault.task, run.status)).or_default() += 1;
        let freed = fault.task == Task::Unlock && scene.is_free();
        self.freed_and_failed += usize::from(freed && run.status != 0);
        for wrong in wrongs(scene, fault, run) {
            *self.wrong.entry(wrong).or_default() += 1;
            self.details.push(format!("{wrong:?}: {fault:?}\n{run:?}"));
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.injected += other.injected;
        self.freed_and_failed += other.freed_and_failed;
        for (key, count) in other.missed {
            *self.missed.entry(key).or_default() += count;
        }
        for (key, count) in other.statuses {
            *self.statuses.entry(key).or_default() += count;
        }
        for (key, count) in other.wrong {
            *self.wrong.entry(key).or_default() += count;
        }
        self.details.extend(other.details);
    }

    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty()
    }

    /// What went wrong, cut short.
    pub fn details(&self) -> String {
        let short = |detail: &String| detail.chars().take(1000).collect::<String>();
        self.details.iter().map(short).take(40).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faults: {} runs, {} with the fault", self.runs, self.injected)?;
        for (wrong, name) in Wrong::ALL {
            write!(f, ", {} {name}", self.wrong.get(&wrong).unwrap_or(&0))?;
        }
        writeln!(f, "; {} unlocked and reported as failed", self.freed_and_failed)?;
        for ((task, status), count) in &self.statuses {
            writeln!(f, "faults: {task:?} ended with {status}: {count} times")?;
        }
        for ((task, call), count) in &self.missed {
            writeln!(f, "faults: {task:?} did not come to that {call}: {count} times")?;
        }
        Ok(())
    }
}

/// What is wrong with a run, judged by what it left and what it said.
pub fn wrongs(scene: &Scene, fault: &Fault, run: &Run) -> Vec<Wrong> {
    let (task, output) = (fault.task, format!("{}{}", run.stdout, run.stderr));
    let removed = !scene.is_complete();
    // The loader's own failure, before the program begins.
    let loader = run.status == 127 && !run.stderr.starts_with("semlock: ");
    let ended = run.status > 128 && DEADLY.contains(&fault.call.as_str());
    let quiet = run.stderr.is_empty() && !(ended || run.status == 0 || fault.call == "write");
    let found = [
        (Wrong::Removed, removed),
        (Wrong::Orphaned, calls_orphaned(scene, task, run)),
        (Wrong::FalseZero, run.status == 0 && !is_done(scene, task, run)),
        (Wrong::FalseNo, task == Task::Unlock && run.status == 1 && !scene.is_free()),
        (Wrong::Panic, output.contains("bug in semlock") || output.contains("panicked")),
        (Wrong::Undocumented, !(DOCUMENTED.contains(&run.status) || loader || ended)),
        (Wrong::Silent, quiet && task != Task::Check),
        (Wrong::Hung, [124, 137].contains(&run.status)),
        (Wrong::Killed, !run.servers_live),
        (Wrong::Lost, task != Task::Unlock && scene.is_free()),
    ];
    found.into_iter().filter_map(|(wrong, is)| is.then_some(wrong)).collect()
}

/// Whether a set whose creator lives, or that has a lock, is called orphaned.
fn calls_orphaned(scene: &Scene, task: Task, run: &Run) -> bool {
    let living = || scene.living.iter().chain([&scene.block]);
    if task == Task::Check || task == Task::Unlock {
        let names = |line: &str| living().any(|&semid| names(line, semid));
        return run
            .stdout
            .lines()
            .chain(run.stderr.lines())
            .any(|line| line.contains("orphaned") && names(line));
    }
    let orphaned =
        |set: &Value| set["verdict"] == "orphaned" && living().any(|&semid| set["semid"] == semid);
    sets(run).iter().any(orphaned)
}

/// Whether a line names this set, and not one whose number only begins so.
fn names(line: &str, semid: i32) -> bool {
    let words: Vec<_> = line.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
    let semid = semid.to_string();
    words.windows(2).any(|pair| pair == ["semid", &semid])
}

/// The sets that a JSON answer lists, under whatever heading.
fn sets(run: &Run) -> Vec<Value> {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
    let lists = ["sets", "removed", "kept"]
        .map(|name| report[name].as_array().cloned().unwrap_or_default());
    lists.concat()
}

/// Whether what status 0 says is so.
fn is_done(scene: &Scene, task: Task, run: &Run) -> bool {
    let sets = sets(run);
    let listed = |semid: i32| sets.iter().any(|set| set["semid"] == semid);
    match task {
        // The set that was left behind is trouble to report.
        Task::Check => false,
        Task::Unlock => scene.is_free(),
        Task::Status => {
            scene.living.iter().chain([&scene.block, &scene.orphan]).all(|&semid| listed(semid))
        }
        Task::Remove => {
            let report: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
            let list = if Scene::exists(scene.orphan) { "kept" } else { "removed" };
            report[list]
                .as_array()
                .is_some_and(|sets| sets.iter().any(|set| set["semid"] == scene.orphan))
        }
    }
}
