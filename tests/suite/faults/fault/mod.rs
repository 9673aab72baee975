//! System calls that fail: which ones a command makes, one run in which one of
//! them fails, and what the runs come to.

pub mod scene;
pub mod tally;

use std::collections::BTreeMap;

/// What a call fails with.
pub const ERRORS: [&str; 4] = ["ENFILE", "EACCES", "EIO", "ENOMEM"];

/// Calls that end or replace a process or return from a signal, and gettid(2): they do not fail.
const CANNOT_FAIL: [&str; 6] =
    ["execve", "exit", "exit_group", "gettid", "rt_sigreturn", "restart_syscall"];

/// What the command under test is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    Remove,
    Check,
    Status,
    Unlock,
}

impl Task {
    pub const ALL: [Self; 4] = [Self::Remove, Self::Check, Self::Status, Self::Unlock];

    pub fn arguments(self) -> &'static str {
        match self {
            Self::Remove => "remove --orphaned --idle 0s --yes --format json",
            Self::Check => "status --all --idle 0s --check",
            Self::Status => "status --all --idle 0s --format json",
            Self::Unlock => "unlock --key 0x5151 s",
        }
    }
}

/// One system call that fails: the nth of this name that a thread makes.
#[derive(Clone, Debug)]
pub struct Fault {
    pub task: Task,
    pub call: String,
    pub occurrence: usize,
    pub error: &'static str,
}

impl Fault {
    /// No fault in a task.
    pub fn none(task: Task) -> Self {
        Self { task, call: String::new(), occurrence: 0, error: "" }
    }

    /// The options by which strace(1) lets it happen.
    pub fn injection(&self) -> String {
        let Self { call, occurrence, error, .. } = self;
        format!("-e trace={call} -e inject={call}:error={error}:when={occurrence}")
    }
}

/// How often each call occurs in a trace by `strace -f`: the most of any thread,
/// as strace counts each thread's calls by themselves.
pub fn occurrences(trace: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::<(&str, &str), usize>::new();
    for line in trace.lines() {
        let called = line.split_once(' ').and_then(|(thread, rest)| {
            let (name, _) = rest.trim_start().split_once('(')?;
            name.bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
                .then_some((thread, name))
        });
        if let Some(called) = called {
            *counts.entry(called).or_default() += 1;
        }
    }
    let mut most = BTreeMap::<String, usize>::new();
    for ((_, name), count) in counts {
        if !CANNOT_FAIL.contains(&name) {
            let found = most.entry(name.into()).or_default();
            *found = count.max(*found);
        }
    }
    most
}

/// Every fault of a task, or of each call the first, the middle and the last.
pub fn faults(task: Task, calls: &BTreeMap<String, usize>, every: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (call, &count) in calls {
        let mut chosen: Vec<_> =
            if every { (1..=count).collect() } else { vec![1, count.div_ceil(2), count] };
        chosen.dedup();
        for occurrence in chosen {
            faults.extend(ERRORS.map(|error| Fault {
                task,
                call: call.clone(),
                occurrence,
                error,
            }));
        }
    }
    faults
}
